"""Messages to the buyer and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector_core.domain.ids import MessageId, OrderId, PaymentId, RequestId
from connector_core.domain.phone import E164

HANDED_OVER = "handed-over"
"""As a message's channel: a person writes to the buyer from a phone of their own."""


class Purpose(StrEnum):
    """Why a buyer is written to."""

    PAYLINK = "paylink"
    REMINDER = "reminder"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    RECEIPT = "receipt"


class Delivery(StrEnum):
    """The delivery axis, in ascending rank: the highest rank seen wins (faults.md 50).

    `failed` ranks below `sent`: a `delivered` may follow it (reference/messaging.md A5).
    """

    QUEUED = "queued"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {state: rank for rank, state in enumerate(Delivery)}


@dataclass(frozen=True, slots=True)
class Message:
    """One send over one channel. Its id is the opaque attempt id that the channel echoes; a repeat is a new message."""

    id: MessageId
    order_id: OrderId
    request_id: RequestId
    purpose: Purpose
    channel: str
    to: E164
    language: str
    revision: int
    delivery: Delivery
    created_at: datetime
    url: str = ""
    provider_id: str = ""
    payment_id: PaymentId | None = None
    error: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """What a channel reports of one message: matched by `provider_id` first, else by our `attempt_id`."""

    provider_id: str
    delivery: Delivery
    at: datetime
    attempt_id: str = ""
    error_code: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a buyer wrote: never stored as text; `keyword` is a recognised word such as ``stop`` or empty."""

    provider_id: str
    sender: str
    at: datetime
    keyword: str = ""
