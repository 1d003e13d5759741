"""The addon on a real server: the link on the order, buttons, an outage, and one booking whatever happens."""

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from connector_odoo.documents import parse_ref

import tests.flow.house
from connector_core.domain.message import Purpose
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.sdk import OrderRef, Record
from tests.flow.house import House, house_of, told
from tests.plugins.odoo.live.server import OFFICE, settings
from tests.plugins.odoo.live.test_whole_way import RealOdoo, booked
from tests.plugins.odoo.office import Office

ORDERS = 50
IN_TIME = 5.0
SOON = 0.1
OUTAGE = float(os.environ.get("PAYLINK_TEST_OUTAGE_SECONDS", "15"))
"""How long the connector is away; the orders are confirmed all along it."""
UNNOTICED = 2.0
"""Seconds that no confirmation may take, on a slow machine and with the connector away."""


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office(settings(**OFFICE))
    if not made.addon:
        pytest.skip("the addon is not installed there")
    yield made
    made.close()


@pytest.fixture
async def house(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Its PayLinks come through their trial on a slow machine too."""
    monkeypatch.setitem(tests.flow.house._TIMING, "link_trial", "2m")
    async with house_of(tmp_path, {"odoo-live": RealOdoo(office)}) as opened:
        await nothing_waits(office)
        yield opened


async def nothing_waits(office: Office, patience: float = 150.0) -> float:
    """Until what former tests left in the outbox is out; the seconds that took."""
    start, waiting = time.monotonic(), [("state", "=", "pending")]
    while await asyncio.to_thread(office.rpc.search_read, "paylink.delivery", waiting, ["name"]):
        assert time.monotonic() < start + patience
        await asyncio.sleep(SOON)
    return time.monotonic() - start


async def shown(office: Office, ref: str, status: str) -> Record:
    """The order once it shows this status."""
    deadline = time.monotonic() + IN_TIME
    while True:
        fields = ("paylink_status", "paylink_url", "paylink_psp_ref", "paylink_paid_at")
        (row,) = await asyncio.to_thread(office.read, OrderRef(ref), *fields)
        if row["paylink_status"] == status:
            return row
        assert time.monotonic() < deadline, row
        await asyncio.sleep(SOON)


def press(office: Office, ref: str, button: str) -> None:
    model, number = parse_ref(OrderRef(ref)) or ("", 0)
    office.rpc.run(model, f"action_paylink_{button}", [number])


async def test_order_shows_its_link_and_then_its_payment(house: House, office: Office) -> None:
    ref = await asyncio.to_thread(office.order, confirm=False)
    start = time.monotonic()
    await asyncio.to_thread(office.rpc.run, "sale.order", "action_confirm", [int(ref.partition(":")[2])])
    state = await house.until(lambda state: bool(told(state)), ref)
    on_phone = time.monotonic() - start
    row = await shown(office, ref, "open")
    assert row["paylink_url"] == state.links[0].url
    start = time.monotonic()
    assert await house.pay(state.links[0].url) == 303
    row = await shown(office, ref, "paid")
    on_order = time.monotonic() - start
    assert row["paylink_psp_ref"]
    assert row["paylink_paid_at"]
    print(
        f"Odoo {office.version}: on the phone after {on_phone:.1f} s, on the order {on_order:.1f} s after the payment"
    )
    assert on_phone < IN_TIME
    assert on_order < IN_TIME
    assert len(await asyncio.to_thread(office.payments, ref)) == 1


async def test_buttons(house: House, office: Office) -> None:
    ref = await asyncio.to_thread(office.order)
    await house.until(lambda state: bool(told(state)), ref)
    await shown(office, ref, "open")
    await asyncio.to_thread(press, office, ref, "cancel")
    state = await house.until(lambda state: state.links[-1].state is LinkState.CLOSED, ref)
    assert await house.pay(state.links[0].url) != 303
    await asyncio.to_thread(press, office, ref, "send")
    state = await house.until(lambda state: len([m for m in state.messages if m.provider_id]) == 2, ref)
    row = await shown(office, ref, "open")
    assert (len(state.links), row["paylink_url"]) == (2, state.links[-1].url)
    assert await house.pay(state.links[-1].url) == 303
    await shown(office, ref, "paid")
    assert len(await asyncio.to_thread(office.payments, ref)) == 1


async def test_nobody_notices_that_the_connector_is_away(house: House, office: Office) -> None:
    await house.settles(3.0)  # its polls know where to begin
    await house.daemon.stop()
    refs, slowest = await asyncio.to_thread(confirm, office, OUTAGE)
    start = time.monotonic()
    await house.start_daemon()
    states = await until_told(house, refs)
    arrived = time.monotonic() - start
    left = await nothing_waits(office)
    print(
        f"Odoo {office.version}: {len(refs)} orders confirmed over {OUTAGE:.0f} s without the connector, the slowest "
        f"in {slowest:.2f} s, all on the phones {arrived:.1f} s after it was back, the outbox empty {left:.1f} s later"
    )
    assert slowest < UNNOTICED
    assert [len(state.links) for state in states] == [1] * ORDERS
    await house.settles(3.0)
    numbers = {state.order.number for state in states}
    assert sum(any(number in sent.text for number in numbers) for sent in house.messages()) == ORDERS
    assert all(len(told(state, Purpose.PAYLINK)) == 1 for state in states)


def confirm(office: Office, outage: float) -> tuple[Sequence[OrderRef], float]:
    """Spread over the outage; the slowest confirmation's seconds. Any error that a person would see ends the test."""
    refs = [office.order(confirm=False) for _ in range(ORDERS)]
    start, slowest = time.monotonic(), 0.0
    for index, ref in enumerate(refs):
        time.sleep(max(0.0, start + index * outage / ORDERS - time.monotonic()))
        model, number = parse_ref(ref) or ("", 0)
        pressed = time.monotonic()
        office.rpc.run(model, "action_confirm", [number])
        slowest = max(slowest, time.monotonic() - pressed)
    time.sleep(max(0.0, start + outage - time.monotonic()))
    return refs, slowest


async def until_told(house: House, refs: Sequence[OrderRef], patience: float = 180.0) -> Sequence[OrderState]:
    deadline = time.monotonic() + patience
    while True:
        states = [state for ref in refs if (state := await house.order(ref)) is not None and told(state)]
        if len(states) == len(refs):
            return states
        assert time.monotonic() < deadline, f"{len(states)} of {len(refs)}"
        await asyncio.sleep(0.5)


def fact(office: Office, ref: OrderRef, **changes: Any) -> dict[str, Any]:
    model, number = parse_ref(ref) or ("", 0)
    total = f"{office.total(ref).decimal():f}"
    values = {
        "id": str(uuid.uuid4()), "model": model, "res_id": number, "fact": "captured", "amount": total,
        "currency": "EUR", "asked": total, "captured": total, "psp_ref": uuid.uuid4().hex, "at": "2026-11-26 00:10:00",
        "method": "VISA", "url": "", "flag": "", "language": "en",
    }  # fmt: skip
    return {**values, **changes}


@pytest.mark.parametrize("invoiced", [True, False], ids=["invoice", "advance"])
@pytest.mark.parametrize("same", ["id", "transaction"])
def test_raced_bookings_leave_one_payment(same: str, *, invoiced: bool) -> None:
    """Four calls in the same moment, over connections of their own: the fact itself, or its transaction by new ids."""
    offices = [Office(settings(**OFFICE)) for _ in range(4)]
    if not offices[0].addon:
        pytest.skip("the addon is not installed there")
    ref = offices[0].order()
    if invoiced:
        offices[0].invoice(ref)
    told_fact = fact(offices[0], ref)
    facts = [told_fact if same == "id" else {**told_fact, "id": str(uuid.uuid4())} for _ in offices]
    for office in offices:
        office.total(ref)
    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(record, office, one) for office, one in zip(offices, facts, strict=True)]
        outcomes = [call.result() for call in calls]
    assert outcomes.count("done") == 1, outcomes
    assert set(outcomes) <= {"done", "already", "retry"}
    assert [record(offices[0], one) for one in facts] == ["already"] * 4
    assert len(offices[0].payments(ref)) == 1
    for office in offices:
        office.close()


def record(office: Office, values: dict[str, Any]) -> str:
    (row,) = office.rpc.run_model("paylink.connector", "record_payments", vals_list=[values])
    return str(row["outcome"])


async def test_whole_order_with_its_invoice_has_one_note_for_each_fact(house: House, office: Office) -> None:
    ref = await asyncio.to_thread(office.order)
    state = await house.until(lambda state: bool(told(state)), ref)
    await shown(office, ref, "open")
    assert await house.pay(state.links[0].url) == 303
    await house.until(booked, ref)
    await house.settles(2.0)
    notes = await asyncio.to_thread(office.notes, ref)
    assert len(notes) == 2, notes  # its PayLink, its payment
