"""What has happened: the timeline of an order, the audit trail and the outbox, in one append-only log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from connector_core.domain.ids import EventId, OrderId


class EventType(StrEnum):
    """Published types (conventions 3.3), without the reverse-DNS prefix."""

    ORDER_RECEIVED = "order.received.v1"
    ORDER_CHANGED = "order.changed.v1"
    ORDER_WITHDRAWN = "order.withdrawn.v1"
    ORDER_SKIPPED = "order.skipped.v1"
    ORDER_REFUSED = "order.refused.v1"
    ORDER_ERASED = "order.erased.v1"
    REQUEST_CREATED = "payment_request.created.v1"
    REQUEST_UPDATED = "payment_request.updated.v1"
    REQUEST_CLOSED = "payment_request.closed.v1"
    LINK_CREATED = "link.created.v1"
    LINK_REPLACED = "link.replaced.v1"
    LINK_CLOSED = "link.closed.v1"
    MESSAGE_QUEUED = "message.queued.v1"
    MESSAGE_ACCEPTED = "message.accepted.v1"
    MESSAGE_STATUS = "message.status_changed.v1"
    PAYMENT_CAPTURED = "payment.captured.v1"
    PAYMENT_REFUNDED = "payment.refunded.v1"
    REFUND_ASKED = "payment.refund_asked.v1"
    PAYMENT_DISPUTED = "payment.disputed.v1"
    PAYMENT_ATTEMPTED = "payment.attempted.v1"
    PAYMENT_UNALLOCATED = "payment.unallocated.v1"
    PAYMENT_SETTLED = "payment.settled.v1"
    WRITEBACK_DUE = "writeback.due.v1"
    WRITEBACK_DONE = "writeback.done.v1"
    WRITEBACK_PARKED = "writeback.parked.v1"
    STEP_PARKED = "step.parked.v1"
    STEP_RETRIED = "step.retried.v1"
    STEP_CLOSED = "step.closed.v1"


@dataclass(frozen=True, slots=True)
class Event:
    """Actor, cause, time and data of one change. `data` holds ids, states and amounts: no phone, no name, no secret."""

    id: EventId
    type: EventType
    at: datetime
    actor: str
    order_id: OrderId | None = None
    subject: str = ""
    cause: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
