"""What webhooks out need: what is kept of endpoints and deliveries, and the way to an address that a user has given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connector_core.domain.event import Event
from connector_core.domain.ids import ShopId
from connector_core.domain.order import Order
from connector_core.domain.request import PaymentRequest
from connector_core.domain.webhook import Delivery, DeliveryId, Endpoint, EndpointId, Health
from connector_core.ports.people import Act

Body = Callable[[Event, Order, PaymentRequest | None], str]
"""What is told of an event of this order, as JSON."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended: `status` 0 when no answer came, `cause` in words, `after` as the peer's Retry-After has it.
    `refused`: the address leads to a place that nobody may be sent to, and nothing was sent.
    """

    status: int
    cause: str = ""
    after: timedelta | None = None
    refused: bool = False

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


class Egress(Protocol):
    """The way out to addresses that users have given."""

    def check(self, url: str) -> None:
        """Raises `InvalidInput` (422, field `url`) for an address that is refused as it is written."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One attempt, which never raises for what the peer does."""
        ...

    async def close(self) -> None: ...


class Webhooks(Protocol):
    """All methods raise `StoreUnavailable`. What takes an act keeps it in the same commit."""

    async def endpoints(self, shops: Sequence[ShopId]) -> Sequence[Endpoint]:
        """Oldest first."""
        ...

    async def endpoint(self, endpoint_id: EndpointId) -> Endpoint | None: ...

    async def health(self, endpoint_id: EndpointId) -> Health: ...

    async def add(self, endpoint: Endpoint, most: int, act: Act) -> None:
        """Raises `InvalidInput` (409) when the shop has one with this address, or `most` already."""
        ...

    async def put(self, endpoint: Endpoint, act: Act) -> bool:
        """Another state or other secrets for a known one. False, and nothing kept, when it is gone."""
        ...

    async def remove(self, endpoint_id: EndpointId, act: Act) -> bool:
        """With its deliveries. False when it is gone."""
        ...

    async def replay_since(self, endpoint_id: EndpointId, since: datetime, until: datetime, act: Act) -> bool:
        """Everything that has happened in between, as far as the endpoint wants it, is due (again), a piece at each
        `follow`. False when the endpoint is gone.
        """
        ...

    async def deliveries(
        self, endpoint_id: EndpointId, *, state: str = "", before: str = "", limit: int = 50
    ) -> Sequence[Delivery]:
        """Newest first; with `before` only those older than this one."""
        ...

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None: ...

    async def enqueue(self, delivery: Delivery, act: Act) -> None:
        """One that is due; one that is there already becomes due again."""
        ...

    async def follow(self, body: Body, now: datetime) -> int:
        """Deliveries for what has happened since the last time, each event and endpoint once; how many are new. For
        one daemon at a time.
        """
        ...

    async def due(self, now: datetime, each: int) -> Sequence[tuple[Endpoint, Sequence[Delivery]]]:
        """For each active endpoint that does not rest, up to `each` due deliveries, the longest due first."""
        ...

    async def begin(self, deliveries: Sequence[Delivery]) -> None:
        """Before the attempts: stores how often they were tried, and when to try them again should nobody tell."""
        ...

    async def end(self, endpoint: Endpoint, deliveries: Sequence[Delivery], act: Act | None = None) -> None:
        """After the attempts: their outcomes, and how the endpoint stands now (its state, failures and rest alone). One
        that a person has made due anew meanwhile stays due.
        """
        ...

    async def prune(self, before: datetime) -> int:
        """Takes away deliveries that have come to an end before that moment."""
        ...
