"""What happens in a shop reaches its receivers: at least once, oldest first, in time that is made by the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector_core.adapters.store_sql import SqlPeople, SqlStore, SqlWebhooks
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.webhook_egress import WebhookEgress
from connector_core.adapters.webhook_guard import Guard
from connector_core.domain.event import EventType
from connector_core.domain.ids import uuid7
from connector_core.domain.webhook import Delivery, DeliveryState, Endpoint, EndpointId, EndpointState
from connector_core.domain.webhook_signature import new_secret
from connector_core.flow.webhook_delivery import WebhookDelivery
from connector_core.flow.webhook_outcome import FAILS_FOR, SCHEDULE
from connector_core.ports.people import Act
from tests.integration.store.orders import SHOP
from tests.integration.store.test_webhooks import order
from tests.services.webhook_receiver import Receiver

ACT = Act("anna@shop.example", "webhook.added", shop=SHOP)
HERE = Guard(allowed=["127.0.0.1/32"], schemes=["http"])


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Bench:
    """A store, a clock, and whoever delivers."""

    def __init__(self, store: SqlStore, egress: WebhookEgress, clock: Clock | None = None) -> None:
        self.store = store
        self.clock = clock or Clock()
        self.webhooks = SqlWebhooks(store)
        self.delivery = WebhookDelivery(store, self.webhooks, egress, self.clock, chance=lambda: 0.0)

    async def endpoint(self, url: str, **rest: Any) -> Endpoint:
        one = Endpoint(
            EndpointId(uuid7()), SHOP, url, (), new_secret(), self.clock.at, "anna", datetime.now(UTC), **rest
        )
        await self.webhooks.add(one, 20, ACT)
        return one

    async def happens(self, count: int = 1) -> None:
        for _ in range(count):
            await order(self.store, EventType.PAYMENT_CAPTURED)
        self.clock.at = max(self.clock.at, datetime.now(UTC))

    async def goes_on(self, wait: timedelta = timedelta()) -> None:
        self.clock.at += wait
        await self.delivery.step()
        await self.delivery.settled()

    async def last_act(self) -> str:
        return (await SqlPeople(self.store).acts())[0].act.action

    async def told(self, one: Endpoint) -> list[Delivery]:
        return list(reversed(await self.webhooks.deliveries(one.id)))


@pytest.fixture
async def bench(store: SqlStore) -> AsyncIterator[Bench]:
    egress = WebhookEgress(HERE, seconds=2.0)
    yield Bench(store, egress)
    await egress.close()


async def test_what_happens_is_told_signed_and_once(bench: Bench) -> None:
    async with Receiver() as receiver:
        old = new_secret()
        until = datetime.now(UTC) + timedelta(hours=24)
        one = await bench.endpoint(receiver.url, old_secret=old, old_until=until)
        await bench.happens(3)
        await bench.goes_on()
        await bench.goes_on(timedelta(days=1))
        await bench.happens()
        await bench.goes_on()
    assert len(receiver.ids) == len(set(receiver.ids)) == 4
    assert all(received.signed_by(one.secret) for received in receiver.received)
    assert [received.signed_by(old) for received in receiver.received] == [True, True, True, False]
    assert {received.content["type"] for received in receiver.received} == {"payment.captured.v1"}
    [timestamp] = {received.headers["webhook-timestamp"] for received in receiver.received[:3]}
    assert abs(int(timestamp) - datetime.now(UTC).timestamp()) < 60
    assert {d.state for d in await bench.told(one)} == {DeliveryState.DONE}


async def test_it_is_tried_again_on_the_schedule_and_then_given_up(bench: Bench) -> None:
    async with Receiver([500]) as receiver:
        one = await bench.endpoint(receiver.url)
        await bench.happens()
        await bench.goes_on()
        for number, wait in enumerate(SCHEDULE, 1):
            await bench.goes_on(wait - timedelta(seconds=1))
            assert len(receiver.received) == number, "not before its time"
            await bench.goes_on(timedelta(seconds=1))
            assert len(receiver.received) == number + 1
        await bench.goes_on(timedelta(days=1))
    assert len(receiver.received) == 8
    assert len(set(receiver.ids)) == 1
    assert len({received.body for received in receiver.received}) == 1
    assert len({received.headers["webhook-timestamp"] for received in receiver.received}) == 8
    assert all(received.signed_by(one.secret) for received in receiver.received)
    [delivery] = await bench.told(one)
    assert (delivery.state, delivery.attempts, delivery.status) == (DeliveryState.FAILED, 8, 500)


async def test_while_it_fails_one_attempt_at_a_time_tells_whether_it_is_back_and_then_all_come(bench: Bench) -> None:
    async with Receiver([500, 500, 500, 204]) as receiver:
        one = await bench.endpoint(receiver.url)
        await bench.happens()
        await bench.goes_on()
        await bench.happens(5)
        await bench.goes_on()
        assert len(receiver.received) == 1, "it rests"
        await bench.goes_on(timedelta(seconds=2))
        await bench.goes_on(timedelta(seconds=2))
        assert len(receiver.received) == 3
        await bench.goes_on(timedelta(seconds=2))
        assert len(receiver.received) == 4
        for _ in range(3):
            await bench.goes_on(timedelta(minutes=5))
    assert {d.state for d in await bench.told(one)} == {DeliveryState.DONE}
    assert len(set(receiver.ids)) == 6
    stored = await bench.webhooks.endpoint(one.id)
    assert stored is not None
    assert (stored.failing_since, stored.rests_until, stored.cause) == (None, None, "")


async def test_a_slow_receiver_keeps_no_other_waiting(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        await bench.endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        async with Receiver() as quick:
            await bench.endpoint(quick.url)
            await bench.happens(3)
            await bench.delivery.step()
            deadline = asyncio.get_running_loop().time() + 1.5
            while len(quick.received) < 3 and asyncio.get_running_loop().time() < deadline:
                await asyncio.sleep(0.01)
            assert len(quick.received) == 3
            await bench.delivery.settled()


async def test_gone_is_the_end(bench: Bench) -> None:
    async with Receiver([410]) as receiver:
        one = await bench.endpoint(receiver.url)
        await bench.happens()
        await bench.goes_on()
        await bench.happens()
        await bench.goes_on(timedelta(days=1))
    assert len(receiver.received) == 1
    stored = await bench.webhooks.endpoint(one.id)
    assert stored is not None
    assert stored.state is EndpointState.ENDED
    assert await bench.last_act() == "webhook.ended"


async def test_five_days_of_failure_pause_it_and_a_person_lets_it_go_on(bench: Bench) -> None:
    async with Receiver([500]) as receiver:
        one = await bench.endpoint(receiver.url)
        await bench.happens()
        await bench.goes_on()
        await bench.goes_on(FAILS_FOR)
        stored = await bench.webhooks.endpoint(one.id)
        assert stored is not None
        assert stored.state is EndpointState.PAUSED
        count = len(receiver.received)
        await bench.goes_on(timedelta(days=1))
        assert len(receiver.received) == count
        assert await bench.last_act() == "webhook.paused"
        receiver.answers = [204]
        await bench.webhooks.put(replace(stored, state=EndpointState.ACTIVE, failing_since=None, rests_until=None), ACT)
        await bench.goes_on(timedelta(days=1))
        assert {d.state for d in await bench.told(one)} == {DeliveryState.DONE}


async def test_after_an_attempt_without_an_outcome_it_comes_again_under_its_id(bench: Bench) -> None:
    """As after a kill between the two: stored is that it was begun."""
    async with Receiver() as receiver:
        one = await bench.endpoint(receiver.url)
        await bench.happens()
        await bench.webhooks.follow(lambda *_: "{}", bench.clock.now())
        [(_, due)] = await bench.webhooks.due(bench.clock.now(), 8)
        begun = [replace(d, attempts=1, next_at=bench.clock.at + timedelta(minutes=1)) for d in due]
        await bench.webhooks.begin(begun)
        await bench.goes_on()
        assert receiver.received == []
        await bench.goes_on(timedelta(minutes=1))
    assert receiver.ids == [due[0].event]
    [delivery] = await bench.told(one)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DONE, 2)


@pytest.mark.fault(70)
async def test_a_name_that_leads_inside_gets_nothing_and_stands_in_the_trail(store: SqlStore) -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    egress = WebhookEgress(Guard(lookup=lookup))
    bench = Bench(store, egress)
    async with Receiver() as receiver:
        one = await bench.endpoint(f"https://shop.example:{receiver.port}/")
        await bench.happens()
        await bench.goes_on()
        await bench.goes_on(timedelta(minutes=1))
        await egress.close()
    assert receiver.received == []
    [delivery] = await bench.told(one)
    assert "private network" in delivery.cause
    lines = [line.act for line in await SqlPeople(store).acts() if line.act.action == "webhook.refused"]
    assert [(act.actor, act.shop, act.data["url"]) for act in lines] == [("connector", SHOP, one.url)]


async def test_of_two_daemons_one_tells(postgres_url: str) -> None:
    first, second = SqlStore(postgres_url, owner="first"), SqlStore(postgres_url, owner="second")
    await first.open()
    await second.open()
    egress = WebhookEgress(HERE)
    async with Receiver() as receiver:
        one = Bench(first, egress)
        other = Bench(second, egress, one.clock)
        await one.endpoint(receiver.url)
        await one.happens(20)
        for _ in range(5):
            await asyncio.gather(one.goes_on(), other.goes_on())
    assert len(receiver.ids) == len(set(receiver.ids)) == 20
    await egress.close()
    await first.close()
    await second.close()


async def test_a_receiver_that_keeps_up_waits_for_no_clock(store: SqlStore) -> None:
    """Pages follow each other at once; and whoever is told to stop lets what is under way be answered."""
    egress, webhooks = WebhookEgress(HERE), SqlWebhooks(store)
    delivery = WebhookDelivery(store, webhooks, egress, SystemClock())
    async with Receiver() as receiver:
        bench = Bench(store, egress)
        one = await bench.endpoint(receiver.url)
        await bench.happens(80)
        running = asyncio.create_task(delivery.run())
        deadline = asyncio.get_running_loop().time() + 4
        while len(receiver.received) < 80 and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
        assert len(receiver.ids) == len(set(receiver.ids)) == 80
        assert len(await webhooks.deliveries(one.id, state="done", limit=100)) == 80
    await egress.close()
