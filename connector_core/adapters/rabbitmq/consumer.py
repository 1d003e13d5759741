"""Consuming: one task per delivery, settled through one tracker per channel."""

import asyncio
import hashlib
from collections import deque
from dataclasses import dataclass
from typing import Any

import structlog
from pika import BasicProperties
from pika.exceptions import AMQPError

from connector_core.adapters.rabbitmq.acks import AckTracker
from connector_core.adapters.rabbitmq.topology import Topology
from connector_core.adapters.rabbitmq.wire import ChannelLost, Connection, Lane
from connector_core.crash_points import crash_point
from connector_core.ports.broker import DeadLetter, Delivery, Handler

FLUSH_INTERVAL = 0.01
LONGEST_PAUSE = 30.0
WATCH_INTERVAL = 15.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A delivery with its tag, which means nothing outside the channel of its tracker."""

    tracker: AckTracker
    tag: int
    delivery: Delivery
    returns: int


class Consumer:
    """Hands deliveries to `handler`, at most `prefetch` at a time over every reconnect.

    When a connection dies, the deliveries in hand run to their end and their tags are dropped; those that wait are
    forgotten, since the broker hands them out again.
    """

    def __init__(self, names: Topology, handler: Handler, prefetch: int, pause: float) -> None:
        self._names = names
        self._handler = handler
        self._prefetch = prefetch
        self._pause = pause
        self._lane: Lane | None = None
        self._tracker = AckTracker(prefetch)
        self._waiting: deque[_Arrival] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._flush_timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None
        self._tag = ""
        self._arrived = 0
        self._stopping = asyncio.Event()

    @property
    def in_flight(self) -> int:
        return len(self._running)

    async def begin(self, connection: Connection) -> Lane:
        lane = await connection.lane()
        self._tracker.close()
        tracker = self._tracker = AckTracker(self._prefetch)
        self._waiting.clear()
        self._lane = lane
        lane.channel.add_on_close_callback(lambda _, __: tracker.close())
        lane.channel.add_on_cancel_callback(lambda _: lane.channel.close(0, "the consumer was cancelled"))
        await lane.ask(lane.channel.basic_qos, prefetch_count=self._prefetch)
        self._tag = "paylink-" + hashlib.sha256(str(id(lane)).encode()).hexdigest()[:12]
        await lane.ask(
            lane.channel.basic_consume,
            queue=self._names.orders,
            consumer_tag=self._tag,
            on_message_callback=lambda _, method, properties, body: self._arrive(tracker, method, properties, body),
        )
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.create_task(self._look_after(lane, connection), name="rabbitmq-watch")
        return lane

    async def stop(self, grace: float) -> None:
        """No new deliveries; those in hand get `grace` seconds, and what is finished is acknowledged."""
        self._stopping.set()
        self._waiting.clear()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        lane = self._lane
        if lane is not None and lane.channel.is_open:
            try:
                await lane.ask(lane.channel.basic_cancel, consumer_tag=self._tag)
            except (ChannelLost, TimeoutError):
                pass  # then nothing comes any more either
        await self._rest(grace)
        self._flush(everything=True)
        if self._flush_timer is not None:
            self._flush_timer.cancel()

    async def _rest(self, grace: float) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _arrive(self, tracker: AckTracker, method: Any, properties: BasicProperties, body: bytes) -> None:
        if tracker.closed or self._stopping.is_set():
            return
        self._arrived += 1
        tracker.delivered(method.delivery_tag)
        returns = (properties.headers or {}).get("x-delivery-count", 0)
        message_id = properties.message_id or "sha256:" + hashlib.sha256(body).hexdigest()
        delivery = Delivery(message_id, body, redelivered=bool(method.redelivered or returns))
        arrival = _Arrival(tracker, method.delivery_tag, delivery, returns if isinstance(returns, int) else 0)
        if len(self._running) < self._prefetch:
            self._start(arrival)
        else:
            self._waiting.append(arrival)

    def _start(self, arrival: _Arrival) -> None:
        task = asyncio.create_task(self._handle(arrival))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        while self._waiting and len(self._running) < self._prefetch:
            arrival = self._waiting.popleft()
            if not arrival.tracker.closed:
                self._start(arrival)

    async def _handle(self, arrival: _Arrival) -> None:
        try:
            crash_point("consumer.delivered")
            await self._handler(arrival.delivery)
            crash_point("consumer.handled")
        except DeadLetter:
            arrival.tracker.put_aside(arrival.tag)
            self._flush_soon()
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the delivery goes back
            _log.warning("delivery_handed_back", message_id=arrival.delivery.message_id, error=type(error).__name__)
            await self._breathe(arrival.returns)
            arrival.tracker.hand_back(arrival.tag)
            self._flush_soon()
        else:
            if arrival.tracker.finished(arrival.tag, asyncio.get_running_loop().time()):
                self._flush()
            else:
                self._flush_soon()

    async def _breathe(self, returns: int) -> None:
        """A longer pause for what has come back often; a stop cuts it short."""
        try:
            async with asyncio.timeout(min(LONGEST_PAUSE, self._pause * 2 ** min(returns, 10))):
                await self._stopping.wait()
        except TimeoutError:
            pass

    def _flush_soon(self) -> None:
        if self._flush_timer is None and self._tracker.waiting:
            self._flush_timer = asyncio.get_running_loop().call_later(FLUSH_INTERVAL, self._flush)

    def _flush(self, everything: bool = False) -> None:
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if self._lane is None or not self._lane.channel.is_open:
            return
        channel = self._lane.channel
        try:
            for frame in self._tracker.take(asyncio.get_running_loop().time(), everything):
                if frame.refused:
                    channel.basic_nack(frame.tag, requeue=frame.requeue)
                else:
                    crash_point("consumer.acknowledging")
                    channel.basic_ack(frame.tag, multiple=frame.multiple)
                    crash_point("consumer.acknowledged")
        except AMQPError:
            return  # the channel is going; the broker hands out again what was not settled
        self._flush_soon()

    async def _look_after(self, lane: Lane, connection: Connection) -> None:
        """Ends a connection whose queue has messages while none arrive and none are in hand, twice in a row."""
        idle = 0
        while not lane.closed.done():
            seen = self._arrived
            await asyncio.sleep(WATCH_INTERVAL)
            try:
                answer = await lane.ask(lane.channel.queue_declare, queue=self._names.orders, passive=True)
            except (ChannelLost, TimeoutError):
                break
            quiet = self._arrived == seen and not self._running and answer.method.message_count > 0
            idle = idle + 1 if quiet else 0
            if idle == 2:
                break
        if not lane.closed.done():
            _log.warning("rabbitmq_consumer_silent", queue=self._names.orders)
            await connection.close()
