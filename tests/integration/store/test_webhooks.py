"""Endpoints and deliveries of webhooks on both databases: each event once for each endpoint that wants it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from connector_core.adapters.store_sql import SqlPeople, SqlStore, SqlWebhooks, webhook_log
from connector_core.domain.errors import InvalidInput
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import EventId, OrderId, ShopId, uuid7
from connector_core.domain.webhook import Delivery, DeliveryState, Endpoint, EndpointId, EndpointState, Health
from connector_core.flow.webhook_payload import payload
from connector_core.ports.people import Act
from connector_core.ports.store import Batch
from tests.integration.store.orders import SHOP, SOURCE, ref, request

NOW = datetime.now(UTC)
ACT = Act("anna@shop.example", "webhook.test", shop=SHOP)
SECOND = timedelta(seconds=1)


@pytest.fixture
def webhooks(store: SqlStore) -> SqlWebhooks:
    return SqlWebhooks(store)


def endpoint(url: str = "https://shop.example/hook", *types: EventType, shop: ShopId = SHOP) -> Endpoint:
    return Endpoint(EndpointId(uuid7()), shop, url, types, "whsec_AAAA", NOW, "anna@shop.example", NOW)


async def added(webhooks: SqlWebhooks, *types: EventType, url: str = "", shop: ShopId = SHOP) -> Endpoint:
    one = endpoint(url or f"https://shop.example/{uuid7()}", *types, shop=shop)
    await webhooks.add(one, 20, ACT)
    return one


async def order(store: SqlStore, *types: EventType, shop: ShopId = SHOP, at: datetime | None = None) -> OrderId:
    state = await store.take(SOURCE, ref(), shop)
    own = request(state.order.id)
    events = [happened(state.order.id, kind, at) for kind in types]
    await store.commit(Batch(values=[state.order, own], events=events, lease=state, release=True))
    return state.order.id


def happened(order_id: OrderId | None, kind: EventType, at: datetime | None = None) -> Event:
    return Event(EventId(uuid7()), kind, at or datetime.now(UTC), "connector", order_id, data={"psp_ref": "p1"})


async def follow(webhooks: SqlWebhooks) -> int:
    return await webhooks.follow(payload, datetime.now(UTC))


async def told(webhooks: SqlWebhooks, one: Endpoint) -> list[str]:
    """Types, oldest first."""
    return [delivery.kind for delivery in reversed(await webhooks.deliveries(one.id))]


async def test_an_endpoint_comes_back_as_it_was(webhooks: SqlWebhooks) -> None:
    one = replace(
        endpoint("https://a.example/", EventType.PAYMENT_CAPTURED),
        old_secret="whsec_BBBB", old_until=NOW + SECOND, failing_since=NOW, rests_until=NOW + SECOND, cause="so",
    )  # fmt: skip
    await webhooks.add(one, 20, ACT)
    assert await webhooks.endpoint(one.id) == one
    assert await webhooks.endpoints([SHOP]) == [one]
    assert await webhooks.endpoints([ShopId("other")]) == []
    assert "whsec" not in repr(one)


async def test_an_address_is_there_once_in_a_shop_and_there_are_only_so_many(webhooks: SqlWebhooks) -> None:
    one = endpoint()
    await webhooks.add(one, 2, ACT)
    await webhooks.add(endpoint(shop=ShopId("other")), 2, ACT)
    for wrong, most in ((endpoint(), 2), (endpoint("https://b.example/"), 1)):
        with pytest.raises(InvalidInput) as refusal:
            await webhooks.add(wrong, most, ACT)
        assert refusal.value.status == 409


async def test_what_happens_is_told_to_those_who_want_it_in_their_shop(store: SqlStore, webhooks: SqlWebhooks) -> None:
    await order(store, EventType.REQUEST_CREATED, at=NOW - SECOND)
    everything = await added(webhooks)
    payments = await added(webhooks, EventType.PAYMENT_CAPTURED)
    other = await added(webhooks, shop=ShopId("other"))
    kinds = (EventType.ORDER_CHANGED, EventType.LINK_CREATED, EventType.MESSAGE_ACCEPTED, EventType.PAYMENT_CAPTURED)
    order_id = await order(store, *kinds)
    assert await follow(webhooks) == 3
    assert await follow(webhooks) == 0
    assert await told(webhooks, everything) == ["message.accepted.v1", "payment.captured.v1"]
    assert await told(webhooks, payments) == ["payment.captured.v1"]
    assert await told(webhooks, other) == []
    [delivery] = await webhooks.deliveries(payments.id)
    body = orjson.loads(delivery.body)
    assert body["data"]["order_id"] == order_id
    assert (body["data"]["amount"], body["data"]["currency"], body["data"]["psp_reference"]) == ("33.90", "EUR", "p1")
    assert not any(private in delivery.body for private in ("+49", "Ann", "ann@"))


async def test_nothing_from_before_it_was_there_is_told(store: SqlStore, webhooks: SqlWebhooks) -> None:
    for _ in range(3):
        await order(store, EventType.PAYMENT_CAPTURED, at=NOW - SECOND)
    one = await added(webhooks)
    await follow(webhooks)
    assert await told(webhooks, one) == []


async def test_a_daemon_that_goes_on_tells_nothing_twice_and_leaves_nothing_out(store: SqlStore) -> None:
    """The second one reads again what the first one had not written down, as after a kill."""
    first, second = SqlWebhooks(store), SqlWebhooks(store)
    one = await added(first)
    await order(store, EventType.PAYMENT_CAPTURED)
    assert await follow(first) == 1
    await order(store, EventType.PAYMENT_REFUNDED)
    place, saved = await store.read(webhook_log.begin)
    piece = await store.read(lambda c: webhook_log.next_piece(c, place, payload))
    await order(store, EventType.PAYMENT_DISPUTED)
    await follow(second)
    assert await store.write(lambda c: webhook_log.enter(c, piece, saved)) is None, "the other one has gone on"
    await follow(first)
    assert await told(first, one) == ["payment.captured.v1", "payment.refunded.v1", "payment.disputed.v1"]


async def test_what_happens_while_nobody_reads_is_told_later(store: SqlStore, webhooks: SqlWebhooks) -> None:
    """Between the making of the endpoint and the first step of a daemon that has never listened."""
    one = await added(webhooks)
    for _ in range(5):
        await order(store, EventType.PAYMENT_CAPTURED)
    assert await follow(SqlWebhooks(store)) == 5
    assert len(await told(webhooks, one)) == 5


async def test_many_events_are_told_piece_by_piece(
    store: SqlStore, webhooks: SqlWebhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_log, "_EVENTS", 2)
    one = await added(webhooks)
    for _ in range(5):
        await order(store, EventType.PAYMENT_CAPTURED)
    while await follow(webhooks):
        pass
    assert len(await told(webhooks, one)) == 5


async def test_due_are_those_of_active_endpoints_the_longest_due_first(store: SqlStore, webhooks: SqlWebhooks) -> None:
    one, resting, paused = [await added(webhooks) for _ in range(3)]
    kinds = (EventType.REQUEST_CREATED, EventType.MESSAGE_QUEUED, EventType.PAYMENT_CAPTURED)
    for number, kind in enumerate(kinds):
        await order(store, kind, at=NOW + number * SECOND)
    await follow(webhooks)
    now = NOW + timedelta(minutes=1)
    await webhooks.end(replace(resting, rests_until=now + SECOND), [])
    await webhooks.end(replace(paused, state=EndpointState.PAUSED), [], ACT)
    [(due_of, due)] = await webhooks.due(now, 2)
    assert due_of == one
    assert [delivery.kind for delivery in due] == ["payment_request.created.v1", "message.queued.v1"]
    assert len(await webhooks.due(now + SECOND, 2)) == 2
    assert await webhooks.due(NOW - SECOND, 2) == []


async def test_an_attempt_is_stored_before_and_after(store: SqlStore, webhooks: SqlWebhooks) -> None:
    one = await added(webhooks)
    await order(store, EventType.PAYMENT_CAPTURED)
    await follow(webhooks)
    now = datetime.now(UTC) + SECOND
    [(_, [due])] = await webhooks.due(now, 8)
    begun = replace(due, attempts=1, next_at=now + timedelta(minutes=1), sent_at=now)
    await webhooks.begin([begun])
    assert await webhooks.due(now, 8) == []
    assert await webhooks.delivery(due.id) == begun
    done = replace(begun, state=DeliveryState.DONE, status=204)
    await webhooks.end(one, [done])
    assert await webhooks.delivery(due.id) == done
    assert await webhooks.health(one.id) == Health(0, 0, done)


async def test_an_outcome_does_not_undo_what_a_person_has_asked_for_meanwhile(
    store: SqlStore, webhooks: SqlWebhooks
) -> None:
    one = await added(webhooks)
    await order(store, EventType.PAYMENT_CAPTURED)
    await follow(webhooks)
    now = datetime.now(UTC) + SECOND
    [(_, [due])] = await webhooks.due(now, 8)
    begun = replace(due, attempts=1, next_at=now + timedelta(minutes=1), sent_at=now)
    await webhooks.begin([begun])
    await webhooks.enqueue(replace(begun, next_at=now), ACT)
    await webhooks.put(replace(one, secret="whsec_CCCC", old_secret=one.secret, old_until=now), ACT)
    await webhooks.end(one, [replace(begun, state=DeliveryState.DONE)])
    [(after, [again])] = await webhooks.due(now, 8)
    assert (again.id, again.event, again.attempts) == (due.id, due.event, 0)
    assert after.secret == "whsec_CCCC"


async def test_everything_since_a_moment_is_due_again_under_the_ids_it_had(
    store: SqlStore, webhooks: SqlWebhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_log, "_EVENTS", 2)
    one = await added(webhooks, EventType.PAYMENT_CAPTURED)
    for _ in range(3):
        await order(store, EventType.PAYMENT_CAPTURED, EventType.PAYMENT_REFUNDED)
    while await follow(webhooks):
        pass
    before = await webhooks.deliveries(one.id)
    now = datetime.now(UTC) + SECOND
    await webhooks.begin([replace(d, attempts=1, sent_at=now) for d in before])
    await webhooks.end(one, [replace(d, attempts=1, sent_at=now, state=DeliveryState.DONE) for d in before])
    assert await webhooks.due(now, 8) == []
    assert await webhooks.replay_since(one.id, NOW - SECOND, now, ACT)
    again = [await follow(webhooks) for _ in range(6)]
    assert sum(again) == 3
    assert again[-1] == 0
    after = await webhooks.deliveries(one.id, state="due")
    assert {d.event for d in after} == {d.event for d in before}
    assert {d.id for d in after} == {d.id for d in before}


async def test_a_replay_brings_what_happened_while_the_endpoint_was_paused(
    store: SqlStore, webhooks: SqlWebhooks
) -> None:
    one = await added(webhooks)
    paused = datetime.now(UTC)
    await webhooks.end(replace(one, state=EndpointState.PAUSED), [], ACT)
    await order(store, EventType.PAYMENT_CAPTURED)
    await follow(webhooks)
    resumed = datetime.now(UTC)
    await webhooks.put(replace(one, active_since=resumed), ACT)
    await order(store, EventType.PAYMENT_REFUNDED)
    await follow(webhooks)
    assert await told(webhooks, one) == ["payment.refunded.v1"]
    await webhooks.replay_since(one.id, paused, resumed, ACT)
    await follow(webhooks)
    assert sorted(await told(webhooks, one)) == ["payment.captured.v1", "payment.refunded.v1"]


async def test_a_replay_waits_while_much_is_due(
    store: SqlStore, webhooks: SqlWebhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_log, "_MOST_WAITING", 1)
    one = await added(webhooks)
    await order(store, EventType.PAYMENT_CAPTURED)
    await follow(webhooks)
    await webhooks.replay_since(one.id, NOW, datetime.now(UTC) + SECOND, ACT)
    assert await follow(webhooks) == 0
    monkeypatch.setattr(webhook_log, "_MOST_WAITING", 2)
    assert await follow(webhooks) == 1


async def test_what_is_removed_is_gone_with_its_deliveries(store: SqlStore, webhooks: SqlWebhooks) -> None:
    one = await added(webhooks)
    await order(store, EventType.PAYMENT_CAPTURED)
    await follow(webhooks)
    [delivery] = await webhooks.deliveries(one.id)
    assert await webhooks.remove(one.id, ACT)
    assert not await webhooks.remove(one.id, ACT)
    assert not await webhooks.put(one, ACT)
    assert not await webhooks.replay_since(one.id, NOW, NOW, ACT)
    assert (await webhooks.endpoint(one.id), await webhooks.delivery(delivery.id)) == (None, None)
    acts = await SqlPeople(store).acts()
    assert len(acts) == 2, "what came to nothing is in no trail"


async def test_old_deliveries_are_taken_away_when_they_have_ended(webhooks: SqlWebhooks) -> None:
    one = await added(webhooks)
    old = NOW - timedelta(days=31)
    for number, state in enumerate(DeliveryState):
        body = Delivery(uuid7(), one.id, EventId(str(number)), "t", "{}", old, old, state, 1, 0, "", old)  # type: ignore[arg-type] # an id
        await webhooks.enqueue(body, ACT)
    assert await webhooks.prune(NOW - timedelta(days=30)) == 2
    assert [d.state for d in await webhooks.deliveries(one.id)] == [DeliveryState.DUE]


async def test_of_two_who_add_the_same_address_at_once_one_does(webhooks: SqlWebhooks) -> None:
    tries = await asyncio.gather(*(webhooks.add(endpoint(), 20, ACT) for _ in range(4)), return_exceptions=True)
    assert len([one for one in tries if one is None]) == 1
    assert len(await webhooks.endpoints([SHOP])) == 1
