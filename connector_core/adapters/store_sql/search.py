"""Finds requests by words, newest first: a week after the other, so that it takes as long with years of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, String, bindparam, desc, func, intersect, select, tuple_

from connector_core.adapters.store_sql.office_schema import words
from connector_core.adapters.store_sql.words import Reading, week_of
from connector_core.domain.ids import ShopId

Found = tuple[int, str]
"""When a request was made, and its order."""
_MOST_AT_ONCE = 6_400


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is looked: moments are microseconds, `below` is a place in the order of `Found`. `size` is how many are
    wanted at first.
    """

    shops: Sequence[ShopId]
    size: int
    since: int | None = None
    before: int | None = None
    below: Found | None = None


def search(connection: Connection, asked: Sequence[Reading], scope: Scope) -> Iterator[list[str]]:
    """Order ids that fit one of the readings, in pieces that grow, newest first."""
    below, size = scope.below, scope.size
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
    """1, 4, 16 ... weeks, from the newest to the oldest that there is."""
    ends = [end for shop in scope.shops for end in _ends(shop)]
    known = [end for end in connection.execute(select(*ends)).one() if end is not None]
    latest = [week_of(end) for end in (scope.before, scope.below[0] if scope.below else None) if end is not None]
    newest = min([max(known, default=0), *latest])
    oldest = max(min(known, default=1), week_of(scope.since or 0))
    size = 1
    while newest >= oldest:
        yield list(range(max(oldest, newest - size + 1), newest + 1))
        newest, size = newest - size, 4 * size


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
        values = _values(reading, below) | {"shops": shops, "weeks": weeks, "size": size}
        query = _query(len(reading), below is not None)
        rows = [(row.created_at, row.order_id) for row in connection.execute(query, values)]
        found.update(rows)
        if len(rows) == size:
            cuts.append(rows[-1])
    floor = max(cuts, default=(0, ""))
    return sorted((one for one in found if one >= floor), reverse=True), bool(cuts)


def _values(reading: Reading, below: Found | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for n, span in enumerate(reading):
        values |= {f"low_{n}": span.low, f"high_{n}": span.high}
    return values | ({"below_at": below[0], "below_id": below[1]} if below else {})


@cache
def _query(spans: int, below: bool) -> Any:
    """Made once: making it takes longer than running it."""
    parts = [_part(n, below) for n in range(spans)]
    query: Any = intersect(*parts) if len(parts) > 1 else parts[0]
    return query.order_by(desc("created_at"), desc("order_id")).limit(bindparam("size"))


def _part(n: int, below: bool) -> Any:
    shops = words.c.shop.in_(bindparam("shops", expanding=True))
    weeks = words.c.week.in_(bindparam("weeks", expanding=True))
    query = select(words.c.created_at, words.c.order_id).where(shops, weeks)
    query = query.where(words.c.word >= bindparam(f"low_{n}"), words.c.word < bindparam(f"high_{n}"))
    place = tuple_(bindparam("below_at", type_=BigInteger), bindparam("below_id", type_=String))
    return query.where(tuple_(words.c.created_at, words.c.order_id) < place) if below else query
