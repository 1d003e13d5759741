"""Finds requests by words, newest first: a week after the other, so that it takes as long with years of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, desc, func, intersect, select, tuple_

from connector_core.adapters.store_sql.office_schema import words
from connector_core.adapters.store_sql.words import Reading, Span, week_of
from connector_core.domain.ids import ShopId

Found = tuple[int, str]
"""When a request was made, and its order."""
_FIRST = 200
_MOST_AT_ONCE = 6_400


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is looked: moments are microseconds, `below` is a place in the order of `Found`."""

    shops: Sequence[ShopId]
    since: int | None = None
    before: int | None = None
    below: Found | None = None


def search(connection: Connection, asked: Sequence[Reading], scope: Scope) -> Iterator[list[str]]:
    """Order ids that fit one of the readings, in pieces that grow, newest first."""
    below, size = scope.below, _FIRST
    for weeks in _weeks(connection, scope):
        more = True
        while more:
            found, more = _newest(connection, asked, scope.shops, weeks, below, size)
            if found:
                yield [order_id for _, order_id in found]
                below = found[-1]
            if more:
                size = min(4 * size, _MOST_AT_ONCE)


def _weeks(connection: Connection, scope: Scope) -> Iterator[list[int]]:
    """1, 2, 4, 8 ... weeks, from the newest to the oldest that there is."""
    ends = [end for shop in scope.shops for end in _ends(shop)]
    known = [end for end in connection.execute(select(*ends)).one() if end is not None]
    latest = [week_of(end) for end in (scope.before, scope.below[0] if scope.below else None) if end is not None]
    newest = min([max(known, default=0), *latest])
    oldest = max(min(known, default=1), week_of(scope.since or 0))
    size = 1
    while newest >= oldest:
        yield list(range(max(oldest, newest - size + 1), newest + 1))
        newest, size = newest - size, 2 * size


def _ends(shop: ShopId) -> tuple[Any, Any]:
    """Two queries: databases find one end at a time at the end of an index."""
    ends = (func.min(words.c.week), func.max(words.c.week))
    first, last = (select(end).where(words.c.shop == shop).scalar_subquery() for end in ends)
    return first, last


def _newest(
    connection: Connection,
    asked: Sequence[Reading],
    shops: Sequence[ShopId],
    weeks: Sequence[int],
    below: Found | None,
    size: int,
) -> tuple[list[Found], bool]:
    """What each reading finds, together down to where the first of them was cut off; and whether one was."""
    found: set[Found] = set()
    cuts = []
    for reading in asked:
        rows = [
            (row.created_at, row.order_id) for row in connection.execute(_query(reading, shops, weeks, below, size))
        ]
        found.update(rows)
        if len(rows) == size:
            cuts.append(rows[-1])
    floor = max(cuts, default=(0, ""))
    return sorted((one for one in found if one >= floor), reverse=True), bool(cuts)


def _query(reading: Reading, shops: Sequence[ShopId], weeks: Sequence[int], below: Found | None, size: int) -> Any:
    parts = [_part(span, shops, weeks, below) for span in reading]
    query: Any = intersect(*parts) if len(parts) > 1 else parts[0]
    return query.order_by(desc("created_at"), desc("order_id")).limit(size)


def _part(span: Span, shops: Sequence[ShopId], weeks: Sequence[int], below: Found | None) -> Any:
    query = select(words.c.created_at, words.c.order_id)
    query = query.where(words.c.shop.in_(shops), words.c.week.in_(weeks))
    query = query.where(words.c.word >= span.low, words.c.word < span.high)
    return query.where(tuple_(words.c.created_at, words.c.order_id) < tuple_(*below)) if below else query
