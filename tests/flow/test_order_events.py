"""Order events: once, in any order, from several systems, and from whoever can publish them."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector_core.domain.cloudevent import encode_order_event
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent, Record
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.flow.intake import hint
from connector_core.ports.store import Batch
from tests.flow.house import House, open_house, told

RECORDED = Path(__file__).parents[1] / "plugins" / "woocommerce" / "recordings" / "62-webhook-order-created.json"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def event(ref: str, number: int, record: Record | None = None, connection: str = "shop") -> OrderEvent:
    at = datetime.now(UTC)
    return OrderEvent(f"e-{number}", "/erp", ConnectionId(connection), OrderRef(ref), OrderChange.RECEIVED, at, record)


def order_record(house: House, ref: str, modified: str, total: str) -> Record:
    return {**house.shop.order(ref), "date_modified_gmt": modified, "total": total}


def booked(state: OrderState) -> bool:
    return bool(state.write_backs and state.write_backs[0].done_at)


async def publish(house: House, event: OrderEvent) -> None:
    """Into the outbox, the way of every order event."""
    await house.store.commit(Batch(events=[hint(event)]))


@pytest.mark.fault(9)
async def test_the_same_order_announced_many_times_is_asked_once(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    for number in range(10):
        await publish(house, event(ref, number % 3))
    await house.until(lambda state: bool(told(state)), ref)
    await house.settles(1.5)
    assert len(house.messages()) == 1
    assert len(house.lyra.ledger.orders) == 1


async def test_an_event_that_brings_its_record_needs_no_reading(house: House) -> None:
    """As an ERP publishes it over AMQP: the order is not asked for at its system."""
    house.shop.set_webhook_url("")
    ref = house.shop.place_order(total="20.00")
    record = order_record(house, ref, "2030-01-01T00:00:00", "77.00")
    await publish(house, event(ref, 1, record))
    await house.until(lambda order: bool(told(order)) and order.links[0].amount.minor == 7700, ref)


@pytest.mark.fault(9)
async def test_an_older_record_after_a_newer_one_changes_nothing(house: House) -> None:
    house.shop.set_webhook_url("")
    ref = house.shop.place_order(total="20.00")
    await publish(house, event(ref, 1, order_record(house, ref, "2030-01-01T00:00:02", "30.00")))
    await house.until(lambda order: bool(told(order)) and order.links[0].amount.minor == 3000, ref)
    await publish(house, event(ref, 2, order_record(house, ref, "2030-01-01T00:00:01", "99.00")))
    await house.settles()
    state = await house.order(ref)
    assert state is not None
    assert state.request is not None
    assert state.request.terms.amount.minor == 3000


@pytest.mark.fault(60)
async def test_our_own_write_back_is_no_news(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    await house.pay(state.links[0].url)
    await house.until(booked, ref)
    await house.settles(1.5)
    after = await house.order(ref)
    assert after is not None
    assert after.request is not None
    assert (after.request.revision, after.request.state) == (1, RequestState.PAID)
    assert len(house.messages("paylink")) + len(house.messages("receipt")) >= 2
    assert len([m for m in house.messages() if m.button_url]) == 1


@pytest.mark.fault(7)
async def test_an_event_of_an_unknown_connection_is_set_aside_with_its_reason(house: House) -> None:
    await publish(house, event("1", 1, {"id": 1}, "nobody"))
    async with asyncio.timeout(5):
        while not (causes := await asyncio.to_thread(refusals, house)):
            await asyncio.sleep(0.05)
    assert "nobody" in causes[0]


def refusals(house: House) -> list[str]:
    """The reasons of the order events that were set aside."""
    with closing(sqlite3.connect(house.folder / "paylink.db")) as database:
        return [cause for (cause,) in database.execute("SELECT cause FROM events WHERE type = 'order.refused.v1'")]


@pytest.mark.fault(62)
async def test_a_second_connection_is_a_block_of_the_configuration(tmp_path: Path) -> None:
    async with open_house(tmp_path, "wine", "cheese") as house:
        wine, cheese = house.shops.values()
        first, second = wine.place_order(total="20.00"), cheese.place_order(total="30.00")
        assert first == second, "the same number in both shops is what makes it a test"
        one = await house.until(lambda order: bool(told(order)), first, connection="wine")
        two = await house.until(lambda order: bool(told(order)), second, connection="cheese")
        assert one.order.id != two.order.id
        await house.pay(two.links[0].url)
        await house.until(
            lambda order: bool(order.write_backs and order.write_backs[0].done_at), second, connection="cheese"
        )
        assert len(cheese.paid_orders()[second]) == 1
        assert wine.paid_orders().get(first, []) == []


async def test_the_recorded_webhook_of_a_real_shop_walks_through(house: House) -> None:
    """What a WooCommerce 10 sent, record and all, becomes a PayLink."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    record = recorded["request"]["body"] if "request" in recorded else recorded["body"]
    record = json.loads(record) if isinstance(record, str) else record
    record = {**record, "billing": {**record["billing"], "phone": "+4915123456789"}}
    await publish(house, event(str(record["id"]), 1, record))
    state = await house.until(lambda order: bool(told(order)), str(record["id"]))
    assert str(state.links[0].amount.decimal()) == record["total"]


def test_an_order_event_survives_its_cloud_event() -> None:
    assert b"order.received.v1" in encode_order_event(event("1", 1))
