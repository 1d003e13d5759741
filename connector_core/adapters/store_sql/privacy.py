"""The `Privacy` port over a store's database."""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import BigInteger, Connection, Integer, String, bindparam, delete, exists, or_, select, tuple_

from connector_core.adapters.store_sql import reports, schema
from connector_core.adapters.store_sql.erasing import erase_copies, revisions
from connector_core.adapters.store_sql.office_schema import drafts, idempotency
from connector_core.adapters.store_sql.rows import micros
from connector_core.adapters.store_sql.schema import KEPT, buyers, orders, requests, steps
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.domain.ids import OrderId, ShopId
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind
from connector_core.ports.privacy import Beside, Contact, Place

_SETTLED = 10.0
"""So many seconds after the last erasure everything of it is committed."""


class SqlPrivacy:
    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._erased_at: float | None = monotonic()
        """Whoever came before may have ended before it wiped."""

    async def orders_of(self, contact: Contact, shops: Sequence[ShopId]) -> Sequence[OrderId]:
        return await self._store.read(lambda c: _orders_of(c, contact, shops)) if contact.texts and shops else []

    async def beside(self, state: OrderState) -> Beside:
        return await self._store.read(lambda c: _beside(c, state))

    async def forget(self, state: OrderState) -> None:
        await self._store.transact(lambda c: erase_copies(c, state))
        self._erased_at = monotonic()

    async def due(
        self, shop: ShopId, closed_before: datetime, after: Place, limit: int
    ) -> tuple[Sequence[OrderId], Place]:
        values = {"shop": shop, "before": micros(closed_before), "at": after[0], "id": after[1], "size": limit}
        rows = await self._store.read(lambda c: c.execute(_DUE, values).all())
        return [OrderId(row.order_id) for row in rows], (rows[-1].kept_since, rows[-1].order_id) if rows else after

    async def never_asked(self, shop: ShopId, stopped_before: datetime, limit: int) -> Sequence[OrderId]:
        stopped = (schema.PARKED, steps.c.due_at < micros(stopped_before), orders.c.shop == shop)
        query = select(steps.c.order_id).join(orders, orders.c.id == steps.c.order_id).where(*stopped)
        query = query.where(~exists().where(requests.c.order_id == steps.c.order_id), ~_asked(steps.c.order_id))
        found = await self._store.read(lambda c: c.execute(query.order_by(steps.c.due_at).limit(limit)).scalars().all())
        return [OrderId(order_id) for order_id in dict.fromkeys(found)]

    async def forget_answers(self, before: datetime) -> int:
        old = delete(idempotency).where(idempotency.c.at < micros(before))
        return await self._store.write(lambda c: c.execute(old).rowcount)

    async def wipe(self) -> bool:
        erased_at = self._erased_at
        if erased_at is None:
            return True
        if monotonic() < erased_at + _SETTLED or not await self._store.empty_log():
            return False
        if self._erased_at == erased_at:
            self._erased_at = None
        return True


def _asked(order_id: Any) -> Any:
    asked = steps.alias("asked")
    return exists().where(asked.c.order_id == order_id, asked.c.kind == StepKind.ERASE)


_DUE = (
    select(buyers.c.order_id, buyers.c.kept_since)
    .join(requests, requests.c.order_id == buyers.c.order_id)
    .where(KEPT, buyers.c.shop == bindparam("shop"), buyers.c.kept_since <= bindparam("before"))
    .where(
        tuple_(buyers.c.kept_since, buyers.c.order_id)
        > tuple_(bindparam("at", type_=BigInteger), bindparam("id", type_=String))
    )
    .where(requests.c.state != RequestState.OPEN, ~_asked(buyers.c.order_id))
    .order_by(buyers.c.kept_since, buyers.c.order_id)
    .limit(bindparam("size", type_=Integer))
)


def _orders_of(connection: Connection, contact: Contact, shops: Sequence[ShopId]) -> list[OrderId]:
    """What was mapped names the buyer in its fields; what stopped before, or was only typed, somewhere."""
    mapped = select(requests.c.order_id).join(schema.revisions, schema.revisions.c.request_id == requests.c.id)
    fields = [f'"phone":"{phone}"' for phone in contact.phones]
    fields += [f'"email":{orjson.dumps(contact.email).decode()}'] if contact.email else []
    stopped = select(steps.c.order_id).where(_holds(steps.c.data, contact.texts))
    typed = select(orders.c.id).join(
        drafts, (drafts.c.connection == orders.c.connection) & (drafts.c.order_ref == orders.c.order_ref)
    )
    found: set[str] = set()
    for query in (mapped.where(_holds(schema.revisions.c.data, fields)), stopped,
                  typed.where(_holds(drafts.c.record, contact.texts))):  # fmt: skip
        found.update(connection.execute(query).scalars())
    known = select(orders.c.id).where(orders.c.id.in_(found), orders.c.shop.in_(shops)).order_by(orders.c.id)
    return [OrderId(order_id) for order_id in connection.execute(known).scalars()]


def _holds(column: Any, texts: Sequence[str]) -> Any:
    return or_(*(column.icontains(text, autoescape=True) for text in texts))


def _beside(connection: Connection, state: OrderState) -> Beside:
    this = (drafts.c.connection == state.order.connection, drafts.c.order_ref == state.order.order_ref)
    draft = connection.execute(select(drafts.c.record).where(*this)).scalar()
    return Beside(
        revisions(connection, state.request.id) if state.request else [],
        reports.timeline(connection, state.order.id),
        orjson.loads(draft) if draft else None,
    )
