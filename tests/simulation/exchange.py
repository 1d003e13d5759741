"""A simulated RabbitMQ: at least once, in any order, to any daemon that lives."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from connector_core.domain.errors import ConnectorError
from connector_core.ports.broker import BrokerHealth, BrokerUnavailable, DeadLetter, Delivery, Handler, Outgoing
from tests.simulation.chance import Dice
from tests.simulation.host import Host
from tests.simulation.network import Network, Spawn
from tests.simulation.trace import Trace

_REDELIVERY = 5.0
_PATIENCE = 3600.0


class SimExchange:
    """`pending` counts messages that are not acknowledged; `published` are the ids of what has happened."""

    def __init__(self, dice: Dice, trace: Trace, spawn: Spawn) -> None:
        self._dice = dice
        self._trace = trace
        self._spawn = spawn
        self._consumers: list[tuple[Host, Handler]] = []
        self.pending = 0
        self.published: set[str] = set()
        self.dead: list[str] = []

    def take(self, message: Outgoing) -> None:
        self.published.add(message.message_id)
        if message.to_orders:
            self.pending += 1
            self._spawn(self._carry(Delivery(message.message_id, message.body)))

    def subscribe(self, host: Host, handler: Handler) -> None:
        self._consumers.append((host, handler))

    async def _carry(self, delivery: Delivery) -> None:
        late = self._dice.happens("broker.late")
        await asyncio.sleep(self._dice.between(1, 120) if late else self._dice.between(0.001, 0.1))
        while not await self._hand(delivery) or self._dice.happens("broker.acknowledgement_lost"):
            await asyncio.sleep(_REDELIVERY)
            delivery = replace(delivery, redelivered=True)
        self.pending -= 1

    async def _hand(self, delivery: Delivery) -> bool:
        """Whether a daemon has acknowledged it."""
        living = [(host, handler) for host, handler in self._consumers if host.alive]
        if not living:
            return False
        host, handler = self._dice.rng.choice(living)
        work = host.spawn(_handled(handler, delivery))
        await asyncio.wait([work], timeout=_PATIENCE)
        if not work.done() or work.cancelled():
            return False
        if (error := work.exception()) is not None:
            self._trace.add(host.name, "broker.nack", delivery.message_id, type(error).__name__)
            if isinstance(error, DeadLetter):
                self.dead.append(delivery.message_id)
            return isinstance(error, DeadLetter)
        return True


async def _handled(handler: Handler, delivery: Delivery) -> None:
    await handler(delivery)


class SimBroker:
    """One daemon's connection."""

    def __init__(self, exchange: SimExchange, network: Network, host: Host) -> None:
        self._exchange = exchange
        self._network = network
        self._host = host

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def consume(self, handler: Handler, prefetch: int) -> None:
        self._exchange.subscribe(self._host, handler)

    async def publish(self, message: Outgoing) -> None:
        try:
            name = f"publish {message.routing_key}"
            await self._network.call(self._host, "broker", name, lambda: self._exchange.take(message), effect=True)
        except ConnectorError as error:
            raise BrokerUnavailable(str(error)) from None

    async def publish_all(self, messages: Sequence[Outgoing]) -> Sequence[BrokerUnavailable | None]:
        return [await self._error(message) for message in messages]

    async def _error(self, message: Outgoing) -> BrokerUnavailable | None:
        try:
            await self.publish(message)
        except BrokerUnavailable as error:
            return error
        return None

    def health(self) -> BrokerHealth:
        return BrokerHealth(ready=True, detail="")
