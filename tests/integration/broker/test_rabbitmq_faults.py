"""Faults 1, 3, 4 and 6: the broker dies, goes silent, stops for a while, and runs out of memory."""

import asyncio
import time

import pytest

from connector_core.adapters.rabbitmq import RabbitBroker, Topology
from connector_core.ports.broker import BrokerUnavailable
from tests.integration.broker.conftest import Recorder, outgoing, until
from tests.services.fault_proxy import DOWN, BlackHole, fault_proxy
from tests.services.rabbitmq import RabbitNode

BACK_WITHIN = 30.0
SETTLED = 6.0
"""A quorum queue of RabbitMQ 3.10 that is killed within about three seconds of its making never answers again."""


async def publish_until_confirmed(broker: RabbitBroker, numbers: range) -> None:
    """What an outbox does: it sends again what was not confirmed."""
    for number in numbers:
        while True:
            try:
                await broker.publish(outgoing(number))
                break
            except BrokerUnavailable:
                await asyncio.sleep(0.1)


async def publish_until_told(broker: RabbitBroker, published: list[int], enough: asyncio.Event) -> None:
    """Traffic that goes on for as long as the test lasts, however fast the machine is."""
    while not enough.is_set():
        await publish_until_confirmed(broker, range(len(published), len(published) + 1))
        published.append(len(published))


@pytest.fixture
def at_work(rabbitmq_own: RabbitNode, topology: Topology) -> RabbitBroker:
    return RabbitBroker(rabbitmq_own.url, topology, pause=0.05, grace=2.0)


async def test_killed_and_stopped_broker_loses_nothing_and_leaks_nothing(
    rabbitmq_own: RabbitNode, at_work: RabbitBroker, recorder: Recorder
) -> None:
    async def handler(delivery):  # type: ignore[no-untyped-def] # as `Handler`
        await asyncio.sleep(0.02)
        await recorder(delivery)

    await at_work.start()
    await at_work.consume(handler, prefetch=20)
    await until(lambda: at_work.health().ready)
    tasks_before = len(asyncio.all_tasks())
    published: list[int] = []
    enough = asyncio.Event()
    outbox = asyncio.create_task(publish_until_told(at_work, published, enough))
    await until(lambda: recorder.handled.total() > 50)
    await asyncio.sleep(SETTLED)

    await asyncio.to_thread(rabbitmq_own.kill9)
    await until(lambda: not at_work.health().ready)
    await asyncio.to_thread(rabbitmq_own.start)
    back = time.monotonic()
    await until(lambda: at_work.health().ready, BACK_WITHIN)
    assert time.monotonic() - back < BACK_WITHIN
    handled = recorder.handled.total()
    await until(lambda: recorder.handled.total() > handled + 50)

    await asyncio.to_thread(rabbitmq_own.stop_app)
    await until(lambda: not at_work.health().ready)
    await asyncio.to_thread(rabbitmq_own.start_app)
    await until(lambda: at_work.health().ready, BACK_WITHIN)

    enough.set()
    await outbox
    await until(lambda: len(recorder.handled) == len(published), 60)
    assert recorder.most <= 20
    await until(lambda: at_work.health().in_flight == 0)
    assert len(asyncio.all_tasks()) <= tasks_before
    await at_work.stop()


async def test_delivery_in_hand_when_the_broker_dies_runs_to_its_end_and_comes_again(
    rabbitmq_own: RabbitNode, at_work: RabbitBroker, recorder: Recorder
) -> None:
    await at_work.start()
    await at_work.consume(recorder, prefetch=2)
    await until(lambda: at_work.health().ready)
    recorder.gate.clear()
    await at_work.publish(outgoing(1))
    await until(lambda: recorder.now == 1)
    await asyncio.sleep(SETTLED)
    await asyncio.to_thread(rabbitmq_own.kill9)
    await asyncio.to_thread(rabbitmq_own.start)
    await until(lambda: at_work.health().ready, BACK_WITHIN)
    recorder.gate.set()
    await until(lambda: recorder.handled["m-1"] == 2, BACK_WITHIN)
    assert recorder.deliveries[-1].redelivered
    await at_work.publish(outgoing(2))
    await until(lambda: recorder.handled["m-2"] == 1)
    await at_work.stop()


async def test_memory_alarm_refuses_publishers_and_lets_consumers_work(
    rabbitmq_own: RabbitNode, at_work: RabbitBroker, recorder: Recorder
) -> None:
    await at_work.start()
    await until(lambda: at_work.health().ready)
    for number in range(20):
        await at_work.publish(outgoing(number))
    await asyncio.to_thread(rabbitmq_own.set_alarm, True)
    with pytest.raises(BrokerUnavailable, match="takes no messages"):
        async with asyncio.timeout(15):
            while True:
                await at_work.publish(outgoing(20))
    assert "memory" in at_work.health().detail
    await at_work.consume(recorder, prefetch=5)
    await until(lambda: len(recorder.handled) >= 20)
    await asyncio.to_thread(rabbitmq_own.set_alarm, False)
    await publish_until_confirmed(at_work, range(21, 22))
    await until(lambda: recorder.handled["m-21"] == 1)
    assert at_work.health().ready
    await at_work.stop()


@pytest.mark.fault(3)
async def test_half_open_connection_is_noticed_by_the_heartbeat(
    rabbitmq: RabbitNode, topology: Topology, recorder: Recorder
) -> None:
    async with fault_proxy(rabbitmq.port) as proxy:
        url = f"amqp://guest:guest@127.0.0.1:{proxy.port}/%2F?heartbeat=1"
        broker = RabbitBroker(url, topology, grace=0.5)
        await broker.start()
        await broker.consume(recorder, prefetch=5)
        await until(lambda: broker.health().ready)
        proxy.poison(BlackHole())
        await until(lambda: not broker.health().ready, 20)
        proxy.heal()
        await until(lambda: broker.health().ready, BACK_WITHIN)
        await broker.publish(outgoing(1))
        await until(lambda: recorder.handled["m-1"] >= 1)
        await broker.stop()


@pytest.mark.fault(4)
async def test_a_lost_confirm_is_published_again_under_the_same_id(
    rabbitmq: RabbitNode, topology: Topology, recorder: Recorder
) -> None:
    """RabbitMQ has stored the message and the connection ends before it says so; the consumer dedupes by the id."""
    async with fault_proxy(rabbitmq.port) as proxy:
        publishing = RabbitBroker(f"amqp://guest:guest@127.0.0.1:{proxy.port}/%2F", topology)
        consuming = RabbitBroker(rabbitmq.url, topology, grace=0.5)
        for broker in (publishing, consuming):
            await broker.start()
        await consuming.consume(recorder, prefetch=5)
        await until(lambda: publishing.health().ready and consuming.health().ready)
        proxy.poison(BlackHole(), DOWN)
        lost = asyncio.create_task(publishing.publish(outgoing(1)))
        await until(lambda: recorder.handled["m-1"] == 1)
        await proxy.cut(reset=True)
        with pytest.raises(BrokerUnavailable):
            await lost
        proxy.heal()
        await publish_until_confirmed(publishing, range(1, 2))
        await until(lambda: recorder.handled["m-1"] == 2)
        await publishing.stop()
        await consuming.stop()
