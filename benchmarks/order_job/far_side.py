"""The far side of a run: the stub, RabbitMQ and PostgreSQL, all on cores that the worker under test does not have."""

import http.client
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pika
from pika.exceptions import ChannelClosedByBroker

from benchmarks.order_job.processes import Worker
from connector_core.sandbox.world.daemon import free_port

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Log:
    """What the stub saw: (order number, monotonic seconds) for each link and message; `others` are further calls."""

    links: list[tuple[int, float]]
    messages: list[tuple[int, float]]
    others: int


class Stub:
    def __init__(self, on_cores: Sequence[int], folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "benchmarks.order_job.stub", "--port", str(self.port)]
        self._worker = Worker(command, {}, on_cores, folder / "stub.log")
        wait_until(self._listens)

    def log(self) -> Log:
        seen = orjson.loads(self._call("GET", "/log"))
        return Log([tuple(x) for x in seen["links"]], [tuple(x) for x in seen["messages"]], seen["others"])

    def reset(self, latency: float) -> None:
        """Forgets what it saw; each call takes `latency` seconds from now on."""
        self._call("POST", "/latency", str(latency))
        self._call("POST", "/reset", "0")

    def stop(self) -> None:
        self._worker.stop()

    def _listens(self) -> bool:
        try:
            self._call("GET", "/log")
        except OSError:
            return False
        return True

    def _call(self, method: str, path: str, body: str = "") -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()


class Queue:
    """The queue from which a worker takes its orders, seen from the publisher's side."""

    def __init__(self, url: str, name: str, exchange: str = "") -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._name = name
        self._exchange = exchange

    def publish(self, message: "Message") -> None:
        self._channel.basic_publish(self._exchange, message.routing_key or self._name, message.body, message.properties)

    def consumers(self) -> int:
        return int(self._look().consumer_count)

    def clear(self) -> None:
        """The queue is deleted: the next worker declares it as it needs it."""
        self._channel.queue_delete(self._name)

    def rest(self, seconds: float) -> None:
        """Sleeps without losing the connection."""
        self._connection.sleep(seconds)

    def close(self) -> None:
        self._connection.close()

    def _look(self) -> Any:
        try:
            return self._channel.queue_declare(self._name, passive=True).method
        except ChannelClosedByBroker:
            self._channel = self._connection.channel()
            return _NO_QUEUE


class _NoQueue:
    consumer_count = 0


_NO_QUEUE = _NoQueue()


@dataclass(frozen=True, slots=True)
class Message:
    body: bytes
    properties: pika.BasicProperties
    routing_key: str = ""


def wait_until(holds: Callable[[], Any], seconds: float = _PATIENCE, every: float = 0.02) -> None:
    """Raises `TimeoutError` with the name of what was waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(getattr(holds, "__name__", "a condition"))
        time.sleep(every)
