"""An order that is edited, cancelled or deleted while it waits for its payment (faults.md 57, 58 and 63)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector_core.domain.message import Purpose
from connector_core.domain.payment import PaymentFlag, WriteBackState
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from tests.flow.house import REFUSED, House, open_house, told


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def sent(state: OrderState) -> bool:
    return bool(told(state))


@pytest.mark.fault(57)
async def test_an_edited_order_changes_its_link_in_place_and_tells_the_buyer_once(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    before = await house.until(sent, ref)
    house.shop.edit_order(ref, total="35.50")
    after = await house.until(lambda state: bool(told(state, Purpose.CHANGED)), ref)
    await house.settles()
    assert [link.url for link in after.links] == [before.links[0].url]
    assert after.links[0].amount.minor == 3550
    assert [order.amount for order in house.lyra.ledger.orders] == [3550]
    assert len(house.messages("changed")) == 1
    assert await house.pay(after.links[0].url) == 303
    paid = await house.until(lambda state: state.request is not None and state.request.state is RequestState.PAID, ref)
    assert paid.request is not None
    assert paid.request.captured == 3550
    assert paid.payments[0].flag is PaymentFlag.NONE


@pytest.mark.fault(57)
async def test_an_edit_that_changes_nothing_for_the_buyer_is_silent(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    await house.until(sent, ref)
    house.shop.edit_order(ref, customer_note="Bitte klingeln")
    await house.settles()
    state = await house.order(ref)
    assert state is not None
    assert state.request is not None
    assert state.request.revision == 1
    assert len(house.messages()) == 1


@pytest.mark.fault(57)
async def test_a_corrected_phone_gets_the_same_link(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    before = await house.until(sent, ref)
    billing = house.shop.order(ref)["billing"] | {"phone": "+49 1512 3456780"}
    house.shop.edit_order(ref, billing=billing)
    await house.until(lambda state: len(told(state)) == 2, ref)
    assert {message.button_url for message in house.messages()} == {before.links[0].url}
    assert house.messages()[-1].to == "4915123456780"


@pytest.mark.fault(57)
async def test_a_link_that_the_psp_closed_is_replaced_after_an_edit(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    before = await house.until(sent, ref)
    await house.lyra_expire(before.links[0].psp_link)
    house.shop.edit_order(ref, total="25.00")
    after = await house.until(lambda state: len(state.links) == 2 and state.links[1].state is LinkState.OPEN, ref)
    assert after.links[0].state is LinkState.EXPIRED
    await house.until(lambda state: len(house.messages("paylink")) == 2, ref)


@pytest.mark.fault(57)
async def test_after_a_refused_card_an_edit_asks_a_person(house: House) -> None:
    """Lyra neither changes nor closes a link after a refusal, and it stays payable (reference/lyra.md 2.4)."""
    ref = house.shop.place_order(total="20.00")
    before = await house.until(sent, ref)
    await house.pay(before.links[0].url, REFUSED)
    await house.until(lambda state: bool(state.payments), ref)
    house.shop.edit_order(ref, total="25.00")
    parked = await house.until(lambda state: any(s.state is StepState.PARKED for s in state.steps), ref)
    assert len(parked.links) == 1
    assert any("still be paid" in step.cause and "expired" in step.cure for step in parked.steps)


@pytest.mark.fault(58)
async def test_a_cancelled_order_closes_its_link_and_writes_no_more(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    before = await house.until(sent, ref)
    house.shop.edit_order(ref, status="cancelled")
    after = await house.until(lambda state: state.links[0].state is LinkState.CLOSED, ref)
    assert after.request is not None
    assert after.request.state is RequestState.CANCELLED
    assert await house.pay(before.links[0].url) == 409
    await house.settles()
    assert len(house.messages()) == 1


@pytest.mark.fault(58)
async def test_a_cancelled_order_that_comes_back_is_asked_for_again(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    await house.until(sent, ref)
    house.shop.edit_order(ref, status="cancelled")
    await house.until(lambda state: state.links[0].state is LinkState.CLOSED, ref)
    await house.settles(1.1)  # WooCommerce dates its changes to the second
    house.shop.edit_order(ref, status="pending")
    after = await house.until(lambda state: len(state.links) == 2 and state.links[1].state is LinkState.OPEN, ref)
    assert after.request is not None
    assert after.request.state is RequestState.OPEN
    assert sum(order.status == "RUNNING" for order in house.lyra.ledger.orders) == 1


@pytest.mark.fault(43, 58)
async def test_a_payment_after_the_cancellation_is_recorded_and_flagged(house: House) -> None:
    """The buyer was quicker than the closing: the money is real, and a person sees it (faults.md 43 and 58)."""
    ref = house.shop.place_order(total="20.00")
    before = await house.until(sent, ref)
    await house.fault(house.lyra_url, operation="ipn", mode="delay", seconds=1, count=1)
    await house.pay(before.links[0].url)
    house.shop.edit_order(ref, status="cancelled")
    after = await house.until(lambda state: bool(state.payments), ref)
    assert after.request is not None
    assert after.request.captured == 2000
    assert after.payments[0].flag in (PaymentFlag.LATE, PaymentFlag.NONE)
    await house.until(lambda state: bool(state.write_backs) and state.write_backs[0].state is WriteBackState.DONE, ref)
    assert len(house.messages("receipt")) == 1


@pytest.mark.fault(63)
async def test_a_deleted_order_closes_its_link(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    await house.until(sent, ref)
    house.shop.trash_order(ref)
    await house.until(lambda state: state.links[0].state is LinkState.CLOSED, ref)
