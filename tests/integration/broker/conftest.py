"""Both brokers behind one fixture, and a recording handler."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from connector_core.adapters.embedded import EmbeddedBroker
from connector_core.adapters.rabbitmq import RabbitBroker, Topology
from connector_core.ports.broker import Broker, Delivery, Outgoing
from tests.integration.broker.memory_queue import MemoryQueue

MakeBroker = Callable[[], Broker]


def outgoing(number: int, body: bytes = b"{}") -> Outgoing:
    return Outgoing(f"m-{number}", "com.example.order.received.v1", body, to_orders=True)


async def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


class Recorder:
    """A handler that counts what it took to rest; `gate` holds deliveries in hand while it is closed."""

    def __init__(self) -> None:
        self.handled: Counter[str] = Counter()
        self.deliveries: list[Delivery] = []
        self.now = self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, delivery: Delivery) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        self.deliveries.append(delivery)
        try:
            await self.gate.wait()
        finally:
            self.now -= 1
        self.handled[delivery.message_id] += 1


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(params=["embedded", "rabbitmq"])
async def make_broker(request: pytest.FixtureRequest) -> AsyncIterator[MakeBroker]:
    """Makes brokers over the same queue, one after the other: a daemon and its restart."""
    made: list[Broker] = []
    make: MakeBroker
    if request.param == "embedded":
        queue = MemoryQueue()
        make = lambda: EmbeddedBroker(queue, pause=0.05, grace=0.5)  # noqa: E731 - two makers of one shape
    else:
        node = request.getfixturevalue("rabbitmq")
        topology: Topology = request.getfixturevalue("topology")
        make = lambda: RabbitBroker(node.url, topology, pause=0.05, grace=0.5)  # noqa: E731

    def remember() -> Broker:
        made.append(make())
        return made[-1]

    yield remember
    for broker in made:
        await broker.stop()


@pytest.fixture
async def broker(make_broker: MakeBroker) -> Broker:
    """Started, and there."""
    made = make_broker()
    await made.start()
    await until(lambda: made.health().ready)
    return made
