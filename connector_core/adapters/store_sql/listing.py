"""The list that people see: rows beside the orders, found by keyset and by words."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Select, func, select, tuple_, union_all

from connector_core.adapters.store_sql import figures, projection
from connector_core.adapters.store_sql.office_schema import ATTENTION, listing, words
from connector_core.adapters.store_sql.projection import phone_word, plain_words
from connector_core.adapters.store_sql.reading import read_states
from connector_core.adapters.store_sql.rows import micros, moment
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.domain.ids import ConnectionId, OrderId, ShopId
from connector_core.domain.money import Money
from connector_core.ports.listing import Figures, Filters, Place, Row

_CURSOR = "listing"
_HOLD = timedelta(seconds=30)
_EVENTS = 2000
_LATE_SECONDS = 30.0
"""So long a number that is missing in the log of events may still appear: its transaction has not ended yet."""
_BEFORE_A_START = 5000
"""So many events are looked at again by a daemon that has just begun: what was missing then nobody remembers."""
_CANDIDATES = 1000
_PHONE_DIGITS = 4


class SqlListing:
    """The `Listing` port over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._high = -1
        self._touched = 0
        self._missing: dict[int, float] = {}

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
        if not await self._store.hold(_CURSOR, _HOLD):
            self._high = -1  # whoever has it goes on from what is stored
            return 0
        if self._high < 0:
            await self._begin()
        found = await self._store.read(lambda c: projection.changed(c, self._high, list(self._missing), _EVENTS))
        if not found:
            return 0
        high = max(self._high, found[-1][0])
        ids = list(dict.fromkeys(order_id for _, order_id in found if order_id))
        states = await self._store.read(lambda c: read_states(c, ids))
        touched = max(high, self._touched + 1)
        await self._store.write(lambda c: projection.enter(c, states, touched) if states else None)
        self._note_missing({seq for seq, _ in found}, high)
        self._high, self._touched = high, touched
        await self._store.save_cursor(_CURSOR, {"high": high, "touched": touched})
        return len(states)

    async def _begin(self) -> None:
        saved = await self._store.cursor(_CURSOR) or {"high": 0, "touched": 0}
        self._high, self._touched = max(0, saved["high"] - _BEFORE_A_START), saved["touched"]
        self._missing = {}

    def _note_missing(self, seen: set[int], high: int) -> None:
        """PostgreSQL gives numbers at the beginning of transactions, which end in another order."""
        now = monotonic()
        for seq in range(self._high + 1, high):
            if seq not in seen:
                self._missing.setdefault(seq, now + _LATE_SECONDS)
        self._missing = {seq: until for seq, until in self._missing.items() if seq not in seen and until > now}


def _rows(connection: Connection, filters: Filters, after: Place | None, limit: int) -> list[Row]:
    """One query for each shop, each along its own index, then the newest of all."""
    candidates = _candidates(connection, filters.text) if filters.text.strip() else None
    if candidates is not None and not candidates:
        return []
    newest = (listing.c.created_at.desc(), listing.c.order_id.desc())
    parts = []
    for shop in dict.fromkeys(filters.shops):
        part = _fitting(select(listing).where(listing.c.shop == shop), filters, after)
        if candidates is not None:
            part = part.where(listing.c.order_id.in_(candidates))
        parts.append(select(part.order_by(*newest).limit(limit).subquery()))
    merged = union_all(*parts).subquery()
    order = (merged.c.created_at.desc(), merged.c.order_id.desc())
    return [_row(row) for row in connection.execute(select(merged).order_by(*order).limit(limit))]


def _fitting(query: Select[Any], filters: Filters, after: Place | None) -> Select[Any]:
    for name in ("state", "money", "delivery", "connection"):
        if value := getattr(filters, name):
            query = query.where(listing.c[name] == value)
    if filters.attention:
        query = query.where(ATTENTION)
    if filters.since:
        query = query.where(listing.c.created_at >= micros(_midnight(filters.since)))
    if filters.until:
        query = query.where(listing.c.created_at < micros(_midnight(filters.until + timedelta(days=1))))
    if after:
        place = tuple_(listing.c.created_at, listing.c.order_id)
        query = query.where(place < tuple_(micros(after.created_at), after.order_id))
    return query


def _candidates(connection: Connection, text: str) -> set[str]:
    """Order ids, of each way to read the text the newest or first `_CANDIDATES`; several words must all fit."""
    if found := _by_number(connection, text.strip()):
        return found
    sets = [_by_word(connection, word) for word in plain_words(text)[:5]]
    return set.intersection(*sets) if sets else set()


def _by_number(connection: Connection, text: str) -> set[str]:
    """A whole reference, an amount, or the end of a telephone number."""
    found = _ids(connection, _newest(words.c.word == text.casefold()))
    if (minor := _minor(text)) is not None:
        query = select(listing.c.order_id).where(listing.c.minor == minor).order_by(listing.c.created_at.desc())
        found |= _ids(connection, query.limit(_CANDIDATES))
    digits = re.sub(r"\D", "", text)
    if len(digits) >= _PHONE_DIGITS and not re.search(r"[^\d\s+()/.-]", text):
        found |= _beginning(connection, phone_word(digits.removeprefix("0") if len(digits) > 6 else digits))
    return found


def _by_word(connection: Connection, word: str) -> set[str]:
    return _ids(connection, _newest(words.c.word == word)) | _beginning(connection, word)


def _beginning(connection: Connection, word: str) -> set[str]:
    query = select(words.c.order_id).where(words.c.word >= word, words.c.word < word + "\U0010ffff").limit(_CANDIDATES)
    return _ids(connection, query)


def _ids(connection: Connection, query: Select[Any]) -> set[str]:
    return {str(found) for found in connection.execute(query).scalars()}


def _newest(which: Any) -> Select[Any]:
    """Ids are made in the order of time."""
    return select(words.c.order_id).where(which).order_by(words.c.order_id.desc()).limit(_CANDIDATES)


def _minor(text: str) -> int | None:
    """An amount with decimals in hundredths; a number without them is a reference, or a part of one."""
    if not re.fullmatch(r"\d{1,9}[.,]\d{1,3}", text):
        return None
    try:
        return int(Decimal(text.replace(",", ".")).scaleb(2))
    except InvalidOperation:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


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
