"""The list that people see: rows beside the orders, found by keyset and by words."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, String, bindparam, func, select, tuple_

from connector_core.adapters.store_sql import figures
from connector_core.adapters.store_sql.follow import CURSOR, Progress, begin, enter, next_piece
from connector_core.adapters.store_sql.office_schema import ATTENTION, listing
from connector_core.adapters.store_sql.reading import read_shown
from connector_core.adapters.store_sql.rows import micros, moment
from connector_core.adapters.store_sql.search import Scope, search
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.adapters.store_sql.words import readings
from connector_core.domain.ids import ConnectionId, OrderId, ShopId
from connector_core.domain.money import Money
from connector_core.ports.listing import Figures, Filters, Place, Row

_HOLD = timedelta(seconds=30)
_EQUAL = ("state", "money", "delivery", "connection")


class SqlListing:
    """The `Listing` port over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._progress: Progress | None = None
        self._saved: Any = None

    async def rows(self, filters: Filters, *, after: Place | None = None, limit: int = 50) -> Sequence[Row]:
        if not filters.shops:
            return []
        return await self._store.read(lambda c: _rows(c, filters, after, limit))

    async def row(self, order_id: OrderId) -> Row | None:
        query = select(listing).where(listing.c.order_id == order_id)
        found = await self._store.read(lambda c: c.execute(query).first())
        return _row(found) if found else None

    async def touched(self, mark: int, shops: Sequence[ShopId], limit: int = 200) -> tuple[int, Sequence[Row]]:
        def query(c: Connection) -> tuple[int, Sequence[Row]]:
            if not mark:
                return int(c.execute(select(func.max(listing.c.touched))).scalar() or 1), []
            fresh = select(listing).where(listing.c.touched > mark).order_by(listing.c.touched).limit(limit)
            found = c.execute(fresh).all()
            return (found[-1].touched if found else mark), [_row(row) for row in found if row.shop in shops]

        return await self._store.read(query)

    async def attention(self, shops: Sequence[ShopId]) -> int:
        waiting = select(func.count()).where(ATTENTION, listing.c.shop.in_(shops))
        return int(await self._store.read(lambda c: c.execute(waiting).scalar_one()))

    async def figures(self, shops: Sequence[ShopId], since: date, until: date) -> Figures:
        return await self._store.read(lambda c: figures.figures(c, shops, since, until))

    async def follow(self) -> int:
        if not await self._store.hold(CURSOR, _HOLD):
            self._progress = None  # whoever has it goes on from what is written down
            return 0
        entered, self._progress = await self._step(self._progress or await self._begin())
        return entered

    async def _begin(self) -> Progress:
        progress, self._saved = await self._store.read(begin)
        return progress

    async def _step(self, progress: Progress) -> tuple[int, Progress | None]:
        piece = await self._store.read(lambda c: next_piece(c, progress))
        if piece.progress == progress:
            return 0, progress
        states = await self._store.read(lambda c: read_shown(c, piece.ids))
        entered = await self._store.write(lambda c: enter(c, piece, states, self._saved))
        if entered is None:
            return 0, None
        self._saved = entered[1].saved()
        return entered


def _rows(connection: Connection, filters: Filters, after: Place | None, limit: int) -> list[Row]:
    """One query for each shop, each along its own index, then the newest of all."""
    if filters.text.strip():
        return _found(connection, filters, after, limit)
    asked = _asked(filters)
    if after:
        asked |= {"after_at": micros(after.created_at), "after_id": after.order_id}
    page = _page(tuple(asked))
    found: list[Any] = []
    for shop in dict.fromkeys(filters.shops):
        found += connection.execute(page, {**asked, "shop": shop, "limit": limit}).all()
    return [_row(row) for row in sorted(found, key=_place, reverse=True)[:limit]]


def _found(connection: Connection, filters: Filters, after: Place | None, limit: int) -> list[Row]:
    """What the text finds, as far as it fits everything else that is asked."""
    asked = _asked(filters)
    below = (micros(after.created_at), str(after.order_id)) if after else None
    shops = list(dict.fromkeys(filters.shops))
    scope = Scope(shops, 4 * limit if asked else limit, asked.get("since"), asked.get("before"), below)
    fitting = _fitting(tuple(asked))
    found: list[Row] = []
    for ids in search(connection, readings(filters.text), scope):
        # Shops are looked at here: as a condition they would lead SQLite through all of their rows.
        rows = [row for row in connection.execute(fitting, {**asked, "ids": ids}) if row.shop in shops]
        found += [_row(row) for row in sorted(rows, key=_place, reverse=True)][: limit - len(found)]
        if len(found) == limit:
            break
    return found


def _asked(filters: Filters) -> dict[str, Any]:
    """The conditions that are set, by name."""
    asked: dict[str, Any] = {name: value for name in _EQUAL if (value := getattr(filters, name))}
    if filters.attention:
        asked["attention"] = True
    if filters.since:
        asked["since"] = _midnight(filters.since)
    if filters.until:
        asked["before"] = _midnight(filters.until + timedelta(days=1))
    return asked


@cache
def _page(asked: tuple[str, ...]) -> Select[Any]:
    """Made once for each set of conditions: making it takes longer than running it."""
    newest = (listing.c.created_at.desc(), listing.c.order_id.desc())
    shop = listing.c.shop == bindparam("shop")
    return select(listing).where(shop, *_conditions(asked)).order_by(*newest).limit(bindparam("limit"))


@cache
def _fitting(asked: tuple[str, ...]) -> Select[Any]:
    ids = listing.c.order_id.in_(bindparam("ids", expanding=True))
    return select(listing).where(ids, *_conditions(asked))


def _conditions(asked: tuple[str, ...]) -> Iterator[Any]:
    at = listing.c.created_at
    yield from (listing.c[name] == bindparam(name) for name in asked if name in _EQUAL)
    if "attention" in asked:
        yield ATTENTION
    if "since" in asked:
        yield at >= bindparam("since")
    if "before" in asked:
        yield at < bindparam("before")
    if "after_at" in asked:
        yield tuple_(at, listing.c.order_id) < tuple_(
            bindparam("after_at", type_=BigInteger), bindparam("after_id", type_=String)
        )


def _place(row: Any) -> tuple[int, str]:
    return row.created_at, row.order_id


def _midnight(day: date) -> int:
    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _row(row: Any) -> Row:
    def maybe(at: int) -> datetime | None:
        return moment(at) if at else None

    return Row(
        order_id=OrderId(row.order_id),
        shop=ShopId(row.shop),
        connection=ConnectionId(row.connection),
        number=row.number,
        name=row.name,
        phone=row.phone,
        amount=Money(row.minor, row.currency) if row.currency else None,
        captured=row.captured,
        refunded=row.refunded,
        state=row.state,
        money=row.money,
        delivery=row.delivery,
        write_back=row.write_back,
        attention=row.attention,
        channel=row.channel,
        method=row.method,
        created_at=moment(row.created_at),
        changed_at=moment(row.changed_at),
        sent_at=maybe(row.sent_at),
        delivered_at=maybe(row.delivered_at),
        read_at=maybe(row.read_at),
        paid_at=maybe(row.paid_at),
    )
