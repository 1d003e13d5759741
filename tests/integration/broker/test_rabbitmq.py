"""RabbitMQ's own: what the topology promises, and what the broker refuses."""

import asyncio
import logging
import time

import pytest
import uvloop

from connector_core.adapters.rabbitmq import RabbitBroker, Topology
from connector_core.adapters.rabbitmq.wire import Connection, parameters
from connector_core.ports.broker import BrokerUnavailable, Outgoing, Unroutable
from connector_core.sandbox.world.daemon import free_port
from tests.integration.broker.conftest import Recorder, outgoing, until
from tests.services.rabbitmq import RabbitNode


@pytest.fixture
async def rabbit(rabbitmq: RabbitNode, topology: Topology):  # type: ignore[no-untyped-def] # a generator of one broker
    broker = RabbitBroker(rabbitmq.url, topology, pause=0.05, grace=0.5)
    await broker.start()
    await until(lambda: broker.health().ready)
    yield broker
    await broker.stop()


def queues(node: RabbitNode) -> dict[str, int]:
    rows = [line.split("\t") for line in node.ctl("list_queues", "name", "messages").splitlines()[1:]]
    return {name: int(count) for name, count in rows}


async def test_topology_is_durable_and_dead_letters_are_kept_at_least_once(
    rabbit: RabbitBroker, rabbitmq: RabbitNode, topology: Topology
) -> None:
    listed = await asyncio.to_thread(rabbitmq.ctl, "list_queues", "name", "type", "durable", "arguments")
    orders = next(line for line in listed.splitlines() if line.startswith(topology.orders + "\t"))
    assert "\tquorum\ttrue\t" in orders
    for argument in ("at-least-once", "reject-publish", topology.dead, str(topology.delivery_limit)):
        assert argument in orders


@pytest.mark.fault(5)
async def test_publishing_goes_on_when_the_queue_was_deleted_and_is_made_anew(
    rabbit: RabbitBroker, rabbitmq: RabbitNode, topology: Topology, recorder: Recorder
) -> None:
    await asyncio.to_thread(rabbitmq.ctl, "delete_queue", topology.orders)
    with pytest.raises(Unroutable, match=topology.orders):
        await rabbit.publish(outgoing(1))
    async with asyncio.timeout(10):
        while True:
            try:
                await rabbit.publish(outgoing(1))
                break
            except Unroutable:
                await asyncio.sleep(0.05)
    await rabbit.consume(recorder, prefetch=1)
    await until(lambda: recorder.handled["m-1"] == 1)


@pytest.mark.fault(5)
async def test_consumer_whose_queue_is_deleted_comes_back(
    rabbit: RabbitBroker, rabbitmq: RabbitNode, topology: Topology, recorder: Recorder
) -> None:
    await rabbit.consume(recorder, prefetch=5)
    await until(lambda: rabbit.health().ready)
    await asyncio.to_thread(rabbitmq.ctl, "delete_queue", topology.orders)
    await until(lambda: not rabbit.health().ready, 5)
    await until(lambda: rabbit.health().ready)
    await rabbit.publish(outgoing(1))
    await until(lambda: recorder.handled["m-1"] == 1)


@pytest.mark.fault(11)
async def test_queue_with_other_arguments_is_named_with_its_cure_and_left_alone(
    rabbitmq: RabbitNode, topology: Topology
) -> None:
    connection = await Connection.open(parameters(rabbitmq.url))
    lane = await connection.lane()
    await lane.ask(lane.channel.queue_declare, queue=topology.orders, durable=True)
    await connection.close()
    broker = RabbitBroker(rabbitmq.url, topology)
    await broker.start()
    await until(lambda: "other arguments" in broker.health().detail)
    assert topology.orders in broker.health().detail
    assert "delete it" in broker.health().detail
    assert not broker.health().ready
    with pytest.raises(BrokerUnavailable, match=topology.orders):
        await broker.publish(outgoing(1))
    await broker.stop()
    assert (await asyncio.to_thread(queues, rabbitmq))[topology.orders] == 0


async def until_counted(node: RabbitNode, queue: str, messages: int) -> None:
    """RabbitMQ refreshes the counts of quorum queues every few seconds only."""
    async with asyncio.timeout(20):
        while (await asyncio.to_thread(queues, node))[queue] < messages:
            await asyncio.sleep(0.2)


@pytest.mark.fault(6)
async def test_full_queue_refuses_and_drops_nothing(rabbitmq: RabbitNode, topology: Topology) -> None:
    names = Topology(topology.orders, topology.dead, topology.events, max_length=5)
    broker = RabbitBroker(rabbitmq.url, names)
    await broker.start()
    await until(lambda: broker.health().ready)
    confirmed = 0
    with pytest.raises(BrokerUnavailable, match="full"):
        for number in range(50):
            await broker.publish(outgoing(number))
            confirmed += 1
    await broker.stop()
    assert confirmed >= 5
    await until_counted(rabbitmq, names.orders, confirmed)


@pytest.mark.fault(7)
async def test_delivery_limit_leads_to_the_dead_letter_queue(rabbitmq: RabbitNode, topology: Topology) -> None:
    names = Topology(topology.orders, topology.dead, topology.events, delivery_limit=2)
    broker = RabbitBroker(rabbitmq.url, names, pause=0.01)

    async def never(_: object) -> None:
        raise RuntimeError("poison")

    await broker.start()
    await broker.consume(never, prefetch=5)
    await until(lambda: broker.health().ready)
    await broker.publish(outgoing(1))
    await until(lambda: broker.health().in_flight > 0)
    async with asyncio.timeout(10):
        while (await asyncio.to_thread(queues, rabbitmq))[names.dead] != 1:
            await asyncio.sleep(0.1)
    await broker.stop()


async def test_confirms_hold_under_load(rabbit: RabbitBroker, rabbitmq: RabbitNode, topology: Topology) -> None:
    await asyncio.gather(*(rabbit.publish(outgoing(number, b"x" * 2_500)) for number in range(2_000)))
    await until_counted(rabbitmq, topology.orders, 2_000)


async def test_events_reach_whoever_binds_a_queue(
    rabbit: RabbitBroker, rabbitmq: RabbitNode, topology: Topology
) -> None:
    connection = await Connection.open(parameters(rabbitmq.url))
    lane = await connection.lane()
    await lane.ask(lane.channel.queue_declare, queue="", exclusive=True)
    await lane.ask(lane.channel.queue_bind, queue="", exchange=topology.events, routing_key="#.payment.#")
    seen: list[tuple[str, object]] = []
    await lane.ask(
        lane.channel.basic_consume,
        queue="",
        auto_ack=True,
        on_message_callback=lambda _, m, p, body: seen.append((p.message_id, (p.headers, p.content_type, body))),
    )
    event = Outgoing("e-1", "com.example.payment.captured.v1", b"{}", {"cloudEvents_id": "e-1"})
    await rabbit.publish(event)
    await until(lambda: bool(seen))
    assert seen == [("e-1", ({"cloudEvents_id": "e-1"}, "application/cloudevents+json", b"{}"))]
    await connection.close()


@pytest.mark.parametrize(
    ("user", "password", "vhost", "words"),
    [("guest", "s3cret-word", "/", "password"), ("guest", "guest", "nowhere", "virtual host")],
)
async def test_refused_access_says_what_to_correct_and_never_the_password(
    rabbitmq: RabbitNode, user: str, password: str, vhost: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    broker = RabbitBroker(rabbitmq.url_of(vhost, user, password))
    await broker.start()
    await until(lambda: words in broker.health().detail)
    await broker.stop()
    out, err = capfd.readouterr()
    assert "s3cret-word" not in broker.health().detail + out + err


async def test_nobody_there_is_no_error_at_start_and_refuses_to_publish_soon() -> None:
    broker = RabbitBroker(f"amqp://guest:guest@127.0.0.1:{free_port()}/")
    await broker.start()
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        await broker.publish(outgoing(1))
    assert time.monotonic() - began < 1.5
    await until(lambda: "cannot be reached" in broker.health().detail)
    await broker.stop()


def test_uvloop_runs_it_as_well(rabbitmq: RabbitNode, topology: Topology) -> None:
    async def whole_way() -> int:
        broker, recorder = RabbitBroker(rabbitmq.url, topology), Recorder()
        await broker.start()
        await broker.consume(recorder, prefetch=20)
        await until(lambda: broker.health().ready)
        await asyncio.gather(*(broker.publish(outgoing(number)) for number in range(100)))
        await until(lambda: recorder.handled.total() == 100)
        await broker.stop()
        return len(asyncio.all_tasks())

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(whole_way()) == 1
