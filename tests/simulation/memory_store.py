"""One daemon's door to the simulated database: the `Store` port, with delays, outages and lost answers."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connector_core.adapters.store_sql.leases import Hands, NaturalKey
from connector_core.domain.errors import Rejected
from connector_core.domain.event import Event
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, ShopId, uuid7
from connector_core.domain.message import Message
from connector_core.domain.order import Order
from connector_core.domain.payment import Payment
from connector_core.domain.request import PayLink
from connector_core.domain.state import OrderState
from connector_core.ports.store import Batch, LeaseLost, OrderBusy, StoreUnavailable
from tests.simulation.chance import Dice
from tests.simulation.host import Host
from tests.simulation.memory_database import MemoryDatabase, later
from tests.simulation.network import Spawn
from tests.simulation.trace import Trace

ResultT = TypeVar("ResultT")
_LEASE = 30.0
_PATIENCE = 3600.0
"""Where the product would look again and again, the simulated database answers when there is something to see."""


class MemoryStore:
    """As `SqlStore` over PostgreSQL, where several daemons share one database."""

    def __init__(self, database: MemoryDatabase, host: Host, dice: Dice, trace: Trace, spawn: Spawn) -> None:
        self._database = database
        self._host = host
        self._dice = dice
        self._trace = trace
        self._spawn = spawn
        self._hands = Hands()
        self._held_until: dict[str, datetime] = {}

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def check(self) -> None:
        await self._call(lambda: None)

    # -- orders under a lease --------------------------------------------------------------------------------------

    async def take(self, connection: ConnectionId, order_ref: OrderRef, shop: ShopId) -> OrderState:
        key: NaturalKey = (connection, order_ref)
        if busy := self._hands.busy_key(key):
            raise OrderBusy(busy)
        known = await self._call(lambda: self._database.order_id(connection, order_ref))
        if known is not None:
            return await self.take_order(known)
        if busy := self._hands.busy_key(key):
            raise OrderBusy(busy)
        order = Order(OrderId(uuid7()), connection, order_ref, shop, "", self._now())
        self._hands.take(order.id, 0, key)
        return OrderState(order)

    async def take_order(self, order_id: OrderId) -> OrderState:
        self._hands.take(order_id, 1)
        try:
            fence = await self._call(lambda: self._database.lease(order_id, self._owner, self._now(), self._until()))
            if fence is None:
                if order_id not in self._database.rows.orders:
                    raise KeyError(order_id)
                raise OrderBusy(order_id)
            state = await self._call(lambda: self._database.state(order_id))
        except BaseException:
            self._let_go(order_id)
            raise
        self._hands.refence(order_id, fence)
        return state

    async def take_due(self, limit: int) -> Sequence[OrderState]:
        await self._until_due()
        found = await self._call(
            lambda: self._database.lease_due(limit, self._owner, self._now(), self._until(), self._hands.written)
        )
        mine = [order_id for order_id in found if not self._hands.busy(order_id)]
        for order_id in mine:
            self._hands.take(order_id, 1)
        try:
            states = await self._call(lambda: [self._database.state(order_id) for order_id in mine])
        except BaseException:
            for order_id in mine:
                self._let_go(order_id)
            raise
        for state in states:
            self._hands.refence(state.order.id, found[state.order.id])
        return states

    async def commit(self, batch: Batch) -> bool:
        if batch.lease is None:
            return await self._call(lambda: self._database.commit(batch, None, "", self._now()), writes=_words(batch))
        order_id = batch.lease.order.id
        fence = self._hands.fence(order_id)
        if fence is None:
            raise LeaseLost
        try:
            fresh = await self._call(
                lambda: self._database.commit(batch, fence, self._owner, self._until()), writes=_words(batch)
            )
        except (LeaseLost, asyncio.CancelledError):
            self._let_go(order_id)
            raise
        except Rejected:
            asyncio.get_running_loop().call_later(_LEASE, self._let_go, order_id)
            raise
        if batch.release:
            self._let_go(order_id)
        elif fence == 0:
            self._hands.refence(order_id, 1)
        return fresh

    async def keep_leases(self) -> None:
        while not self._hands.written:
            await self._database.change(_PATIENCE)
            await self._host.gate()
        held = self._hands.written
        await self._call(lambda: self._database.prolong(held, self._owner, self._until()))

    # -- everything else that is kept ------------------------------------------------------------------------------

    async def seen(self, key: str) -> bool:
        return await self._call(lambda: key in self._database.rows.seen)

    async def hold(self, name: str, ttl: timedelta) -> bool:
        now = self._now()
        if name in self._held_until and self._held_until[name] > now + ttl / 2:
            return True
        got = await self._call(lambda: self._database.hold(name, self._owner, self._now(), now + ttl))
        self._held_until[name] = now + ttl if got else now
        return got

    async def next_due(self) -> datetime | None:
        due = self._database.waiting(self._now(), self._hands.written)
        return min((at for at, _, _ in due), default=None)

    async def cursor(self, name: str) -> Any:
        return await self._call(lambda: self._database.rows.cursors.get(name))

    async def save_cursor(self, name: str, value: Any) -> None:
        await self._call(lambda: self._database.rows.cursors.__setitem__(name, value), writes=name)

    async def unpublished(self, limit: int) -> Sequence[Event]:
        while not self._database.rows.unpublished:
            await self._database.change(_PATIENCE)
            await self._host.gate()
        return await self._call(lambda: list(self._database.rows.unpublished.values())[:limit])

    async def mark_published(self, ids: Sequence[EventId]) -> None:
        await self._call(lambda: self._database.mark_published(ids), writes="published")

    async def link_by_psp_order(self, psp_order: str, psp_link: str = "") -> PayLink | None:
        return await self._call(lambda: self._link(psp_order, psp_link))

    async def order_of_message(self, provider_id: str, attempt_id: str) -> OrderId | None:
        return await self._call(lambda: self._order_of_message(provider_id, attempt_id))

    async def add_unallocated(self, payment: Payment, event: Event) -> bool:
        return await self._call(lambda: self._database.add_unallocated(payment, event), writes="unallocated")

    # -- within ----------------------------------------------------------------------------------------------------

    @property
    def _owner(self) -> str:
        return self._host.name

    def _now(self) -> datetime:
        return self._host.clock.now()

    def _until(self) -> datetime:
        return later(self._now(), _LEASE)

    def _let_go(self, order_id: OrderId) -> None:
        """Wakes whoever waits for something to do: this order may be it."""
        self._hands.drop(order_id)
        self._database.touched()

    async def _until_due(self) -> None:
        while True:
            await self._host.gate()
            due = await self.next_due()
            wait = _PATIENCE if due is None else (due - self._now()).total_seconds()
            if wait <= 0:
                return
            await self._database.change(min(wait, _PATIENCE))

    async def _call(self, work: Callable[[], ResultT], *, writes: str = "") -> ResultT:
        """One statement on its way to the database and back; it is done there even if nobody lives to hear of it."""
        await self._host.gate()
        answer: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._spawn(self._travel(work, answer, writes))
        result = await asyncio.shield(answer)
        await self._host.gate()
        return result

    async def _travel(self, work: Callable[[], ResultT], answer: "asyncio.Future[ResultT]", writes: str) -> None:
        fault = next((f for f in ("busy", "commit_lost") if self._dice.happens(f"store.{f}")), "")
        await asyncio.sleep(self._dice.between(0.001, 0.02))
        result, error = None, None
        if fault != "busy":
            try:
                result = work()
            except Exception as refusal:  # noqa: BLE001 - whoever asked hears of it
                error = refusal
        if writes:
            self._trace.add(self._owner, "store", writes, fault or repr(error or ""))
        await asyncio.sleep(self._dice.between(0.001, 0.02))
        if answer.done():
            return
        if fault:
            error = StoreUnavailable(f"the database is {fault}")
        if error is not None:
            answer.set_exception(error)
            answer.exception()  # a host that has died does not ask
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # None only where `work` gives None

    def _link(self, psp_order: str, psp_link: str) -> PayLink | None:
        for value in self._database.rows.values.values():
            if isinstance(value, PayLink) and (
                value.psp_order == psp_order if psp_order else psp_link and value.psp_link == psp_link
            ):
                return value
        return None

    def _order_of_message(self, provider_id: str, attempt_id: str) -> OrderId | None:
        messages = [value for value in self._database.rows.values.values() if isinstance(value, Message)]
        by_attempt = next((m.order_id for m in messages if attempt_id and m.id == attempt_id), None)
        return by_attempt or next((m.order_id for m in messages if provider_id and m.provider_id == provider_id), None)


def _words(batch: Batch) -> str:
    parts = [f"{step.kind}:{step.state}" for step in batch.steps] + [f"{event.type}" for event in batch.events]
    order = batch.lease.order.order_ref if batch.lease else ""
    return f"{order} commit {' '.join(parts)} done {len(batch.done)}"
