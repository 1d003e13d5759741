"""Publishing with confirms, many at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pika import BasicProperties
from pika.exceptions import AMQPError
from pika.spec import Basic

from connector_core.adapters.rabbitmq.supervisor import Supervisor
from connector_core.adapters.rabbitmq.topology import Topology
from connector_core.adapters.rabbitmq.wire import ChannelLost, Connection, Lane
from connector_core.domain.cloudevent import CONTENT_TYPE
from connector_core.ports.broker import BrokerUnavailable, Outgoing, Unroutable

WINDOW = 500
CONFIRM_LIMIT = 20.0
CONNECT_LIMIT = 1.0


@dataclass(slots=True)
class _Unconfirmed:
    message_id: str
    confirmed: "asyncio.Future[None]"
    returned: bool = False


class Publisher:
    """At most `WINDOW` messages wait for their confirm. An unroutable message is confirmed too, so the order exchange
    is published to as `mandatory`: the message comes back first (reference/rabbitmq.md)."""

    def __init__(self, names: Topology) -> None:
        self._names = names
        self._lane: Lane | None = None
        self._connection: Connection | None = None
        self._sent = 0
        self._unconfirmed: dict[int, _Unconfirmed] = {}
        self._window = asyncio.Semaphore(WINDOW)
        self._repair: asyncio.Task[None] | None = None

    async def begin(self, connection: Connection) -> Lane:
        lane = await connection.lane()
        self._sent = 0
        lane.channel.add_on_return_callback(self._on_return)
        await lane.ask(lane.channel.confirm_delivery, ack_nack_callback=self._on_confirm)
        lane.channel.add_on_close_callback(lambda _, __: self._lost(lane))
        connection.on_blocked = lambda: self._fail_all(self._blocked_words())
        self._lane, self._connection = lane, connection
        return lane

    @property
    def blocked(self) -> str:
        """The broker's reason for taking no messages at present."""
        return self._connection.blocked if self._lane and self._connection else ""

    async def publish_all(self, messages: Sequence[Outgoing], supervisor: Supervisor) -> list[BrokerUnavailable | None]:
        """As `Broker.publish_all`."""
        if not await supervisor.wait_up(CONNECT_LIMIT):
            down = BrokerUnavailable(supervisor.trouble or "RabbitMQ is not connected yet.")
            return [down] * len(messages)
        sent: list[asyncio.Future[None]] = []
        try:
            async with asyncio.timeout(CONFIRM_LIMIT):
                for message in messages:
                    await self._window.acquire()
                    sent.append(self._send(message))
                await asyncio.gather(*sent, return_exceptions=True)
        except TimeoutError:
            pass  # what was not confirmed says so below
        finally:
            for confirmed in sent:
                confirmed.cancel()
        errors = [_error(confirmed) for confirmed in sent]
        if any(isinstance(error, Unroutable) for error in errors):
            self._put_back(supervisor)
        return [*errors, *(_late() for _ in messages[len(sent) :])]

    async def stop(self) -> None:
        if self._repair is not None:
            self._repair.cancel()
            await asyncio.gather(self._repair, return_exceptions=True)
        self._fail_all("The connector is stopping.")

    def _send(self, message: Outgoing) -> "asyncio.Future[None]":
        """The message is on its way, or was never; the future ends with the broker's confirm."""
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        confirmed.add_done_callback(lambda _: self._window.release())
        lane = self._lane
        if lane is None:
            confirmed.set_exception(BrokerUnavailable("The connection to RabbitMQ was lost."))
        elif self.blocked:
            confirmed.set_exception(BrokerUnavailable(self._blocked_words()))
        else:
            self._sent += 1
            self._unconfirmed[self._sent] = _Unconfirmed(message.message_id, confirmed)
            try:
                self._write(lane, message)
            except AMQPError:
                del self._unconfirmed[self._sent]
                confirmed.set_exception(BrokerUnavailable("The connection to RabbitMQ was lost."))
        return confirmed

    def _write(self, lane: Lane, message: Outgoing) -> None:
        lane.channel.basic_publish(
            exchange=self._names.orders if message.to_orders else self._names.events,
            routing_key=message.routing_key,
            body=message.body,
            properties=BasicProperties(
                content_type=CONTENT_TYPE,
                delivery_mode=2,
                message_id=message.message_id,
                headers=dict(message.headers),
            ),
            mandatory=message.to_orders,
        )

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        last = method.delivery_tag
        tags = [tag for tag in self._unconfirmed if tag <= last] if method.multiple else [last]
        for tag in tags:
            waiting = self._unconfirmed.pop(tag, None)
            if waiting is not None and not waiting.confirmed.done():
                self._settle(waiting, refused=isinstance(method, Basic.Nack))

    def _settle(self, waiting: _Unconfirmed, refused: bool) -> None:
        if waiting.returned:
            waiting.confirmed.set_exception(
                Unroutable(f"RabbitMQ has no queue for the message: {self._names.orders} was deleted or unbound.")
            )
        elif refused:
            waiting.confirmed.set_exception(
                BrokerUnavailable("RabbitMQ refused the message: the order queue is full or not available.")
            )
        else:
            waiting.confirmed.set_result(None)

    def _on_return(self, _: object, __: object, properties: BasicProperties, ___: bytes) -> None:
        """Comes before the confirm of the same message."""
        for waiting in self._unconfirmed.values():
            if waiting.message_id == properties.message_id:
                waiting.returned = True

    def _lost(self, lane: Lane) -> None:
        if self._lane is lane:
            self._lane = self._connection = None
            self._fail_all("The connection to RabbitMQ was lost before it confirmed the message.")

    def _fail_all(self, words: str) -> None:
        unconfirmed, self._unconfirmed = self._unconfirmed, {}
        for waiting in unconfirmed.values():
            if not waiting.confirmed.done():
                waiting.confirmed.set_exception(BrokerUnavailable(words))

    def _put_back(self, supervisor: Supervisor) -> None:
        if self._repair is None or self._repair.done():
            self._repair = asyncio.create_task(_declare_again(supervisor), name="rabbitmq-repair")

    def _blocked_words(self) -> str:
        return f"RabbitMQ takes no messages at present ({self.blocked or 'alarm'}): give it memory or disk."


async def _declare_again(supervisor: Supervisor) -> None:
    try:
        await supervisor.declare_again()
    except (ChannelLost, TimeoutError):
        pass  # the next message comes back too, and tries again


def _error(confirmed: "asyncio.Future[None]") -> BrokerUnavailable | None:
    if confirmed.cancelled():
        return _late()
    error = confirmed.exception()
    assert error is None or isinstance(error, BrokerUnavailable)
    return error


def _late() -> BrokerUnavailable:
    return BrokerUnavailable(f"RabbitMQ has not confirmed the message in {CONFIRM_LIMIT:.0f} s.")
