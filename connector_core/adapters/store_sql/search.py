"""Finds requests by words, newest first: some weeks after the other, so that it takes as long with years of them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from heapq import merge
from itertools import groupby, islice
from math import ceil
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, desc, func, select

from connector_core.adapters.store_sql import conditions
from connector_core.adapters.store_sql.office_schema import listing, words
from connector_core.adapters.store_sql.words import WEEK, Reading, week_of
from connector_core.domain.ids import ShopId

Found = tuple[int, str]
"""When a request was made, and its order."""
_MOST_AT_ONCE = 6_400


def search(
    connection: Connection, readings: Sequence[Reading], shops: Sequence[ShopId], asked: Mapping[str, Any], limit: int
) -> list[str]:
    """Ids of the newest orders that fit one of the readings and what else is asked (`conditions`), newest first."""
    asked = {**asked, "shops": shops}
    weeks = _weeks(connection, readings, asked) if readings else []
    found = [_places(connection, reading, some, asked, limit) for reading, some in zip(readings, weeks, strict=True)]
    different = (order_id for (_, order_id), _ in groupby(merge(*found, reverse=True)) if order_id)
    return list(islice(different, limit))


def _places(
    connection: Connection, reading: Reading, weeks: Sequence[int], asked: Mapping[str, Any], limit: int
) -> Iterator[Found]:
    """Newest first; a place without an order says that nothing newer follows, before what is older is looked for."""
    seen, size, found = 0, 1, 0
    while some := weeks[seen : seen + size]:
        yield WEEK * (some[0] + 1), ""
        for place in _within(connection, reading, {**asked, "weeks": some}, 2 * limit):
            found += 1
            yield place
        seen += len(some)
        size = _next_size(size, seen, found, limit)


def _next_size(size: int, seen: int, found: int, limit: int) -> int:
    """Weeks, four times as many as before, but not many more than it takes if the next ones hold as much."""
    enough = ceil(1.2 * seen * (limit - found) / found) if found else 4 * size
    return max(1, min(4 * size, enough))


def _within(connection: Connection, reading: Reading, asked: Mapping[str, Any], size: int) -> Iterator[Found]:
    """All that these weeks hold, `size` at first and then more at once."""
    asked = {**asked, **_ends(0, reading)}
    more = True
    while more:
        rows = connection.execute(_query(len(reading), tuple(asked)), {**asked, "size": size}).all()
        yield from ((row.created_at, row.order_id) for row in rows)
        if more := len(rows) == size:
            asked = {**asked, "after_at": rows[-1].created_at, "after_id": rows[-1].order_id}
            size = min(4 * size, _MOST_AT_ONCE)


def _weeks(connection: Connection, readings: Sequence[Reading], asked: Mapping[str, Any]) -> list[list[int]]:
    """For each reading those weeks that hold all of its words, newest first."""
    last, first = _span(connection, asked)
    if last < first:
        return [[] for _ in readings]
    ends = {name: end for r, reading in enumerate(readings) for name, end in _ends(r, reading).items()}
    query = _holding(tuple(len(reading) for reading in readings))
    rows = connection.execute(query, {**asked, **ends, "first": first, "last": last}).all()
    return [[row[0] for row in rows if row[1 + r]] for r in range(len(readings))]


def _span(connection: Connection, asked: Mapping[str, Any]) -> tuple[int, int]:
    """The newest and the oldest week that can hold something."""
    edges = [edge for shop in asked["shops"] for edge in _edges(shop)]
    known = [edge for edge in connection.execute(select(*edges)).one() if edge is not None]
    latest = [week_of(asked[name]) for name in ("before", "after_at") if name in asked]
    return min([max(known, default=0), *latest]), max(min(known, default=1), week_of(asked.get("since", 0)))


def _edges(shop: ShopId) -> tuple[Any, Any]:
    """Two queries: databases find one end at a time at the end of an index."""
    edges = (func.min(words.c.week), func.max(words.c.week))
    first, last = (select(edge).where(words.c.shop == shop).scalar_subquery() for edge in edges)
    return first, last


@cache
def _holding(shape: tuple[int, ...]) -> Any:
    """Queries are made once: making them takes longer than running them."""
    week = select(bindparam("last", type_=sa.Integer).label("week")).cte("weeks", recursive=True)
    week = week.union_all(select(week.c.week - 1).where(week.c.week > bindparam("first")))
    holds = (sa.and_(*(_holds(r, n, week.c.week) for n in range(spans))) for r, spans in enumerate(shape))
    return select(week.c.week, *holds).order_by(desc("week"))


def _holds(r: int, n: int, week: Any) -> Any:
    """With a limit of its own PostgreSQL looks for one, and does not join all."""
    one = select(sa.literal(1)).where(words.c.week == week, *_has(r, n)).limit(1)
    return one.scalar_subquery().is_not(None)


@cache
def _query(spans: int, asked: tuple[str, ...]) -> Any:
    parts = [_part(n, asked) for n in range(spans)]
    query: Any = sa.intersect(*parts) if len(parts) > 1 else parts[0]
    if rows := tuple(conditions.of_rows(asked)):
        query = _fitting(query.subquery(), rows)
    return query.order_by(desc("created_at"), desc("order_id")).limit(bindparam("size"))


def _part(n: int, asked: tuple[str, ...]) -> Any:
    weeks = words.c.week.in_(bindparam("weeks", expanding=True))
    query = select(words.c.created_at, words.c.order_id, words.c.shop)
    return query.where(weeks, *_has(0, n), *conditions.of_places(asked, words))


def _has(r: int, n: int) -> tuple[Any, ...]:
    """The conditions that a word of these shops lies in one span of one reading."""
    shops = words.c.shop.in_(bindparam("shops", expanding=True))
    return shops, words.c.word >= bindparam(f"low_{r}_{n}"), words.c.word < bindparam(f"high_{r}_{n}")


def _ends(r: int, reading: Reading) -> dict[str, str]:
    ends = {f"low_{r}_{n}": span.low for n, span in enumerate(reading)}
    return ends | {f"high_{r}_{n}": span.high for n, span in enumerate(reading)}


def _fitting(found: Any, rows: Sequence[Any]) -> Any:
    """By shop and moment too: so each look into the list is one into the index of what is asked."""
    this = (found.c[name] == listing.c[name] for name in ("shop", "created_at", "order_id"))
    return select(found.c.created_at, found.c.order_id).join(listing, sa.and_(*this)).where(*rows)
