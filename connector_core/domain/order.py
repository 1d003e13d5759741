"""Orders as they come from a merchant's system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from connector_core.domain.ids import ConnectionId, OrderId, OrderRef, ShopId

Record = Mapping[str, Any]
"""A source system's own document, as JSON values."""


class OrderChange(StrEnum):
    """What an order event says has happened."""

    RECEIVED = "received"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One "this order was confirmed, changed or cancelled".

    `record` is the document itself when the sender is trusted to know its present state (AMQP); without it the event is
    a hint, and the order is read again from its system. (`source`, `id`) identify the event.
    """

    id: str
    source: str
    connection: ConnectionId
    order_ref: OrderRef
    change: OrderChange
    at: datetime
    record: Record | None = None
    document: str = ""
    """The kind of record, such as ``woocommerce.order``; empty means the connection's only one."""
    send_again: bool = False
    """A person there wants the buyer asked once more: for what has expired too, and though nothing has changed."""
    actor: str = ""
    """Who there has done it, where that is known: the timeline names them."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order of one connection: the unit that is leased, ordered and shown.

    `version` is the source's own modification mark of the newest record that was mapped (sortable text). `erased_at` is
    when its buyer was erased here; what its system says of it since then changes nothing.
    """

    id: OrderId
    connection: ConnectionId
    order_ref: OrderRef
    shop: ShopId
    number: str
    created_at: datetime
    version: str = ""
    erased_at: datetime | None = None
    fence: int = field(default=0, compare=False)
