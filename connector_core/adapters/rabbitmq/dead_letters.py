"""Looks into the dead-letter queue, and empties it back into the order queue."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from connector_core.adapters.rabbitmq.topology import Topology
from connector_core.adapters.rabbitmq.wire import ChannelLost, Connection, Lane, parameters
from connector_core.ports.broker import Broker, BrokerUnavailable, DeadLetterView, Outgoing


@dataclass(frozen=True, slots=True)
class _Taken:
    tag: int
    letter: DeadLetterView


class RabbitDeadLetters:
    """`broker` is the started one that publishes; the looking has a connection of its own."""

    def __init__(self, url: str, broker: Broker, names: Topology | None = None) -> None:
        self._to = parameters(url)
        self._broker = broker
        self._queue = (names or Topology()).dead

    async def look(self, limit: int) -> Sequence[DeadLetterView]:
        """Closing the channel puts everything back in its place."""
        async with self._lane() as lane:
            found: list[DeadLetterView] = []
            while len(found) < limit and (taken := await self._take(lane)):
                found.append(taken.letter)
            return found

    async def remove(self, which: Callable[[DeadLetterView], bool]) -> int:
        """Those that are left stay in hand until all were seen; closing the channel puts them back in their place."""
        async with self._lane() as lane:
            removed = 0
            while taken := await self._take(lane):
                if which(taken.letter):
                    lane.channel.basic_ack(taken.tag)
                    removed += 1
            return removed

    async def give_back(self, limit: int) -> int:
        async with self._lane() as lane:
            given = 0
            while given < limit and (taken := await self._take(lane)):
                letter = taken.letter
                await self._broker.publish(Outgoing(letter.message_id, letter.routing_key, letter.body, to_orders=True))
                lane.channel.basic_ack(taken.tag)
                given += 1
            return given

    async def _take(self, lane: Lane) -> _Taken | None:
        answer: asyncio.Future[_Taken | None] = asyncio.get_running_loop().create_future()

        def got(_: Any, method: Basic.GetOk, properties: BasicProperties, body: bytes) -> None:
            message_id = str(properties.message_id or f"dead-letter-{method.delivery_tag}")
            letter = DeadLetterView(message_id, str(method.routing_key), body)
            answer.set_result(_Taken(int(method.delivery_tag or 0), letter))

        def empty(_: Any) -> None:
            if not answer.done():  # it is called for the takes before this one, too
                answer.set_result(None)

        lane.channel.add_callback(empty, [Basic.GetEmpty])
        lane.channel.basic_get(self._queue, got)
        return await lane.until(answer)  # type: ignore[no-any-return]  # `until` answers what the future holds

    @asynccontextmanager
    async def _lane(self) -> AsyncIterator[Lane]:
        try:
            connection = await Connection.open(self._to)
        except (AMQPError, TimeoutError, OSError) as error:
            raise BrokerUnavailable(f"RabbitMQ cannot be reached ({error or type(error).__name__}).") from None
        try:
            lane = await connection.lane()
            yield lane
            await lane.close()
        except (ChannelLost, TimeoutError) as error:
            raise BrokerUnavailable(f"RabbitMQ has ended the look into {self._queue}: {error}") from None
        finally:
            await connection.close()
