"""Identifiers. Ours are UUIDv7 texts (RFC 9562, section 5.7): sortable by the time they were made."""

import secrets
import time
import uuid
from typing import NewType

OrderId = NewType("OrderId", str)
RequestId = NewType("RequestId", str)
LinkId = NewType("LinkId", str)
MessageId = NewType("MessageId", str)
PaymentId = NewType("PaymentId", str)
WriteBackId = NewType("WriteBackId", str)
StepId = NewType("StepId", str)
EventId = NewType("EventId", str)

ConnectionId = NewType("ConnectionId", str)
"""The configured name of one plugin instance, such as ``woo-main``."""
ShopId = NewType("ShopId", str)
OrderRef = NewType("OrderRef", str)
"""The source system's own id of an order; with the connection it is the natural key."""


def made_at(uuid: str) -> float:
    """When a UUIDv7 was made, in seconds since 1970."""
    return int(uuid.replace("-", "")[:12], 16) / 1000


def uuid7() -> str:
    """A new UUIDv7 as 36 characters: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
