"""The list that people see: rows beside the orders, found by keyset and by words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from connector_core.adapters.store_sql import conditions, figures
from connector_core.adapters.store_sql.follow import CURSOR, Progress, begin, enter, next_piece
from connector_core.adapters.store_sql.office_schema import ATTENTION, listing
from connector_core.adapters.store_sql.reading import read_shown
from connector_core.adapters.store_sql.rows import moment
from connector_core.adapters.store_sql.search import search
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.adapters.store_sql.words import readings
from connector_core.domain.ids import ConnectionId, OrderId, ShopId
from connector_core.domain.money import Money
from connector_core.ports.listing import Figures, Filters, Place, Row

_HOLD = timedelta(seconds=30)
_READ = select(listing).where(listing.c.order_id.in_(bindparam("ids", expanding=True)))


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
    """Found in indexes first: only the rows of the page are read."""
    shops, asked = list(dict.fromkeys(filters.shops)), conditions.asked(filters, after)
    if filters.text.strip():
        ids = search(connection, readings(filters.text), shops, asked, limit)
    else:
        ids = _newest(connection, shops, asked, limit)
    rows = [row for row in connection.execute(_READ, {"ids": ids}) if row.shop in shops]
    return [_row(row) for row in sorted(rows, key=_place, reverse=True)]


def _newest(connection: Connection, shops: Sequence[ShopId], asked: Mapping[str, Any], limit: int) -> list[str]:
    """One query for each shop, each along its own index, then the newest of all."""
    page = _page(tuple(asked))
    found: list[Any] = []
    for shop in shops:
        found += connection.execute(page, {**asked, "shop": shop, "limit": limit}).all()
    return [row.order_id for row in sorted(found, key=_place, reverse=True)[:limit]]


@cache
def _page(asked: tuple[str, ...]) -> Select[Any]:
    """Made once for each set of conditions: making it takes longer than running it."""
    newest = (listing.c.created_at.desc(), listing.c.order_id.desc())
    these = (listing.c.shop == bindparam("shop"), *conditions.of_rows(asked), *conditions.of_places(asked, listing))
    return select(listing.c.created_at, listing.c.order_id).where(*these).order_by(*newest).limit(bindparam("limit"))


def _place(row: Any) -> tuple[int, str]:
    return row.created_at, row.order_id


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
