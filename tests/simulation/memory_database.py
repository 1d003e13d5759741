"""The rows of the simulated database, with the rules of the SQL store: leases, fencing, dedupe keys, unique keys."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_core.domain.errors import Rejected
from connector_core.domain.event import Event
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, StepId
from connector_core.domain.message import Message
from connector_core.domain.order import Order
from connector_core.domain.payment import Payment, WriteBack
from connector_core.domain.request import PayLink, PaymentRequest
from connector_core.domain.state import OrderState, Value
from connector_core.domain.step import Step, StepState
from connector_core.ports.store import Batch, LeaseLost

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Watcher = Callable[[Value | None, Value], None]
"""Called with the value before and after, for each value of a commit."""


@dataclass(slots=True)
class OrderRow:
    order: Order
    fence: int
    owner: str
    until: datetime


@dataclass(slots=True)
class Rows:
    orders: dict[OrderId, OrderRow] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    steps: dict[StepId, Step] = field(default_factory=dict)
    events: dict[EventId, Event] = field(default_factory=dict)
    unpublished: dict[EventId, Event] = field(default_factory=dict)
    unique: dict[tuple[Any, ...], str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    holds: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    cursors: dict[str, Any] = field(default_factory=dict)


class MemoryDatabase:
    """What all daemons share. Every method is one transaction."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.watchers: list[Watcher] = []
        self._changed: asyncio.Future[None] | None = None

    async def change(self, seconds: float) -> None:
        """Until something was written, at most so long."""
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._changed], timeout=seconds)

    def touched(self) -> None:
        if self._changed is not None:
            self._changed.set_result(None)
            self._changed = None

    # -- reading ---------------------------------------------------------------------------------------------------

    def order_id(self, connection: ConnectionId, order_ref: OrderRef) -> OrderId | None:
        found = self.rows.unique.get(("order", connection, order_ref))
        return None if found is None else OrderId(found)

    def state(self, order_id: OrderId) -> OrderState:
        """Values in the order of their ids, as the SQL store gives them; a started step comes back as unknown."""
        row = self.rows.orders[order_id]
        mine = (v for v in self.rows.values.values() if not isinstance(v, Order) and v.order_id == order_id)
        values = sorted(mine, key=lambda value: value.id)
        steps = sorted((s for s in self.rows.steps.values() if s.order_id == order_id), key=lambda step: step.id)
        state = OrderState(replace(row.order, fence=row.fence), steps=tuple(found(step) for step in steps))
        return state.with_values(values)

    def waiting(self, now: datetime, skip: Sequence[OrderId]) -> Iterator[tuple[datetime, StepId, OrderId]]:
        """(when it can be taken, step, order) of unparked steps."""
        for step in self.rows.steps.values():
            row = self.rows.orders.get(step.order_id)
            if step.state is StepState.PARKED or row is None or step.order_id in skip:
                continue
            yield max(step.due_at, row.until), step.id, step.order_id

    # -- writing ---------------------------------------------------------------------------------------------------

    def lease(self, order_id: OrderId, owner: str, now: datetime, until: datetime) -> int | None:
        row = self.rows.orders.get(order_id)
        if row is None or (row.owner not in ("", owner) and row.until > now):
            return None
        row.owner, row.until, row.fence = owner, until, row.fence + 1
        self.touched()
        return row.fence

    def lease_due(
        self, limit: int, owner: str, now: datetime, until: datetime, skip: Sequence[OrderId]
    ) -> dict[OrderId, int]:
        due = sorted(entry for entry in self.waiting(now, skip) if entry[0] <= now)
        fences = {}
        for order_id in list(dict.fromkeys(order_id for _, _, order_id in due))[:limit]:
            row = self.rows.orders[order_id]
            row.owner, row.until, row.fence = owner, until, row.fence + 1
            fences[order_id] = row.fence
        if fences:
            self.touched()
        return fences

    def prolong(self, order_ids: Sequence[OrderId], owner: str, until: datetime) -> None:
        for order_id in order_ids:
            row = self.rows.orders[order_id]
            if row.owner == owner:
                row.until = until

    def commit(self, batch: Batch, fence: int | None, owner: str, until: datetime) -> bool:
        """Raises `LeaseLost`, `Rejected`."""
        self._check_unique(batch)
        if batch.lease is not None:
            self._check_lease(batch, batch.lease, fence, owner, until)
        fresh = not batch.seen or batch.seen[0] not in self.rows.seen
        self.rows.seen.update(batch.seen)
        for value in batch.values:
            self._put(value)
        if fresh or not batch.new_steps_only_if_unseen:
            self.rows.steps.update((step.id, step) for step in batch.steps)
            for event in batch.events:
                self._add_event(event)
        for step_id in batch.done:
            self.rows.steps.pop(step_id, None)
        if batch.lease is not None and fence is not None:
            row = self.rows.orders[batch.lease.order.id]
            row.owner, row.until = ("", NEVER) if batch.release else (owner, until)
        self.touched()
        return fresh

    def add_unallocated(self, payment: Payment, event: Event) -> bool:
        if any(key in self.rows.unique for key in keys_of(payment)):
            return False
        self._put(payment)
        self._add_event(event)
        self.touched()
        return True

    def hold(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        held = self.rows.holds.get(name)
        if held is not None and held[0] != owner and held[1] > now:
            return False
        self.rows.holds[name] = (owner, until)
        return True

    def mark_published(self, ids: Sequence[EventId]) -> None:
        for event_id in ids:
            self.rows.unpublished.pop(event_id, None)

    def _check_lease(self, batch: Batch, state: OrderState, fence: int | None, owner: str, until: datetime) -> None:
        order_id = state.order.id
        if fence:
            row = self.rows.orders.get(order_id)
            if row is None or row.fence != fence:
                raise LeaseLost
            return
        orders = [value for value in batch.values if isinstance(value, Order)]
        order = orders[-1] if orders else state.order
        known = self.order_id(order.connection, order.order_ref)
        if known is not None and (known != order_id or self.rows.orders[order_id].fence != 1):
            raise LeaseLost
        self.rows.unique["order", order.connection, order.order_ref] = order_id
        self.rows.orders[order_id] = OrderRow(order, 1, owner, until)

    def _check_unique(self, batch: Batch) -> None:
        taken = dict(self.rows.unique)
        for value in batch.values:
            for key in keys_of(value):
                owner = taken.setdefault(key, value.id)
                if owner != value.id and not self._of_nobody(owner):
                    raise Rejected("The database refused what was to be stored.", detail=f"{key}")

    def _of_nobody(self, value_id: str) -> bool:
        value = self.rows.values.get(value_id)
        return isinstance(value, Payment) and value.order_id is None

    def _put(self, value: Value) -> None:
        if isinstance(value, Order):
            row = self.rows.orders[value.id]
            row.order = replace(row.order, number=value.number, version=value.version)
            return
        for key in keys_of(value):
            before = self.rows.unique.get(key)
            if before is not None and before != value.id:
                del self.rows.values[before]  # a payment of nobody gives way
            self.rows.unique[key] = value.id
        old = self.rows.values.get(value.id)
        self.rows.values[value.id] = value
        for watch in self.watchers:
            watch(old, value)

    def _add_event(self, event: Event) -> None:
        if event.id not in self.rows.events:
            self.rows.events[event.id] = event
            self.rows.unpublished[event.id] = event


def found(step: Step) -> Step:
    return replace(step, state=StepState.UNKNOWN) if step.state is StepState.STARTED else step


def keys_of(value: Value) -> list[tuple[Any, ...]]:
    """What must be unique besides the id."""
    match value:
        case PayLink():
            return [("link", value.psp_order)]
        case Payment():
            return [("payment", value.account, value.psp_ref, value.kind)]
        case WriteBack():
            return [("write_back", value.order_id, value.fact, value.payment_id)]
        case PaymentRequest():
            return [("request", value.order_id)]
        case Message() | Order():
            return []


def later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
