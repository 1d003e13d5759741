"""pika's callbacks as awaitables: one connection, and lanes (channels) on it. Everything runs in the loop's thread."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel
from pika.exceptions import AMQPError

from connector_core.domain.errors import ConfigurationError

ANSWER_LIMIT = 10.0
"""Seconds that the broker has for an answer while a connection is set up."""
HEARTBEAT = 10

logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs every lost connection as an error; we report our own way


class ChannelLost(Exception):
    """A channel ended while something was asked of it; the cause is pika's reason."""


def parameters(url: str) -> pika.URLParameters:
    """Raises `ConfigurationError`, which never repeats the URL: a password may be in it."""
    try:
        found = pika.URLParameters(url)
    except Exception:  # noqa: BLE001 - pika raises what the parser of the moment raises
        found = None
    if found is None or not url.startswith(("amqp://", "amqps://")):
        raise ConfigurationError(
            "The address of RabbitMQ cannot be read.",
            cure="Write it as amqp://user:password@host:5672/vhost (amqps:// for TLS); %2F is the vhost /.",
        )
    found.heartbeat = HEARTBEAT if found.heartbeat is None else found.heartbeat
    found.connection_attempts, found.socket_timeout, found.stack_timeout = 1, 5, ANSWER_LIMIT
    found.client_properties = {"connection_name": "paylink-connector"}
    return found


class Connection:
    """An open connection. `closed` resolves with pika's reason when it ends, whoever ends it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.closed: asyncio.Future[BaseException] = loop.create_future()
        self.blocked = ""
        self.on_blocked: Callable[[], None] = lambda: None
        self._opened: asyncio.Future[None] = loop.create_future()
        self._pika: AsyncioConnection | None = None

    @classmethod
    async def open(cls, to: pika.URLParameters) -> "Connection":
        """Raises what pika gives as the reason, or `TimeoutError`."""
        loop = asyncio.get_running_loop()
        self = cls(loop)
        self._pika = AsyncioConnection(
            to,
            on_open_callback=lambda _: _resolve(self._opened, None),
            on_open_error_callback=lambda _, reason: self._fail(reason),
            on_close_callback=lambda _, reason: _resolve(self.closed, reason),
            custom_ioloop=loop,
        )
        self._pika.add_on_connection_blocked_callback(self._on_blocked)
        self._pika.add_on_connection_unblocked_callback(self._on_unblocked)
        try:
            async with asyncio.timeout(2 * ANSWER_LIMIT):
                await self._opened
        except BaseException:
            await self.close()
            raise
        return self

    async def lane(self) -> "Lane":
        """A new channel. Raises `ChannelLost`."""
        if self._pika is None or not self._pika.is_open:
            raise ChannelLost("the connection is gone")
        lane = Lane()
        channel = self._pika.channel(on_open_callback=lambda _: _resolve(lane.opened, None))
        lane.attach(channel)
        await lane.until(lane.opened)
        return lane

    async def close(self) -> None:
        """Says goodbye; returns when the socket is closed, at most some seconds later."""
        if self._pika is None or self.closed.done():
            return
        if not (self._pika.is_closing or self._pika.is_closed):
            self._pika.close()
        await asyncio.wait([self.closed], timeout=5)

    def _fail(self, reason: BaseException) -> None:
        if not self._opened.done():
            self._opened.set_exception(reason)
            self._opened.exception()
        _resolve(self.closed, reason)

    def _on_blocked(self, _: object, frame: Any) -> None:
        self.blocked = str(frame.method.reason)
        self.on_blocked()

    def _on_unblocked(self, _: object, __: object) -> None:
        self.blocked = ""


class Lane:
    """One channel. `closed` resolves with pika's reason when it ends."""

    channel: Channel

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[BaseException] = loop.create_future()

    def attach(self, channel: Channel) -> None:
        self.channel = channel
        channel.add_on_close_callback(lambda _, reason: _resolve(self.closed, reason))

    async def ask(self, method: Callable[..., object], **arguments: Any) -> Any:
        """Calls a channel method that takes a `callback` and returns the broker's answer. Raises `ChannelLost`."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            method(**arguments, callback=lambda frame: _resolve(answer, frame))
        except AMQPError as reason:
            raise ChannelLost(str(reason)) from reason
        return await self.until(answer)

    async def until(self, answer: "asyncio.Future[Any]") -> Any:
        await asyncio.wait([answer, self.closed], timeout=ANSWER_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if self.closed.done():
            raise ChannelLost(str(self.closed.result())) from self.closed.result()
        raise TimeoutError("RabbitMQ does not answer")

    async def close(self) -> None:
        if self.channel.is_open:
            self.channel.close()
            await asyncio.wait([self.closed], timeout=ANSWER_LIMIT)


def _resolve(future: "asyncio.Future[Any]", value: object) -> None:
    if not future.done():
        future.set_result(value)
