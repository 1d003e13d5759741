"""The `Store`, `Reports` and `QueueStore` ports over one SQL database."""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from connector_core.adapters.store_sql import books, leases, reports
from connector_core.adapters.store_sql.alone import FileLock
from connector_core.adapters.store_sql.bulk import Leased
from connector_core.adapters.store_sql.database import emptied, look_up_connection, open_engine, unavailable
from connector_core.adapters.store_sql.leases import Hands, NaturalKey
from connector_core.adapters.store_sql.lookups import Lookups
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.adapters.store_sql.reading import read_states
from connector_core.adapters.store_sql.writer import Writer
from connector_core.adapters.system_clock import steady_time
from connector_core.domain.event import Event
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, PaymentId, ShopId, StepId, uuid7
from connector_core.domain.order import Order
from connector_core.domain.payment import Payment
from connector_core.domain.request import PayLink
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.ports.store import Backlog, Batch, LeaseLost, OrderBusy, OrderLine, StoreUnavailable

ResultT = TypeVar("ResultT")
_READERS = 4


class SqlStore:
    """`url` is ``sqlite:////path/file.db`` or ``postgresql://...``.

    A `daemon` has a SQLite file for itself; commands (`daemon=False`) read and mark beside it, without leases. `owner`
    names the holder of leases, `lease` how long one lives without `keep_leases`.
    """

    def __init__(
        self, url: str, *, owner: str = "", lease: timedelta = timedelta(seconds=30), daemon: bool = True
    ) -> None:
        self._engine: Engine = open_engine(url)
        self._owner = owner or f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._lease = lease
        self._shared = self._engine.dialect.name != "sqlite"
        self._lock = FileLock(Path(self._engine.url.database or "")) if daemon and not self._shared else None
        self._hands = Hands()
        self._writer = Writer(self._engine)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._order_ids = Lookups(books.order_ids, self._look_up)
        self._seen = Lookups(books.seen, self._look_up)
        self._cursors = Lookups(books.cursors, self._look_up)
        self._look_ups: Connection | None = None
        self._held_until: dict[str, float] = {}
        self._open = False
        self._reading_options = {"isolation_level": "AUTOCOMMIT"} if self._shared else {}

    @property
    def commits(self) -> int:
        """How many transactions were committed: fewer than batches when commits were gathered."""
        return self._writer.commits

    async def open(self) -> None:
        """Also raises `ConfigurationError`: the SQLite file is another daemon's, or a newer version's."""
        if self._lock:
            self._lock.take()
        try:
            await asyncio.to_thread(migrate, self._engine)
        except BaseException:
            await self.close()
            raise
        self._writer.start()
        self._look_ups = None if self._shared else look_up_connection(self._engine)
        self._open = True

    async def close(self) -> None:
        """What is on its way is stored; orders still in hand are given back."""
        if self._open and self._shared:
            try:
                await self._writer.write(lambda c: leases.give_back_all(c, self._owner))
            except StoreUnavailable:
                pass  # they come free by themselves
        self._open = False
        if self._look_ups is not None:
            self._look_ups.close()
            self._look_ups = None
        await self._writer.stop()
        await asyncio.to_thread(self._readers.shutdown)
        self._engine.dispose()
        if self._lock:
            self._lock.release()

    async def check(self) -> None:
        await self.save_cursor("check", int(steady_time()))

    # -- orders under a lease --------------------------------------------------------------------------------------

    async def take(self, connection: ConnectionId, order_ref: OrderRef, shop: ShopId) -> OrderState:
        key: NaturalKey = (connection, order_ref)
        if busy := self._hands.busy_key(key):
            raise OrderBusy(busy)
        known = await self._order_ids.get(key)
        if known is not None:
            return await self.take_order(known)
        if busy := self._hands.busy_key(key):
            raise OrderBusy(busy)
        order = Order(OrderId(uuid7()), connection, order_ref, shop, "", datetime.now(UTC))
        self._hands.take(order.id, 0, key)
        return OrderState(order)

    async def take_order(self, order_id: OrderId) -> OrderState:
        self._hands.take(order_id, 1)
        try:
            fence = await self._lease_one(order_id) if self._shared else None
            states = await self.read(lambda c: read_states(c, [order_id]))
            if not states:
                raise KeyError(order_id)
            if self._shared and fence is None:
                raise OrderBusy(order_id)
        except BaseException:
            self._hands.drop(order_id)
            raise
        self._hands.refence(order_id, fence or states[0].order.fence)
        return states[0]

    async def take_due(self, limit: int) -> Sequence[OrderState]:
        if not await self.read(lambda c: leases.anything_due(c, _now())):
            return []
        found = await self._lease_due(limit)
        mine = [order_id for order_id in found if not self._hands.busy(order_id)]
        for order_id in mine:
            self._hands.take(order_id, 1)
        try:
            states = await self.read(lambda c: read_states(c, mine))
        except BaseException:
            for order_id in mine:
                self._hands.drop(order_id)
            raise
        for state in states:
            self._hands.refence(state.order.id, found[state.order.id] or state.order.fence)
        return states

    async def commit(self, batch: Batch) -> bool:
        """Also raises `Rejected` for a batch that the database will never take.

        A lease whose commit was rejected comes free when it has run out, as that of a daemon which died.
        """
        if batch.lease is None:
            return bool(await self._writer.submit(Leased(batch, None, self._owner, 0)))
        order_id = batch.lease.order.id
        fence = self._hands.fence(order_id)
        if fence is None:
            raise LeaseLost
        fresh = await self._commit_leased(order_id, Leased(batch, fence, self._owner, self._until()))
        if batch.release:
            self._hands.drop(order_id)
        elif fence == 0:
            self._hands.refence(order_id, 1)
        return fresh

    async def keep_leases(self) -> None:
        held = self._hands.written
        if self._shared and held:
            await self._writer.write(lambda c: leases.prolong(c, held, self._owner, self._until()))

    # -- everything else that is kept ------------------------------------------------------------------------------

    async def seen(self, key: str) -> bool:
        return bool(await self._seen.get(key))

    async def hold(self, name: str, ttl: timedelta) -> bool:
        """A hold that is still good for half its time is not renewed."""
        if not self._shared:
            return True
        if self._held_until.get(name, 0.0) > steady_time() + ttl.total_seconds() / 2:
            return True
        until = steady_time() + ttl.total_seconds()
        got = await self._writer.write(lambda c: books.hold(c, name, self._owner, _now(), int(until * 1_000_000)))
        self._held_until[name] = until if got else 0.0
        return got

    async def next_due(self) -> datetime | None:
        return await self.read(lambda c: books.next_due(c, _now(), self._hands.written))

    async def cursor(self, name: str) -> Any:
        return await self._cursors.get(name)

    async def save_cursor(self, name: str, value: Any) -> None:
        await self._writer.write(lambda c: books.save_cursor(c, name, value))

    async def unpublished(self, limit: int) -> Sequence[Event]:
        return await self.read(lambda c: books.unpublished(c, limit))

    async def mark_published(self, ids: Sequence[EventId]) -> None:
        await self._writer.write(lambda c: books.mark_published(c, ids))

    async def link_by_psp_order(self, psp_order: str, psp_link: str = "") -> PayLink | None:
        return await self.read(lambda c: books.link(c, psp_order, psp_link))

    async def order_of_message(self, provider_id: str, attempt_id: str) -> OrderId | None:
        return await self.read(lambda c: books.order_of_message(c, provider_id, attempt_id))

    async def add_unallocated(self, payment: Payment, event: Event) -> bool:
        return await self._writer.write(lambda c: books.add_unallocated(c, payment, event))

    async def settle_unallocated(self, payment_id: PaymentId, by: str) -> bool:
        return await self.transact(lambda c: books.settle_unallocated(c, payment_id, by))

    # -- reports ---------------------------------------------------------------------------------------------------

    async def orders(self, *, search: str = "", limit: int = 50) -> Sequence[OrderLine]:
        return await self.read(lambda c: reports.orders(c, search, limit))

    async def order(self, number_or_id: str) -> OrderState | None:
        return await self.read(lambda c: reports.order(c, number_or_id))

    async def order_of(self, connection: ConnectionId, order_ref: OrderRef) -> OrderState | None:
        return await self.read(lambda c: reports.order_of(c, connection, order_ref))

    async def timeline(self, order_id: OrderId) -> Sequence[Event]:
        return await self.read(lambda c: reports.timeline(c, order_id))

    async def parked(self, limit: int = 100) -> Sequence[Step]:
        return await self.read(lambda c: reports.parked(c, limit))

    async def parked_of(self, shops: Sequence[ShopId], limit: int = 100) -> Sequence[Step]:
        return await self.read(lambda c: reports.parked_of(c, shops, limit))

    async def unallocated(self, limit: int = 100) -> Sequence[Payment]:
        return await self.read(lambda c: reports.unallocated(c, limit))

    async def retry_parked(self, step_id: StepId, at: datetime) -> bool:
        return await self._writer.write(lambda c: reports.retry_parked(c, step_id, at))

    async def unfinished(self) -> Sequence[OrderId]:
        """Orders with a step that is not parked, or with a PayLink that may be payable."""
        return await self.read(reports.unfinished)

    async def backlog(self) -> Backlog:
        return await self.read(reports.backlog)

    async def counts(self) -> dict[str, int]:
        return await self.read(reports.counts)

    # -- the embedded queue ----------------------------------------------------------------------------------------

    async def queue_put(self, message_id: str, body: bytes) -> int:
        return await self._writer.write(lambda c: books.queue_put(c, message_id, body))

    async def queue_after(self, position: int, limit: int) -> Sequence[tuple[int, str, bytes]]:
        return await self.read(lambda c: books.queue_after(c, position, limit))

    async def queue_ack(self, positions: Sequence[int]) -> None:
        await self._writer.write(lambda c: books.queue_ack(c, positions))

    # -- within ----------------------------------------------------------------------------------------------------

    async def _lease_one(self, order_id: OrderId) -> int | None:
        return await self._writer.write(lambda c: leases.lease(c, order_id, self._owner, _now(), self._until()))

    async def _lease_due(self, limit: int) -> dict[OrderId, int]:
        """The due orders with their fencing numbers; 0 on SQLite, where they never change."""
        skip = self._hands.written
        if not self._shared:
            return dict.fromkeys(await self.read(lambda c: leases.due_orders(c, limit, _now(), skip)), 0)
        return await self._writer.write(lambda c: leases.lease_due(c, limit, self._owner, _now(), self._until(), skip))

    async def _commit_leased(self, order_id: OrderId, job: Leased) -> bool:
        stored = self._writer.submit(job)
        try:
            return bool(await asyncio.shield(stored))
        except asyncio.CancelledError:
            stored.add_done_callback(lambda done: self._let_go(order_id, done))
            raise
        except LeaseLost:
            self._hands.drop(order_id)
            raise
        except StoreUnavailable:
            raise
        except Exception:
            asyncio.get_running_loop().call_later(self._lease.total_seconds(), self._hands.drop, order_id)
            raise

    def _let_go(self, order_id: OrderId, done: "asyncio.Future[Any]") -> None:
        """Of an order whose run was cancelled: not before its last commit, or the next run would miss that."""
        if not done.cancelled():
            done.exception()  # nobody else is there to hear of it
        self._hands.drop(order_id)

    async def read(self, query: Callable[[Connection], ResultT]) -> ResultT:
        """What is stored, as of one moment."""
        if not self._open:
            raise StoreUnavailable("the database is not open")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._reading, query)

    async def _look_up(self, query: Callable[[Connection], ResultT]) -> ResultT:
        """One query by key. SQLite answers it in less time than it takes to hand it to a thread; what it cannot answer
        at once is read like anything else.
        """
        if self._look_ups is not None:
            with suppress(DBAPIError):
                return query(self._look_ups)
        return await self.read(query)

    async def write(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """In the next group's transaction."""
        return await self._writer.write(work)

    async def transact(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """In a transaction of its own, which may wait for locks without keeping orders waiting."""
        if not self._open:
            raise StoreUnavailable("the database is not open")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._transacting, work)

    async def empty_log(self) -> bool:
        """Takes SQLite's log back to nothing, and with it what older versions of pages held; False while somebody reads
        in it. PostgreSQL's log is its administrator's.
        """
        return self._shared or await asyncio.get_running_loop().run_in_executor(self._readers, self._emptying)

    def _emptying(self) -> bool:
        with unavailable():
            return emptied(self._engine)

    def _transacting(self, work: Callable[[Connection], ResultT]) -> ResultT:
        with unavailable(), self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            return work(connection)

    def _reading(self, query: Callable[[Connection], ResultT]) -> ResultT:
        """A connection that died while nobody used it, as all do when the server restarts, is noticed by whoever uses
        it next: they ask once more, over a new one.
        """
        with unavailable():
            try:
                return self._read_once(query)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            return self._read_once(query)

    def _read_once(self, query: Callable[[Connection], ResultT]) -> ResultT:
        with self._engine.connect() as connection:
            return query(connection.execution_options(**self._reading_options))

    def _until(self) -> int:
        """0 on SQLite, whose one daemon remembers its leases itself."""
        return _now() + int(self._lease.total_seconds() * 1_000_000) if self._shared else 0


def _now() -> int:
    return int(steady_time() * 1_000_000)
