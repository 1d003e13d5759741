"""Identifiers. Ours are UUIDv7 texts (RFC 9562, section 5.7): sortable by the time they were made."""

import os
import random
import re
import time
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

_chance = random.Random(os.urandom(64))  # noqa: S311 - an id must be unique; what must be secret is made with `secrets`
_FORM = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION_7 = 0x7 << 76 | 0b10 << 62
_RANDOM_BITS = (1 << 76) - 1 ^ 0b11 << 62


def is_id(text: str) -> bool:
    """Whether a text from outside may be one of ours."""
    return _FORM.fullmatch(text) is not None


def made_at(uuid: str) -> float:
    """When a UUIDv7 was made, in seconds since 1970."""
    return int(uuid.replace("-", "")[:12], 16) / 1000


def uuid7() -> str:
    """A new UUIDv7 as 36 characters: 48 bits of Unix milliseconds, then 74 random bits."""
    value = time.time_ns() // 1_000_000 << 80 | _chance.getrandbits(76) & _RANDOM_BITS | _VERSION_7
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
