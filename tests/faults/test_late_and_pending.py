"""Money that takes its time: pending for days, failed in the end, or paid by card meanwhile, or a month late.

(faults.md 34, 35 and 44a; invariants I3, I4, I5 and I6)
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector_core.domain.message import Purpose
from connector_core.domain.payment import PaymentFlag, PaymentState, WriteBackFact
from connector_core.domain.request import MoneyState, RequestState
from connector_core.domain.state import OrderState
from tests.faults.doorway import FORM, NOTIFICATIONS, finished, ipn, ipn_text, post
from tests.flow.house import House, open_house, told

TRANSFER = "0" * 31 + "1"
CARD = "0" * 31 + "2"
PENDING = {"status": "RUNNING", "detailedStatus": "WAITING_FOR_PAYMENT", "paymentMethodType": "IP_WIRE"}
FAILED = {"status": "UNPAID", "detailedStatus": "REFUSED", "paymentMethodType": "IP_WIRE"}
REFUND = {"operationType": "CREDIT", "detailedStatus": "CAPTURED", "amount": 500}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def linked(house: House) -> OrderState:
    ref = house.shop.place_order(total="20.00")
    return await house.until(lambda order: bool(told(order)), ref)


async def notify(house: House, state: OrderState, uuid: str, **fields: Any) -> None:
    text = ipn_text(state.links[0].psp_order, uuid, **fields)
    assert (await post(house, NOTIFICATIONS, ipn(text), FORM)).status == 200


def closed(state: OrderState) -> bool:
    return state.request is not None and state.request.state is not RequestState.OPEN


@pytest.mark.fault("44a")
async def test_a_transfer_that_fails_leaves_the_request_open_and_payable(house: House) -> None:
    state = await linked(house)
    ref = state.order.order_ref
    await notify(house, state, TRANSFER, **PENDING)
    pending = await house.until(lambda order: bool(order.payments), ref)
    assert pending.request is not None
    assert (pending.request.money, pending.request.pending) == (MoneyState.PENDING, 2000)
    assert len(house.messages()) == 1
    await notify(house, state, TRANSFER, **FAILED)
    failed = await house.until(lambda order: order.payments[0].state is PaymentState.FAILED, ref)
    assert failed.request is not None
    assert (failed.request.state, failed.request.money) == (RequestState.OPEN, MoneyState.OPEN)
    await notify(house, state, TRANSFER, **PENDING)
    assert await house.pay(state.links[0].url) == 303
    paid = await house.until(finished, ref)
    assert paid.request is not None
    assert (paid.request.captured, paid.request.pending) == (2000, 0)
    assert [payment.state for payment in paid.payments] == [PaymentState.FAILED, PaymentState.DONE]
    assert (len(house.messages()), len(house.shop.paid_orders()[ref])) == (2, 1)


@pytest.mark.fault("44a", 44)
async def test_paid_by_card_while_the_transfer_was_under_way(house: House) -> None:
    """Both arrive: both are recorded, and the second is shown as surplus."""
    state = await linked(house)
    ref = state.order.order_ref
    await notify(house, state, TRANSFER, **PENDING)
    await house.until(lambda order: bool(order.payments), ref)
    assert await house.pay(state.links[0].url) == 303
    await house.until(closed, ref)
    await notify(house, state, TRANSFER, paymentMethodType="IP_WIRE")
    both = await house.until(lambda order: [p.state for p in order.payments] == [PaymentState.DONE] * 2, ref)
    assert both.request is not None
    assert (both.request.captured, both.request.money) == (4000, MoneyState.OVERPAID)
    assert {payment.psp_ref == TRANSFER: payment.flag for payment in both.payments} == {
        False: PaymentFlag.NONE,
        True: PaymentFlag.SURPLUS,
    }


@pytest.mark.fault(35, 43)
async def test_a_payment_that_comes_a_month_after_the_end_is_recorded_and_flagged(house: House) -> None:
    """Nobody is reminded or asked again because of it."""
    state = await linked(house)
    ref = state.order.order_ref
    await house.lyra_expire(state.links[0].psp_link)
    await house.until(lambda order: closed(order) and not order.steps, ref)
    await notify(house, state, CARD, creationDate="2026-12-31T06:00:00+00:00")
    late = await house.until(lambda order: bool(told(order, Purpose.RECEIPT)), ref)
    await house.settles()
    assert late.request is not None
    assert (late.request.state, late.request.captured) == (RequestState.EXPIRED, 2000)
    assert [payment.flag for payment in late.payments] == [PaymentFlag.LATE]
    assert WriteBackFact.CAPTURED in [written.fact for written in late.write_backs]
    assert [message.template.partition("_")[2] for message in house.messages()].count("reminder") == 0
    assert len(house.messages()) == 2
    assert len(house.lyra.ledger.orders) == 1


@pytest.mark.fault(34)
async def test_a_refund_that_overtakes_its_payment_comes_to_the_same_sums(house: House) -> None:
    state = await linked(house)
    ref = state.order.order_ref
    await notify(house, state, "0" * 31 + "3", **REFUND)
    early = await house.until(lambda order: bool(order.payments), ref)
    assert early.request is not None
    assert (early.request.state, early.request.refunded) == (RequestState.OPEN, 500)
    await notify(house, state, CARD)
    done = await house.until(lambda order: len(order.payments) == 2 and closed(order), ref)
    assert done.request is not None
    assert (done.request.captured, done.request.refunded) == (2000, 500)
    assert done.request.state is RequestState.PAID
    await notify(house, state, CARD, **FAILED)
    await house.settles(0.3)
    after = await house.order(ref)
    assert after is not None
    assert after.payments == done.payments
