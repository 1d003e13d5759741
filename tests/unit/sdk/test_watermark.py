"""Polling by date of change: nothing missed, little read twice."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.sdk.watermark import Watermark

BEGIN = datetime(2026, 11, 30, 12, tzinfo=UTC)
OVERLAP = timedelta(seconds=5)
PAGE = 3

Row = tuple[int, datetime]


def event(row: Row) -> OrderEvent:
    ref = OrderRef(str(row[0]))
    return OrderEvent(f"{ref}-{row[1]:%H%M%S}", "/erp", ConnectionId("erp"), ref, OrderChange.CHANGED, row[1])


def poll(mark: Watermark, table: Sequence[Row]) -> tuple[list[str], Watermark]:
    """All pages of one poll; the mark goes through JSON between them, as the core keeps it."""
    found: list[str] = []
    for _ in range(100):
        asked = sorted((at, n) for n, at in table if at >= mark.since and n not in mark.read)
        rows = [(n, at) for at, n in asked[:PAGE]]
        events = [event(row) for row in rows]
        found += [one.id for one in mark.fresh(events)]
        full = len(rows) == PAGE
        moved = mark.after(rows, events, full=full, overlap=OVERLAP)
        mark = Watermark.model_validate(json.loads(json.dumps(moved.model_dump(mode="json"))))
        if not full:
            return found, mark
    raise AssertionError("the pages do not end")


def at(second: int) -> datetime:
    return BEGIN + timedelta(seconds=second)


@given(st.lists(st.integers(0, 12), max_size=30), st.integers(0, 30))
def test_every_row_comes_once_in_however_many_polls(seconds: list[int], first: int) -> None:
    table = [(number, at(second)) for number, second in enumerate(sorted(seconds))]
    found, mark = poll(Watermark(since=BEGIN), table[:first])
    more, mark = poll(mark, table)
    again, _ = poll(mark, table)
    assert sorted(found + more) == sorted(event(row).id for row in table)
    assert again == []


def test_a_second_that_holds_many_pages_is_read_to_its_end() -> None:
    found, _ = poll(Watermark(since=BEGIN), [(number, at(5)) for number in range(10)])
    assert len(found) == 10


def test_a_full_page_moves_the_mark_to_its_last_row() -> None:
    rows = [(number, at(number)) for number in range(PAGE)]
    mark = Watermark(since=BEGIN).after(rows, [], full=True, overlap=OVERLAP)
    assert (mark.since, mark.read, mark.begin) == (at(2), (2,), BEGIN)


def test_pages_of_one_poll_look_back_from_where_it_began() -> None:
    table = [(number, at(number)) for number in range(PAGE + 1)]
    _, mark = poll(Watermark(since=BEGIN), table)
    found, _ = poll(mark, [*table, (99, at(1))])
    assert found == ["99-120001"]


def test_no_more_than_two_thousand_are_remembered_and_those_are_the_newest() -> None:
    rows = [(number, at(number)) for number in range(2_001)]
    mark = Watermark(since=BEGIN).after(rows, [event(row) for row in rows], full=False, overlap=timedelta(hours=1))
    assert len(mark.seen) == 2_000
    assert event(rows[0]).id not in mark.seen


def test_a_row_that_is_committed_late_is_found_within_the_overlap() -> None:
    _, mark = poll(Watermark(since=BEGIN), [(1, at(10))])
    found, _ = poll(mark, [(1, at(10)), (2, at(6))])
    assert found == ["2-120006"]


def test_what_is_remembered_ends_with_the_overlap() -> None:
    mark = Watermark(since=BEGIN)
    for second in range(0, 60, 2):
        _, mark = poll(mark, [(second, at(second))])
    assert len(mark.seen) <= 4
