"""What moves order events in and tells the world what has happened."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class BrokerUnavailable(Exception):
    """Not published: no connection, no confirm, refused by an alarm or a full queue. The row stays in the outbox."""


class Unroutable(BrokerUnavailable):
    """The broker had no queue for it; the topology is declared anew."""


class DeadLetter(Exception):
    """A handler raises it for a message that can never be taken: it goes to the dead letters, and the rest moves on."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One structured CloudEvent to publish. `routing_key` is ``<event type>``; `to_orders` picks the order exchange."""

    message_id: str
    routing_key: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    to_orders: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message from the order queue; `body` as it came."""

    message_id: str
    body: bytes
    redelivered: bool = False


Handler = Callable[[Delivery], Awaitable[None]]
"""Takes one delivery to rest. Returning acknowledges it; raising hands it back after a pause, `DeadLetter` puts it
aside."""


@dataclass(frozen=True, slots=True)
class BrokerHealth:
    """`ready` only when connected, the topology stands and the consumer is registered; `detail` in plain words."""

    ready: bool
    detail: str
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """One message that was put aside, as people look at it."""

    message_id: str
    routing_key: str
    body: bytes


class DeadLetters(Protocol):
    """What was put aside. Raises `BrokerUnavailable`."""

    async def look(self, limit: int) -> Sequence[DeadLetterView]:
        """The oldest ones; they stay where they are."""
        ...

    async def remove(self, which: Callable[[DeadLetterView], bool]) -> int:
        """Takes those for good, and returns how many there were; the others stay where they are."""
        ...

    async def give_back(self, limit: int) -> int:
        """Publishes the oldest ones to the order queue again; each is removed only once that is confirmed."""
        ...


class Broker(Protocol):
    async def start(self) -> None:
        """Begins to connect and keeps connected until `stop`; does not wait for the broker to be there."""
        ...

    async def stop(self) -> None:
        """Stops consuming, lets deliveries in hand come to rest for a moment, and disconnects."""
        ...

    async def consume(self, handler: Handler, prefetch: int) -> None:
        """From now on, hands deliveries to `handler`, at most `prefetch` at a time, over every reconnect."""
        ...

    async def publish(self, message: Outgoing) -> None:
        """Returns when the broker has confirmed it. Raises `BrokerUnavailable`, `Unroutable`."""
        ...

    async def publish_all(self, messages: Sequence[Outgoing]) -> Sequence[BrokerUnavailable | None]:
        """The same for many, in this order; for each what `publish` would raise, None when it was confirmed."""
        ...

    def health(self) -> BrokerHealth: ...
