"""What every broker promises."""

import asyncio

import pytest

from connector_core.ports.broker import Broker, BrokerUnavailable, Delivery, Outgoing
from tests.integration.broker.conftest import MakeBroker, Recorder, outgoing, until


async def test_what_is_published_is_handled_once_and_in_order(broker: Broker, recorder: Recorder) -> None:
    for number in range(20):
        await broker.publish(outgoing(number, str(number).encode()))
    await broker.consume(recorder, prefetch=10)
    await until(lambda: recorder.handled.total() == 20)
    assert [d.body for d in recorder.deliveries] == [str(n).encode() for n in range(20)]
    assert not any(d.redelivered for d in recorder.deliveries)


async def test_consumer_registered_first_gets_what_comes_later(broker: Broker, recorder: Recorder) -> None:
    await broker.consume(recorder, prefetch=5)
    await until(lambda: broker.health().ready)
    await asyncio.gather(*(broker.publish(outgoing(number)) for number in range(200)))
    await until(lambda: recorder.handled.total() == 200)
    assert set(recorder.handled.values()) == {1}


async def test_many_are_published_together_and_each_has_its_own_answer(broker: Broker, recorder: Recorder) -> None:
    await broker.consume(recorder, prefetch=5)
    await until(lambda: broker.health().ready)
    assert await broker.publish_all([]) == []
    assert list(await broker.publish_all([outgoing(number) for number in range(700)])) == [None] * 700
    await until(lambda: recorder.handled.total() == 700)


async def test_no_more_than_prefetch_are_in_hand(broker: Broker, recorder: Recorder) -> None:
    recorder.gate.clear()
    for number in range(12):
        await broker.publish(outgoing(number))
    await broker.consume(recorder, prefetch=4)
    await until(lambda: recorder.now == 4)
    await asyncio.sleep(0.2)
    assert recorder.most == 4
    assert broker.health().in_flight == 4
    recorder.gate.set()
    await until(lambda: recorder.handled.total() == 12)
    assert recorder.most == 4


@pytest.mark.fault(7)
async def test_handler_that_fails_gets_the_delivery_again(broker: Broker) -> None:
    seen: list[Delivery] = []

    async def fails_twice(delivery: Delivery) -> None:
        seen.append(delivery)
        if len(seen) <= 2:
            raise RuntimeError("the database is away")

    await broker.publish(outgoing(1))
    await broker.consume(fails_twice, prefetch=1)
    await until(lambda: len(seen) == 3)
    assert [d.redelivered for d in seen] == [False, True, True]


@pytest.mark.fault(7)
async def test_one_failing_delivery_does_not_hold_up_the_others(broker: Broker, recorder: Recorder) -> None:
    async def fails_one(delivery: Delivery) -> None:
        if delivery.message_id == "m-0":
            raise RuntimeError("poison")
        await recorder(delivery)

    for number in range(200):
        await broker.publish(outgoing(number))
    await broker.consume(fails_one, prefetch=8)
    await until(lambda: recorder.handled.total() >= 199)
    assert set(recorder.handled.values()) == {1}


@pytest.mark.fault(8)
async def test_one_slow_delivery_does_not_hold_up_the_others(broker: Broker, recorder: Recorder) -> None:
    let_go = asyncio.Event()

    async def slow_first(delivery: Delivery) -> None:
        if delivery.message_id == "m-0":
            await let_go.wait()
        await recorder(delivery)

    for number in range(100):
        await broker.publish(outgoing(number))
    await broker.consume(slow_first, prefetch=4)
    await until(lambda: recorder.handled.total() == 99)
    let_go.set()
    await until(lambda: recorder.handled.total() == 100)


async def test_stop_lets_deliveries_rest_and_the_next_run_finds_nothing(
    broker: Broker, make_broker: MakeBroker, recorder: Recorder
) -> None:
    recorder.gate.clear()
    for number in range(3):
        await broker.publish(outgoing(number))
    await broker.consume(recorder, prefetch=10)
    await until(lambda: recorder.now == 3)
    stopping = asyncio.create_task(broker.stop())
    await asyncio.sleep(0.1)
    recorder.gate.set()
    await stopping
    assert recorder.handled.total() == 3

    await (again := make_broker()).start()
    second = Recorder()
    await again.consume(second, prefetch=10)
    await until(lambda: again.health().ready)
    await asyncio.sleep(0.2)
    assert not second.deliveries


@pytest.mark.fault(1, 12)
async def test_what_did_not_rest_comes_again_in_the_next_run(
    broker: Broker, make_broker: MakeBroker, recorder: Recorder
) -> None:
    recorder.gate.clear()
    await broker.publish(outgoing(1))
    await broker.consume(recorder, prefetch=10)
    await until(lambda: recorder.now == 1)
    await broker.stop()
    assert recorder.handled.total() == 0

    await (again := make_broker()).start()
    second = Recorder()
    await again.consume(second, prefetch=10)
    await until(lambda: second.handled["m-1"] == 1)
    assert second.deliveries[0].redelivered


async def test_events_are_confirmed_though_nobody_listens(broker: Broker, recorder: Recorder) -> None:
    await broker.consume(recorder, prefetch=1)
    await broker.publish(Outgoing("e-1", "com.example.payment.captured.v1", b"{}"))
    await asyncio.sleep(0.1)
    assert not recorder.deliveries


async def test_publishing_before_start_and_after_stop_is_refused_at_once(make_broker: MakeBroker) -> None:
    made = make_broker()
    with pytest.raises(BrokerUnavailable):
        await made.publish(outgoing(1))
    await made.start()
    await made.stop()
    with pytest.raises(BrokerUnavailable):
        await made.publish(outgoing(1))
    assert not made.health().ready
