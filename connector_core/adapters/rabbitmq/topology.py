"""The exchanges and queues, and their declaration (reference/rabbitmq.md: the same on 3.10 and 4.x)."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector_core.adapters.rabbitmq.wire import Connection, Lane


@dataclass(frozen=True, slots=True)
class Topology:
    """Names and limits. A limit of a queue that exists cannot be changed: RabbitMQ answers 406.

    `delivery_limit` only guards against a message that ends the process again and again: attempts are counted in the
    database. With pauses of up to 30 s, 1000 leaves more than eight hours for a database to come back.
    """

    orders: str = "paylink.orders"
    dead: str = "paylink.dead"
    events: str = "paylink.events"
    pattern: str = "#"
    delivery_limit: int = 1_000
    max_length: int = 1_000_000

    def orders_arguments(self) -> Mapping[str, str | int]:
        """At-least-once dead letters need a quorum queue, a dead-letter exchange and `reject-publish`, all three."""
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": self.delivery_limit,
            "x-dead-letter-exchange": self.dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-max-length": self.max_length,
        }

    def dead_arguments(self) -> Mapping[str, str | int]:
        """Nothing consumes it; since 4.0 a queue without a limit drops what was looked at 20 times."""
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": 1_000_000,
            "x-overflow": "reject-publish",
            "x-max-length": self.max_length,
        }


async def declare(connection: Connection, names: Topology) -> None:
    """Declares all of it on a channel of its own, since a refusal closes the channel. Raises `ChannelLost`."""
    lane = await connection.lane()
    for exchange in (names.orders, names.dead, names.events):
        await lane.ask(
            lane.channel.exchange_declare, exchange=exchange, exchange_type="topic", durable=True, auto_delete=False
        )
    await _queue(lane, names.dead, names.dead, "#", names.dead_arguments())
    await _queue(lane, names.orders, names.orders, names.pattern, names.orders_arguments())
    await lane.close()


async def _queue(lane: Lane, queue: str, exchange: str, pattern: str, arguments: Mapping[str, str | int]) -> None:
    await lane.ask(lane.channel.queue_declare, queue=queue, durable=True, arguments=dict(arguments))
    await lane.ask(lane.channel.queue_bind, queue=queue, exchange=exchange, routing_key=pattern)
