"""Dead letters of RabbitMQ: looked at without being moved, and moved only once they have arrived (design.md 3)."""

import pytest

from connector_core.adapters.rabbitmq import RabbitBroker, RabbitDeadLetters, Topology
from connector_core.ports.broker import BrokerUnavailable, DeadLetter, Delivery, Outgoing
from tests.integration.broker.conftest import Recorder, outgoing, until
from tests.services.rabbitmq import RabbitNode


class Refuser:
    """Puts everything aside until it is told not to."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.refuses = True

    async def __call__(self, delivery: Delivery) -> None:
        if self.refuses:
            raise DeadLetter("no such connection")
        await self.recorder(delivery)


async def refused(broker: RabbitBroker, refuser: Refuser, dead: RabbitDeadLetters) -> None:
    await broker.start()
    await broker.consume(refuser, prefetch=5)
    await until(lambda: broker.health().ready)
    for number in range(3):
        await broker.publish(outgoing(number, body=b'{"n": %d}' % number))
    for _ in range(200):
        if len(await dead.look(10)) == 3:
            return
    pytest.fail("the dead letters did not arrive")


@pytest.mark.fault(7)
async def test_dead_letters_are_seen_where_they_lie_and_given_back(
    rabbitmq: RabbitNode, topology: Topology, recorder: Recorder
) -> None:
    broker, refuser = RabbitBroker(rabbitmq.url, topology), Refuser(recorder)
    dead = RabbitDeadLetters(rabbitmq.url, broker, topology)
    await refused(broker, refuser, dead)
    assert [letter.message_id for letter in await dead.look(10)] == ["m-0", "m-1", "m-2"]
    assert [letter.body for letter in await dead.look(1)] == [b'{"n": 0}']
    refuser.refuses = False
    assert await dead.give_back(2) == 2
    await until(lambda: recorder.handled.total() == 2, 30)
    (left,) = await dead.look(10)
    assert {*recorder.handled, left.message_id} == {"m-0", "m-1", "m-2"}
    await broker.stop()


@pytest.mark.fault(7)
async def test_one_that_is_not_taken_stays(rabbitmq: RabbitNode, topology: Topology, recorder: Recorder) -> None:
    """Published first, confirmed, and only then removed."""

    class Deaf(RabbitBroker):
        async def publish(self, message: Outgoing) -> None:
            raise BrokerUnavailable("no confirm")

    broker = RabbitBroker(rabbitmq.url, topology)
    dead = RabbitDeadLetters(rabbitmq.url, broker, topology)
    await refused(broker, Refuser(recorder), dead)
    with pytest.raises(BrokerUnavailable):
        await RabbitDeadLetters(rabbitmq.url, Deaf(rabbitmq.url, topology), topology).give_back(10)
    assert len(await dead.look(10)) == 3
    await broker.stop()


@pytest.mark.fault(72)
async def test_those_of_one_buyer_are_removed_and_the_others_stay(
    rabbitmq: RabbitNode, topology: Topology, recorder: Recorder
) -> None:
    broker = RabbitBroker(rabbitmq.url, topology)
    dead = RabbitDeadLetters(rabbitmq.url, broker, topology)
    await refused(broker, Refuser(recorder), dead)
    assert await dead.remove(lambda letter: letter.message_id == "m-1") == 1
    assert [letter.message_id for letter in await dead.look(10)] == ["m-0", "m-2"]
    assert await dead.remove(lambda _letter: False) == 0
    await broker.stop()
