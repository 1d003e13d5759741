"""Who takes part: how each is started, and how its orders are put into its queue."""

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson
import pika

from benchmarks.order_job.far_side import Message
from benchmarks.order_job.order import bare_message, event_message, record
from benchmarks.order_job.our_daemon import command as _daemon
from benchmarks.order_job.surroundings import Surroundings

PEERS_PYTHON = str(Path(sys.prefix).parent / ".venv-peers" / "bin" / "python")
_LASTING = pika.BasicProperties(delivery_mode=2, content_type="application/json")


@dataclass(frozen=True, slots=True)
class Contestant:
    """`store` says what it commits to."""

    name: str
    queue: str
    store: Literal["sqlite", "postgresql", "none"]
    command: Callable[[Surroundings], Sequence[str]]
    message: Callable[[int], Message]
    exchange: str = ""
    durable_steps: int = 1

    def environment(self, around: Surroundings) -> Mapping[str, str]:
        return {
            "BENCH_STUB": around.stub,
            "BENCH_BROKER": around.broker,
            "BENCH_DATABASE": around.database,
            "BENCH_QUEUE": self.queue,
            "BENCH_IN_FLIGHT": str(around.in_flight),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }


def _event(number: int) -> Message:
    properties = pika.BasicProperties(delivery_mode=2, content_type="application/cloudevents+json")
    return Message(event_message(number), properties, "order.received.v1")


def _bare(number: int) -> Message:
    return Message(bare_message(number), _LASTING)


def _celery(number: int) -> Message:
    """Celery's message protocol 2."""
    task = str(uuid.uuid4())
    headers = {"lang": "py", "task": "bench.order", "id": task, "root_id": task, "parent_id": None, "group": None}
    properties = pika.BasicProperties(
        delivery_mode=2, content_type="application/json", content_encoding="utf-8", headers=headers, correlation_id=task
    )
    return Message(orjson.dumps([[record(number)], {}, {}]), properties)


def _dramatiq(number: int) -> Message:
    body = {
        "queue_name": "dramatiq",
        "actor_name": "order",
        "args": [record(number)],
        "kwargs": {},
        "options": {},
        "message_id": str(uuid.uuid4()),
        "message_timestamp": int(time.time() * 1000),
    }
    return Message(orjson.dumps(body), pika.BasicProperties(delivery_mode=2))


def _module(name: str) -> Callable[[Surroundings], Sequence[str]]:
    return lambda _: [PEERS_PYTHON, "-m", f"benchmarks.order_job.peers.{name}"]


def _dramatiq_command(around: Surroundings) -> Sequence[str]:
    module = "benchmarks.order_job.peers.dramatiq_threads"
    return [PEERS_PYTHON, "-m", "dramatiq", module, "-p", "1", "-t", str(around.in_flight)]


OURS = Contestant("PayLink Connector, SQLite", "paylink.orders", "sqlite", _daemon, _event, "paylink.orders", 3)
OURS_POSTGRESQL = Contestant(
    "PayLink Connector, PostgreSQL", "paylink.orders", "postgresql", _daemon, _event, "paylink.orders", 3
)
CELERY = Contestant("Celery, threads", "celery-bench", "postgresql", _module("celery_threads"), _celery)
DRAMATIQ = Contestant("Dramatiq, threads", "dramatiq", "postgresql", _dramatiq_command, _dramatiq)
FASTSTREAM = Contestant("FastStream + aiohttp", "faststream", "postgresql", _module("faststream_aiohttp"), _bare)
BY_HAND = Contestant("pika + requests, by hand", "by-hand", "postgresql", _module("pika_threads"), _bare)
BARE = Contestant("bare limit (nothing stored)", "bare", "none", _module("bare_limit"), _bare, durable_steps=0)

ALL = (OURS, OURS_POSTGRESQL, CELERY, DRAMATIQ, FASTSTREAM, BY_HAND, BARE)


def peer_versions() -> dict[str, str]:
    """The peers' libraries, from the environment that they run in."""
    script = (
        "import json; from importlib.metadata import version;"
        "print(json.dumps({n: version(n) for n in ('celery', 'dramatiq', 'faststream', 'asyncpg', 'requests')}))"
    )
    found: dict[str, str] = orjson.loads(subprocess.check_output([PEERS_PYTHON, "-c", script]))
    return found
