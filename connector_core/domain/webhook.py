"""Webhooks out: who is told what happens in a shop, and each telling (Standard Webhooks)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from connector_core.domain.event import EventType
from connector_core.domain.ids import EventId, ShopId

EndpointId = NewType("EndpointId", str)
DeliveryId = NewType("DeliveryId", str)

TEST = "webhook.test"
"""The type of what is sent to try an endpoint; it belongs to no order."""

_OFFERED = ("payment_request", "payment", "message", "writeback")
TYPES: tuple[EventType, ...] = tuple(
    kind
    for kind in EventType
    if kind.value.split(".")[0] in _OFFERED and kind is not EventType.PAYMENT_UNALLOCATED  # belongs to no shop
)
"""What an endpoint may be told."""


class EndpointState(StrEnum):
    """Only an active endpoint is told anything. It is paused after it has failed for long, and ends itself by HTTP
    410; a person makes either active again.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class DeliveryState(StrEnum):
    """`failed` was given up after the last attempt."""

    DUE = "due"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of a merchant's own system. `types` are those it wants, none for all. `secret` signs, and beside it
    `old_secret` until `old_until`. It hears of what has happened since `active_since`. `failing_since` is the first of
    the attempts that failed in a row, `rests_until` when it may be asked again, `cause` why it failed last.
    """

    id: EndpointId
    shop: ShopId
    url: str
    types: tuple[str, ...]
    secret: str = field(repr=False)
    created_at: datetime
    created_by: str
    active_since: datetime
    state: EndpointState = EndpointState.ACTIVE
    old_secret: str = field(default="", repr=False)
    old_until: datetime | None = None
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    cause: str = ""

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Those that are valid now, the newest first."""
        old = self.old_secret if self.old_until and now < self.old_until else ""
        return (self.secret, old) if old else (self.secret,)

    def wants(self, kind: str) -> bool:
        return not self.types or kind in self.types


def without_secrets(url: str) -> str:
    """An address as it may stand in the audit trail: what it asks with and whom it names are left out."""
    scheme, _, rest = url.partition("//")
    place, *further = rest.partition("?")[0].split("/")
    return "/".join([f"{scheme}//{place.rpartition('@')[2]}", *further])[:200]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint. `event` is the id under which the receiver knows it, the same however often
    it is sent. `status` is the HTTP status of the last answer (0: there was none), `cause` what was wrong with it.
    """

    id: DeliveryId
    endpoint: EndpointId
    event: EventId
    kind: str
    body: str
    at: datetime
    next_at: datetime
    state: DeliveryState = DeliveryState.DUE
    attempts: int = 0
    status: int = 0
    cause: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How many deliveries of an endpoint wait, how many were given up, and the newest of all."""

    waiting: int = 0
    failed: int = 0
    newest: Delivery | None = None
