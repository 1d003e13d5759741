"""The order queue inside the process, over the rows of a `QueueStore`: the twin of RabbitMQ for one daemon."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from connector_core.crash_points import crash_point
from connector_core.ports.broker import BrokerHealth, BrokerUnavailable, DeadLetter, Delivery, Handler, Outgoing
from connector_core.ports.store import QueueStore, StoreUnavailable

LONGEST_PAUSE = 30.0

_log = structlog.get_logger(__name__)
_Answer = TypeVar("_Answer")


class EmbeddedBroker:
    """Messages for the order queue are rows; what has happened is confirmed and goes nowhere else.

    A dead letter is dropped here: whoever refused it has kept the reason, and only our own events come this way.
    A row that was not put in this run counts as redelivered. `pause` is the first pause in seconds after a failure,
    `grace` what deliveries in hand get at `stop`.
    """

    def __init__(self, queue: QueueStore, *, pause: float = 1.0, grace: float = 10.0) -> None:
        self._queue = queue
        self._pause = pause
        self._grace = grace
        self._handler: Handler | None = None
        self._prefetch = 0
        self._started = False
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._done_wake = asyncio.Event()
        self._position = 0
        self._new: set[str] = set()
        self._done: list[int] = []
        self._running: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._trouble = ""

    async def start(self) -> None:
        if not self._started:
            self._started = True
            self._position = 0
            self._stopping.clear()
            self._begin()

    async def stop(self) -> None:
        self._started = False
        self._stopping.set()
        await _cancel(self._loops)
        self._loops = []
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._grace)
            await _cancel(late)
        try:
            await self._acknowledge()
        except StoreUnavailable:
            pass  # they are handed out again, as after a crash
        self._handler = None

    async def consume(self, handler: Handler, prefetch: int) -> None:
        if self._handler is not None:
            raise RuntimeError("consuming already; one handler serves the order queue")
        self._handler, self._prefetch = handler, prefetch
        if self._started:
            self._begin()

    async def publish(self, message: Outgoing) -> None:
        if not self._started:
            raise BrokerUnavailable("The queue is not started.")
        if not message.to_orders:
            return
        self._new.add(message.message_id)
        try:
            position = await self._queue.queue_put(message.message_id, message.body)
        except StoreUnavailable as error:
            self._new.discard(message.message_id)
            raise BrokerUnavailable("The database that holds the queue takes nothing at present.") from error
        if position <= self._position:
            self._new.discard(message.message_id)
        self._wake.set()

    async def publish_all(self, messages: Sequence[Outgoing]) -> Sequence[BrokerUnavailable | None]:
        return await asyncio.gather(*(self._error(message) for message in messages))

    async def _error(self, message: Outgoing) -> BrokerUnavailable | None:
        try:
            await self.publish(message)
        except BrokerUnavailable as error:
            return error
        return None

    def health(self) -> BrokerHealth:
        if not self._started:
            return BrokerHealth(False, "The queue is not started.", len(self._running))
        return BrokerHealth(not self._trouble, self._trouble or "The queue is in the database.", len(self._running))

    def _begin(self) -> None:
        if self._handler is not None and not self._loops:
            self._wake.set()
            self._loops = [
                asyncio.create_task(self._feed_on(), name="embedded-feed"),
                asyncio.create_task(self._acknowledge_on(), name="embedded-acknowledge"),
            ]

    async def _feed_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (free := self._prefetch - len(self._running)) > 0:
                if not await self._patiently(lambda: self._feed(free)):
                    break

    async def _feed(self, limit: int) -> bool:
        rows = await self._queue.queue_after(self._position, limit)
        for position, message_id, body in rows:
            self._position = position
            redelivered = message_id not in self._new
            self._new.discard(message_id)
            task = asyncio.create_task(self._handle(position, Delivery(message_id, body, redelivered)))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return bool(rows)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._wake.set()

    async def _handle(self, position: int, delivery: Delivery) -> None:
        assert self._handler is not None
        pause = self._pause
        while not self._stopping.is_set():
            try:
                await self._handler(delivery)
            except DeadLetter:
                self._finished(position)
                return
            except Exception as error:  # noqa: BLE001 - whatever a handler raises, the delivery comes again
                _log.warning("delivery_handed_back", message_id=delivery.message_id, error=type(error).__name__)
                await _wait(self._stopping, pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
                delivery = replace(delivery, redelivered=True)
            else:
                self._finished(position)
                return

    def _finished(self, position: int) -> None:
        self._done.append(position)
        self._done_wake.set()

    async def _acknowledge_on(self) -> None:
        while True:
            await self._done_wake.wait()
            self._done_wake.clear()
            await self._patiently(self._acknowledge)

    async def _acknowledge(self) -> None:
        """What finishes while the store commits goes with the next batch."""
        while self._done:
            batch, self._done = self._done, []
            crash_point("queue.acknowledging")
            try:
                await self._queue.queue_ack(batch)
            except BaseException:
                self._done = batch + self._done
                raise

    async def _patiently(self, work: Callable[[], Awaitable[_Answer]]) -> _Answer:
        pause = self._pause
        while True:
            try:
                answer = await work()
            except StoreUnavailable:
                self._trouble = "The database that holds the queue cannot be used at present. It is tried again."
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
            else:
                self._trouble = ""
                return answer


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def _cancel(tasks: "set[asyncio.Task[None]] | list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
