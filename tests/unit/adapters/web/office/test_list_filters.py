"""What stands in the address of the list, and what it means."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

import pytest

from connector_core.adapters.web.office.door_pages import within
from connector_core.adapters.web.office.export import harmless
from connector_core.adapters.web.office.list_pages import further, read_filters, read_place, set_ones
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ConnectionId, OrderId, ShopId
from connector_core.ports.listing import Row

A, B = ShopId("a"), ShopId("b")


def test_a_visitor_never_asks_beyond_the_own_shops() -> None:
    assert read_filters({}, [A, B]).shops == [A, B]
    assert read_filters({"shop": "b"}, [A, B]).shops == [B]
    assert read_filters({"shop": "c"}, [A, B]).shops == []


def test_conditions_are_read() -> None:
    asked = {"text": " 1009 ", "state": "paid", "money": "paid", "delivery": "read", "attention": "1",
             "since": "2026-11-01", "until": "2026-11-25", "connection": "woo"}  # fmt: skip
    filters = read_filters(asked, [A])
    assert (filters.text, filters.state, filters.money, filters.delivery) == ("1009", "paid", "paid", "read")
    assert (filters.since, filters.until) == (date(2026, 11, 1), date(2026, 11, 25))
    assert filters.attention
    assert filters.connection == "woo"


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", "late"), ("money", "much"), ("delivery", "x"), ("since", "yesterday"), ("until", "2026-13-01")],
)
def test_a_wrong_condition_is_named(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_filters({field: value}, [A])
    assert refusal.value.field == field
    assert refusal.value.cure


@pytest.mark.parametrize("text", ["yesterday_1", "nan_1", "1e300_1", "_", "-1e99_x"])
def test_a_place_that_nobody_has_given_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_place(text)


def test_the_next_page_begins_where_this_one_ends() -> None:
    at = datetime(2026, 11, 25, 12, 0, 0, 123_456, tzinfo=UTC)
    row = Row(OrderId("o-1"), A, ConnectionId("woo"), "1", "", "", None, 0, 0, "", "", "", "", "", "", "", at, at)
    address = dict(parse_qsl(further({"state": "paid", "junk": "1", "after": "old"}, row)))
    place = read_place(address.pop("after"))
    assert address == {"state": "paid"}
    assert place is not None
    assert (place.created_at, place.order_id) == (at, "o-1")


def test_only_conditions_stay_in_the_address() -> None:
    assert set_ones({"state": "", "text": "x", "csrf": "1", "after": "2"}) == {"text": "x"}


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/office/requests/1?x=1", "/office/requests/1?x=1"),
        ("/office?state=paid", "/office?state=paid"),
        ("https://evil.example", "/office"),
        ("//evil.example", "/office"),
        ("/office//evil.example", "/office"),
        ("/office\\evil.example", "/office"),
        ("/officer", "/office"),
        ("", "/office"),
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(address: str, target: str) -> None:
    assert within(address) == target


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Müller", "14.70", "a=b", "2026-11-25"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell
