"""What a daemon really publishes, in one story with every kind of event, is what `asyncapi.yaml` says."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from connector_core.adapters.embedded import EmbeddedBroker
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.cloudevent import encode_event, headers
from connector_core.domain.event import EventType
from connector_core.domain.message import Purpose
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFact, PaymentKind, PaymentState
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.flow.erase import ask_erase
from connector_core.flow.refund import ask_refund
from connector_core.flow.replay import give_up, replay
from connector_core.flow.settle import ask_settle
from connector_core.flow.track_payment import record_facts
from connector_core.ports.broker import Outgoing
from connector_core.ports.store import Batch
from tests.docs.asyncapi import document, faults, message_of, undocumented
from tests.flow.house import PATIENCE, REFUSED, House, open_house, told
from tests.flow.test_payments import capture_and_refund, notification, paid, post_notification, written_back


async def test_every_event_that_a_daemon_publishes_is_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = recorded(monkeypatch)
    async with open_house(tmp_path) as house:
        refunded = await paid_and_refunded(house)
        await edited_and_cancelled(house)
        await replaced(house)
        await parked_and_replayed(house)
        await refused_by_the_shop(house)
        await strange(house)
        await settled(house)
        await erased(house, refunded)
        bodies = disputed(house, refunded)
        await until_published(published, set(EventType) - {EventType.PAYMENT_DISPUTED})
    events = [message for message in published if not message.to_orders]
    for message in events:
        assert message.routing_key in document()["channels"]["events"]["parameters"]["type"]["enum"]
        assert message.message_id == orjson.loads(message.body)["id"]
        assert message.headers == headers(message.body)
        check(message.routing_key, message.body)
    for type_, body in bodies:
        check(type_, body)
    assert {message.routing_key for message in events} | {type_ for type_, _ in bodies} == set(EventType)
    assert faults_of_order_events(published) == []


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Outgoing]:
    """Everything that is handed to the broker from now on."""
    published: list[Outgoing] = []
    publish = EmbeddedBroker.publish

    async def record(self: EmbeddedBroker, message: Outgoing) -> None:
        published.append(message)
        await publish(self, message)

    monkeypatch.setattr(EmbeddedBroker, "publish", record)
    return published


async def until_published(published: list[Outgoing], wanted: set[EventType]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while missing := wanted - {message.routing_key for message in published if not message.to_orders}:
        assert asyncio.get_running_loop().time() < deadline, f"never published: {sorted(missing)}"
        await asyncio.sleep(0.05)


def check(type_: str, body: bytes) -> None:
    schema, event = message_of(type_)["payload"]["$ref"], orjson.loads(body)
    assert faults(schema, event) == [], event
    assert undocumented(schema, event) == set(), event


def faults_of_order_events(published: Iterable[Outgoing]) -> list[str]:
    to_orders = [message for message in published if message.to_orders and message.message_id != "odd"]
    assert to_orders
    return [
        why for message in to_orders for why in faults("#/components/schemas/OrderEvent", orjson.loads(message.body))
    ]


async def paid_and_refunded(house: House) -> OrderState:
    ref = house.shop.place_order(total="33.90")
    url = (await house.until(lambda order: bool(told(order)), ref)).links[0].url
    await house.pay(url, REFUSED)
    await house.until(lambda order: bool(order.payments), ref)
    await house.pay(url)
    state = await house.until(lambda order: paid(order) and written_back(order), ref)
    captured = next(payment for payment in state.payments if payment.state is PaymentState.DONE)
    await capture_and_refund(house, captured.psp_ref, 1000)
    state = await house.until(lambda order: len(order.payments) == 3 and written_back(order), ref)
    await house.store.commit(ask_refund(state, SystemClock(), Money(100, "EUR"), comment="one glass was broken"))
    return await house.until(lambda order: len(order.payments) == 4 and written_back(order), ref)


async def edited_and_cancelled(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    await house.until(lambda order: bool(told(order)), ref)
    await house.settles(1.1)  # WooCommerce dates its changes to the second
    house.shop.edit_order(ref, total="35.50")
    await house.until(lambda order: bool(told(order, Purpose.CHANGED)), ref)
    house.shop.edit_order(ref, status="cancelled")
    await house.until(lambda order: order.links[0].state is LinkState.CLOSED, ref)


async def replaced(house: House) -> None:
    """A link that the PSP has closed is replaced by another one after an edit; it then expires."""
    ref = house.shop.place_order(total="20.00")
    first = (await house.until(lambda order: bool(told(order)), ref)).links[0]
    await house.lyra_expire(first.psp_link)
    house.shop.edit_order(ref, total="25.00")
    state = await house.until(lambda order: order.links[-1].state is LinkState.OPEN and len(order.links) == 2, ref)
    await house.lyra_expire(state.links[-1].psp_link)
    await house.until(lambda order: order.request is not None and order.request.state is RequestState.EXPIRED, ref)


async def parked_and_replayed(house: House) -> None:
    ref = house.shop.place_order(billing={"first_name": "Erika", "phone": ""})
    state = await house.until(lambda order: any(step.state is StepState.PARKED for step in order.steps), ref)
    outcome = replay(state, "parked", SystemClock())
    await house.store.commit(Batch(outcome.values, outcome.events, outcome.steps, outcome.done))
    again = await house.until(lambda order: any(step.state is StepState.PARKED for step in order.steps), ref)
    (step,) = [step for step in again.steps if step.state is StepState.PARKED]
    closed = give_up(again, step, "paid in cash", SystemClock().now())
    await house.store.commit(Batch(events=closed.events, done=closed.done))


async def refused_by_the_shop(house: House) -> None:
    """A payment comes while the order is a draft again, which the mapping leaves as it is."""
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    house.shop.edit_order(ref, status="checkout-draft")
    await house.pay(state.links[0].url)
    await house.until(lambda order: any(step.state is StepState.PARKED for step in order.steps), ref)


async def strange(house: House) -> None:
    """An order that asks for nothing, money of nobody's, and a message that is no event."""
    house.shop.place_order(status="processing")
    body = notification("0123456789abcdef0123456789abcdef", "SOMEBODY-ELSE", 500)
    assert await post_notification(house, body) == 200
    await house.daemon._broker.publish(Outgoing("odd", "odd", b"{}", to_orders=True))


async def settled(house: House) -> None:
    """A payment comes twice; somebody agrees with the buyer what the second one is for."""
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    for uuid in ("1" * 32, "2" * 32):
        assert await post_notification(house, notification(uuid, state.links[0].psp_order, 2000)) == 200
    state = await house.until(lambda order: len(order.payments) == 2 and written_back(order), ref)
    surplus = next(payment for payment in state.payments if payment.flag)
    await house.store.commit(ask_settle(state, SystemClock(), "anna@shop.example", surplus.id, "for the next order"))
    await house.until(lambda order: all(one.settled_by for one in order.payments if one.flag), ref)


async def erased(house: House, state: OrderState) -> None:
    await house.store.commit(ask_erase([state], SystemClock().now(), "anna@shop.example"))
    await house.until(lambda order: order.order.erased_at is not None, state.order.order_ref)


def disputed(house: House, state: OrderState) -> list[tuple[str, bytes]]:
    """A chargeback, which Lyra does not report, as the flow would record it."""
    at = datetime(2026, 1, 31, tzinfo=UTC)
    amount = Money(3390, "EUR")
    fact = PaymentFact(
        "main", "0" * 32, PaymentKind.CHARGEBACK, PaymentState.DONE, amount, at, state.links[0].psp_order
    )
    events = record_facts(state, [fact], house.daemon._runner._ports).events
    return [(event.type, encode_event(event, house.url)) for event in events]
