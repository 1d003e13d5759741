"""What the database remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from connector_core.domain.event import Event
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, PaymentId, ShopId, StepId
from connector_core.domain.payment import Payment
from connector_core.domain.request import PayLink
from connector_core.domain.state import OrderState, Value
from connector_core.domain.step import Step


class StoreUnavailable(Exception):
    """The database cannot be reached, is locked or full: nothing was stored, the same batch may be tried again."""


class LeaseLost(Exception):
    """Another daemon has taken the order over in the meantime: nothing was stored, and nothing more may be done."""


class OrderBusy(Exception):
    """The order is in another run's hands; a step stored for it is found by them. Carries its id."""

    def __init__(self, order_id: OrderId) -> None:
        super().__init__(order_id)
        self.order_id = order_id


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit stores, all or nothing.

    With `lease`, the order's fencing number must still be the one in `lease` (else `LeaseLost`) and the lease is
    prolonged, or given back with `release`. A new order's row is among `values`. `seen` are dedupe keys: a key that
    is known already is no error. `new_steps_only_if_unseen` drops `steps` and `events` when the first key was known.
    """

    values: Sequence[Value] = ()
    events: Sequence[Event] = ()
    steps: Sequence[Step] = ()
    done: Sequence[StepId] = ()
    seen: Sequence[str] = ()
    lease: OrderState | None = None
    release: bool = False
    new_steps_only_if_unseen: bool = False


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of a list of orders: order, request and delivery at a glance; empty texts where there is none."""

    order_id: OrderId
    connection: ConnectionId
    order_ref: OrderRef
    number: str
    shop: ShopId
    state: str
    money: str
    delivery: str
    write_back: str
    parked: str
    amount: str
    created_at: datetime
    updated_at: datetime


class Store(Protocol):
    """All methods raise `StoreUnavailable`. Values of an order are changed only under its lease."""

    async def open(self) -> None:
        """Connects and brings the schema to the newest version."""
        ...

    async def close(self) -> None: ...

    async def check(self) -> None:
        """Answers when the database takes a write."""
        ...

    async def take(self, connection: ConnectionId, order_ref: OrderRef, shop: ShopId) -> OrderState:
        """Leases the order of this natural key; makes it when it is new. Raises `OrderBusy`.

        A new order is not written yet: its row comes with the first batch, which raises `LeaseLost` when another
        daemon made it first.
        """
        ...

    async def take_order(self, order_id: OrderId) -> OrderState:
        """Leases a known order. Raises `OrderBusy`, `KeyError`."""
        ...

    async def take_due(self, limit: int) -> Sequence[OrderState]:
        """Leases up to `limit` orders that have a due, unparked step and no living lease, longest due first.

        Steps found `started` come back as `unknown`: their run ended without an outcome.
        """
        ...

    async def commit(self, batch: Batch) -> bool:
        """Stores the batch durably (group commit). False when the first `seen` key was known already."""
        ...

    async def keep_leases(self) -> None:
        """Prolongs all leases of this daemon."""
        ...

    async def seen(self, key: str) -> bool: ...

    async def hold(self, name: str, ttl: timedelta) -> bool:
        """Takes or prolongs the named lease of a task that only one daemon does at a time."""
        ...

    async def next_due(self) -> datetime | None:
        """When the earliest waiting step of any unleased order is due."""
        ...

    async def cursor(self, name: str) -> Any:
        """The JSON value saved under this name, or None."""
        ...

    async def save_cursor(self, name: str, value: Any) -> None: ...

    async def unpublished(self, limit: int) -> Sequence[Event]:
        """The outbox: events that the broker has not confirmed yet, oldest first."""
        ...

    async def mark_published(self, ids: Sequence[EventId]) -> None: ...

    async def link_by_psp_order(self, psp_order: str, psp_link: str = "") -> PayLink | None: ...

    async def order_of_message(self, provider_id: str, attempt_id: str) -> OrderId | None: ...

    async def add_unallocated(self, payment: Payment, event: Event) -> bool:
        """Records a payment that belongs to no order of ours. False when it is recorded already."""
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits. Ages are seconds; `parked` counts by kind of step, `write_back_age` is the oldest of a connection."""

    outbox: int = 0
    outbox_age: float = 0.0
    parked: Mapping[str, int] = field(default_factory=dict)
    write_back_age: Mapping[str, float] = field(default_factory=dict)
    unallocated: int = 0


class Reports(Protocol):
    """Views for people, tools and figures, and what people do about them; never part of a decision."""

    async def orders(self, *, search: str = "", limit: int = 50) -> Sequence[OrderLine]:
        """Newest first; `search` matches number, reference, connection or order id."""
        ...

    async def order(self, number_or_id: str) -> OrderState | None: ...

    async def order_of(self, connection: ConnectionId, order_ref: OrderRef) -> OrderState | None:
        """The one order of this natural key; numbers of several systems may be the same."""
        ...

    async def timeline(self, order_id: OrderId) -> Sequence[Event]: ...

    async def parked(self, limit: int = 100) -> Sequence[Step]: ...

    async def parked_of(self, shops: Sequence[ShopId], limit: int = 100) -> Sequence[Step]:
        """Parked steps of orders of these shops, longest parked first."""
        ...

    async def unallocated(self, limit: int = 100) -> Sequence[Payment]:
        """Payments that belong to no order of ours, newest first. They carry the PSP account, and no shop."""
        ...

    async def settle_unallocated(self, payment_id: PaymentId, by: str) -> bool:
        """A person has dealt with such a payment. False when there is none, or somebody was quicker."""
        ...

    async def retry_parked(self, step_id: StepId, at: datetime) -> bool:
        """Makes a parked step due again; False when it is not parked."""
        ...

    async def backlog(self) -> Backlog:
        """Reads what waits only, so it costs the same however much is kept."""
        ...

    async def counts(self) -> dict[str, int]:
        """Totals by name: requests by state, messages by delivery, steps by state, unallocated, outbox."""
        ...


class QueueStore(Protocol):
    """Rows under the embedded queue."""

    async def queue_put(self, message_id: str, body: bytes) -> int:
        """Appends and returns the position; the same `message_id` again returns the position it has."""
        ...

    async def queue_after(self, position: int, limit: int) -> Sequence[tuple[int, str, bytes]]:
        """(position, message id, body) of unacknowledged messages behind `position`, in order."""
        ...

    async def queue_ack(self, positions: Sequence[int]) -> None: ...
