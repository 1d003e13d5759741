"""Webhooks out: endpoints and deliveries; every act of a person in one transaction with its line in the trail."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from connector_core.adapters.store_sql import audit, webhook_log
from connector_core.adapters.store_sql.rows import micros
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.adapters.store_sql.webhook_log import ACTIVE, Piece, id_at, put_due
from connector_core.adapters.store_sql.webhook_rows import (
    delivery_row,
    delivery_value,
    endpoint_row,
    endpoint_value,
    standing,
)
from connector_core.adapters.store_sql.webhook_schema import deliveries, endpoints
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.webhook import (
    Delivery,
    DeliveryId,
    DeliveryState,
    Endpoint,
    EndpointId,
    EndpointState,
    Health,
)
from connector_core.ports.people import Act
from connector_core.ports.webhooks import Body

_ATTEMPT = ("state", "attempts", "next_at", "status", "cause", "sent_at")
"""What an attempt changes of a delivery."""


class SqlWebhooks:
    """The `Webhooks` port over a store's database. Endpoints are locked before their deliveries, everywhere."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._place: tuple[Piece, Any] | None = None

    async def endpoints(self, shops: Sequence[ShopId]) -> Sequence[Endpoint]:
        query = select(endpoints).where(endpoints.c.shop.in_(shops)).order_by(endpoints.c.id)
        return await self._store.read(lambda c: [endpoint_value(row) for row in c.execute(query)])

    async def endpoint(self, endpoint_id: EndpointId) -> Endpoint | None:
        query = select(endpoints).where(endpoints.c.id == endpoint_id)
        row = await self._store.read(lambda c: c.execute(query).first())
        return endpoint_value(row) if row else None

    async def health(self, endpoint_id: EndpointId) -> Health:
        def query(c: Connection) -> Health:
            waiting, failed = (_count(c, endpoint_id, state) for state in (DeliveryState.DUE, DeliveryState.FAILED))
            own = select(deliveries).where(deliveries.c.endpoint == endpoint_id)
            row = c.execute(own.order_by(deliveries.c.id.desc()).limit(1)).first()
            return Health(waiting, failed, delivery_value(row) if row else None)

        return await self._store.read(query)

    async def add(self, endpoint: Endpoint, most: int, act: Act) -> None:
        def work(c: Connection) -> bool:
            _check_new(c, endpoint, most)
            webhook_log.start(c)
            c.execute(insert(endpoints).values(**endpoint_row(endpoint), replay_after="", replay_until=""))
            return True

        await self._do(work, act)

    async def put(self, endpoint: Endpoint, act: Act) -> bool:
        def work(c: Connection) -> bool:
            if endpoint.state is EndpointState.ACTIVE:
                webhook_log.start(c)
            return _update(c, endpoint.id, endpoint_row(endpoint))

        return await self._do(work, act)

    async def remove(self, endpoint_id: EndpointId, act: Act) -> bool:
        def work(c: Connection) -> bool:
            known = c.execute(delete(endpoints).where(endpoints.c.id == endpoint_id)).rowcount == 1
            c.execute(delete(deliveries).where(deliveries.c.endpoint == endpoint_id))
            return known

        return await self._do(work, act)

    async def replay_since(self, endpoint_id: EndpointId, since: datetime, until: datetime, act: Act) -> bool:
        values = {"replay_after": id_at(since), "replay_until": id_at(until)}
        return await self._do(lambda c: _update(c, endpoint_id, values), act)

    async def deliveries(
        self, endpoint_id: EndpointId, *, state: str = "", before: str = "", limit: int = 50
    ) -> Sequence[Delivery]:
        query = select(deliveries).where(deliveries.c.endpoint == endpoint_id)
        if state:
            query = query.where(deliveries.c.state == state)
        if before:
            query = query.where(deliveries.c.id < before)
        newest = query.order_by(deliveries.c.id.desc()).limit(limit)
        return await self._store.read(lambda c: [delivery_value(row) for row in c.execute(newest)])

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        query = select(deliveries).where(deliveries.c.id == delivery_id)
        row = await self._store.read(lambda c: c.execute(query).first())
        return delivery_value(row) if row else None

    async def enqueue(self, delivery: Delivery, act: Act) -> None:
        def work(c: Connection) -> bool:
            put_due(c, [delivery])
            return True

        await self._do(work, act)

    # -- the daemon's side -----------------------------------------------------------------------------------------

    async def follow(self, body: Body, now: datetime) -> int:
        if not await self._store.read(webhook_log.listens):
            self._place = None
            return 0
        return await self._read_on(body) + await self._replay(body, now)

    async def due(self, now: datetime, each: int) -> Sequence[tuple[Endpoint, Sequence[Delivery]]]:
        def query(c: Connection) -> list[tuple[Endpoint, list[Delivery]]]:
            awake = select(endpoints).where(ACTIVE, endpoints.c.rests_until <= micros(now)).order_by(endpoints.c.id)
            found = [(endpoint_value(row), _due(c, row.id, micros(now), each)) for row in c.execute(awake).all()]
            return [(endpoint, waiting) for endpoint, waiting in found if waiting]

        return await self._store.read(query)

    async def begin(self, deliveries: Sequence[Delivery]) -> None:
        await self._store.write(lambda c: _note(c, deliveries, 1))

    async def end(self, endpoint: Endpoint, deliveries: Sequence[Delivery], act: Act | None = None) -> None:
        def work(c: Connection) -> bool:
            known = _update(c, endpoint.id, standing(endpoint))
            _note(c, deliveries, 0)
            return known

        await (self._do(work, act) if act else self._store.write(work))

    async def prune(self, before: datetime) -> int:
        ended = [deliveries.c.state != DeliveryState.DUE, deliveries.c.sent_at < micros(before)]
        orphaned = deliveries.c.endpoint.not_in(select(endpoints.c.id))

        def work(c: Connection) -> int:
            return sum(c.execute(delete(deliveries).where(*which)).rowcount for which in (ended, [orphaned]))

        return await self._store.transact(work)

    async def _read_on(self, body: Body) -> int:
        if self._place is None:
            self._place = await self._store.read(webhook_log.begin)
        place, saved = self._place
        piece = await self._store.read(lambda c: webhook_log.next_piece(c, place, body))
        if (piece.high, piece.missing) == (place.high, place.missing):
            return 0
        entered = await self._store.write(lambda c: webhook_log.enter(c, piece, saved))
        self._place = None if entered is None else (piece, piece.saved())
        return entered or 0

    async def _replay(self, body: Body, now: datetime) -> int:
        pieces = await self._store.read(lambda c: list(webhook_log.replays(c, body)))
        count = 0
        for row, found, told in pieces:
            count += await self._store.write(_entering(row, found, told, now))
        return count

    async def _do(self, work: Callable[[Connection], bool], act: Act) -> bool:
        return await self._store.transact(lambda c: audit.noted(c, act, lambda: work(c)))


def _entering(row: Any, found: Any, told: Any, now: datetime) -> Callable[[Connection], int]:
    return lambda c: webhook_log.enter_replay(c, row, found, told, now)


def _check_new(connection: Connection, endpoint: Endpoint, most: int) -> None:
    urls = connection.execute(select(endpoints.c.url).where(endpoints.c.shop == endpoint.shop)).scalars().all()
    if endpoint.url in urls:
        raise InvalidInput(
            "This shop has a webhook with this address already.",
            field="url",
            status=409,
            cure="Remove that one first, or take another address.",
        )
    if len(urls) >= most:
        raise InvalidInput(
            "This shop has as many webhooks as it may have.",
            field="url",
            status=409,
            cure="Remove one that is not needed any more.",
        )


def _update(connection: Connection, endpoint_id: EndpointId, values: dict[str, Any]) -> bool:
    return connection.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(**values)).rowcount == 1


def _count(connection: Connection, endpoint_id: EndpointId, state: DeliveryState) -> int:
    which = [deliveries.c.endpoint == endpoint_id, deliveries.c.state == state]
    return int(connection.execute(select(func.count()).where(*which)).scalar_one())


def _due(connection: Connection, endpoint_id: str, now: int, limit: int) -> list[Delivery]:
    waiting = [deliveries.c.endpoint == endpoint_id, deliveries.c.state == DeliveryState.DUE]
    query = select(deliveries).where(*waiting, deliveries.c.next_at <= now)
    longest = query.order_by(deliveries.c.next_at, deliveries.c.id).limit(limit)
    return [delivery_value(row) for row in connection.execute(longest)]


def _note(connection: Connection, attempted: Sequence[Delivery], later: int) -> None:
    """Where the delivery is still at that attempt: `later` 1 says that the attempt only begins."""
    rows = [delivery_row(one) for one in attempted]
    same = [deliveries.c.id == bindparam("which"), deliveries.c.attempts == bindparam("before")]
    noted = update(deliveries).where(*same).values({name: bindparam(f"new_{name}") for name in _ATTEMPT})
    for row in rows:
        values = {f"new_{name}": row[name] for name in _ATTEMPT}
        connection.execute(noted, {"which": row["id"], "before": row["attempts"] - later, **values})
