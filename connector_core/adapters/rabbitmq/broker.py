"""RabbitMQ as the broker."""

from collections.abc import Sequence

from connector_core.adapters.rabbitmq.consumer import Consumer
from connector_core.adapters.rabbitmq.publisher import Publisher
from connector_core.adapters.rabbitmq.supervisor import Supervisor
from connector_core.adapters.rabbitmq.topology import Topology
from connector_core.adapters.rabbitmq.wire import parameters
from connector_core.ports.broker import BrokerHealth, BrokerUnavailable, Handler, Outgoing


class RabbitBroker:
    """Two connections, because an alarm in RabbitMQ stops reading the one that publishes, and acknowledgements must
    still get through. Made inside or outside the loop; used in one loop only.

    `pause` is the first pause in seconds before a failed delivery is handed back, `grace` what deliveries in hand get
    at `stop`. Raises `ConfigurationError` for an address that cannot be read.
    """

    def __init__(self, url: str, names: Topology | None = None, *, pause: float = 1.0, grace: float = 10.0) -> None:
        self._names = names or Topology()
        self._to = parameters(url)
        self._grace = grace
        self._pause = pause
        self._publisher = Publisher(self._names)
        self._publishing = Supervisor("publish", self._to, self._names, self._publisher.begin)
        self._consumer: Consumer | None = None
        self._consuming: Supervisor | None = None
        self._started = False

    async def start(self) -> None:
        self._started = True
        self._publishing.start()
        if self._consuming is not None:
            self._consuming.start()

    async def stop(self) -> None:
        self._started = False
        consumer, consuming = self._consumer, self._consuming
        self._consumer = self._consuming = None
        if consumer is not None:
            await consumer.stop(self._grace)
        if consuming is not None:
            await consuming.stop()
        await self._publisher.stop()
        await self._publishing.stop()

    async def consume(self, handler: Handler, prefetch: int) -> None:
        if self._consumer is not None:
            raise RuntimeError("consuming already; one handler serves the order queue")
        self._consumer = Consumer(self._names, handler, prefetch, self._pause)
        self._consuming = Supervisor("consume", self._to, self._names, self._consumer.begin)
        if self._started:
            self._consuming.start()

    async def publish(self, message: Outgoing) -> None:
        (error,) = await self.publish_all([message])
        if error is not None:
            raise error

    async def publish_all(self, messages: Sequence[Outgoing]) -> Sequence[BrokerUnavailable | None]:
        if not self._started:
            return [BrokerUnavailable("The connection to RabbitMQ is not started.")] * len(messages)
        return await self._publisher.publish_all(messages, self._publishing)

    def health(self) -> BrokerHealth:
        in_flight = self._consumer.in_flight if self._consumer else 0
        if not self._started:
            return BrokerHealth(False, "The connection to RabbitMQ is not started.", in_flight)
        for supervisor in (self._publishing, self._consuming):
            if supervisor is not None and not supervisor.up:
                return BrokerHealth(False, supervisor.trouble or f"Connecting to {supervisor.where}.", in_flight)
        if self._publisher.blocked:
            words = f"RabbitMQ takes no messages at present ({self._publisher.blocked}): give it memory or disk."
            return BrokerHealth(False, words, in_flight)
        return BrokerHealth(True, f"Connected to RabbitMQ at {self._publishing.where}.", in_flight)
