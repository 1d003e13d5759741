"""A person gives money back: once for each wish, whole or in part, and everybody hears of it (faults.md 59)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.errors import InvalidInput
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentKind, PaymentState, WriteBackFact, WriteBackState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.flow.refund import ask_refund
from tests.flow.house import House, open_house, told

CLOCK = SystemClock()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def paid_order(house: House) -> tuple[str, OrderState]:
    ref = house.shop.place_order(total="33.90")
    state = await house.until(lambda order: bool(told(order)), ref)
    await house.pay(state.links[0].url)
    state = await house.until(lambda order: any(w.state is WriteBackState.DONE for w in order.write_backs), ref)
    (transaction,) = house.lyra.ledger.transactions
    async with house.http.post(f"{house.lyra_url}/_sandbox/capture", json={"uuid": transaction.uuid}) as answer:
        assert answer.status == 200
    return ref, state


def refunded(state: OrderState, minor: int) -> bool:
    return state.request is not None and state.request.refunded == minor


def given_back(house: House) -> list[int]:
    return [t.amount for t in house.lyra.ledger.transactions if t.operation_type == "CREDIT"]


@pytest.mark.fault(59)
async def test_the_whole_is_given_back_once(house: House) -> None:
    ref, state = await paid_order(house)
    assert await house.store.commit(ask_refund(state, CLOCK))
    assert not await house.store.commit(ask_refund(state, CLOCK))
    after = await house.until(lambda order: refunded(order, 3390), ref)
    assert given_back(house) == [3390]
    assert [p.kind for p in after.payments] == [PaymentKind.CAPTURE, PaymentKind.REFUND]
    await house.until(
        lambda o: any(w.fact is WriteBackFact.REFUNDED and w.state is WriteBackState.DONE for w in o.write_backs), ref
    )


@pytest.mark.fault(59)
async def test_a_part_and_then_the_rest(house: House) -> None:
    ref, state = await paid_order(house)
    await house.store.commit(ask_refund(state, CLOCK, Money(1000, "EUR")))
    after = await house.until(lambda order: refunded(order, 1000), ref)
    await house.store.commit(ask_refund(after, CLOCK))
    await house.until(lambda order: refunded(order, 3390), ref)
    assert given_back(house) == [1000, 2390]


@pytest.mark.fault(59)
async def test_a_lost_answer_is_looked_up_and_not_repeated(house: House) -> None:
    ref, state = await paid_order(house)
    await house.fault(house.lyra_url, operation="Transaction/CancelOrRefund", mode="do_then_cut", count=1)
    await house.store.commit(ask_refund(state, CLOCK, Money(1000, "EUR")))
    await house.until(lambda order: refunded(order, 1000), ref)
    assert given_back(house) == [1000]


@pytest.mark.fault(59)
async def test_a_call_that_never_arrived_is_made_again(house: House) -> None:
    ref, state = await paid_order(house)
    await house.fault(house.lyra_url, operation="Transaction/CancelOrRefund", mode="cut_before", count=1)
    await house.store.commit(ask_refund(state, CLOCK, Money(1000, "EUR")))
    await house.until(lambda order: refunded(order, 1000), ref)
    assert given_back(house) == [1000]


@pytest.mark.fault(59)
async def test_two_wishes_of_people_who_knew_nothing_of_each_other_are_not_more_than_was_paid(house: House) -> None:
    ref, state = await paid_order(house)
    for minor in (3000, 391):
        assert await house.store.commit(ask_refund(state, CLOCK, Money(minor, "EUR")))
        await house.until(lambda order: refunded(order, 3000), ref)
    after = await house.until(lambda order: any(s.state is StepState.PARKED for s in order.steps), ref)
    assert ["Only 3.90 EUR" in step.cause for step in after.steps if step.state is StepState.PARKED] == [True]
    assert given_back(house) == [3000]


@pytest.mark.fault(59)
async def test_a_wish_that_knew_nothing_of_another_one_is_carried_out_though_its_call_is_lost(house: House) -> None:
    ref, state = await paid_order(house)
    first, second = (ask_refund(state, CLOCK, Money(1000, "EUR"), key=key) for key in ("1", "2"))
    await house.store.commit(first)
    await house.until(lambda order: refunded(order, 1000), ref)
    await house.fault(house.lyra_url, operation="Transaction/CancelOrRefund", mode="cut_before", count=1)
    await house.store.commit(second)
    await house.until(lambda order: refunded(order, 2000), ref)
    assert given_back(house) == [1000, 1000]


@pytest.mark.parametrize(
    "amount", [Money(3391, "EUR"), Money(0, "EUR"), Money(-5, "EUR"), Money(5, "USD")], ids=lambda money: str(money)
)
async def test_a_wish_that_does_not_fit_changes_nothing(house: House, amount: Money) -> None:
    _, state = await paid_order(house)
    with pytest.raises(InvalidInput) as refusal:
        ask_refund(state, CLOCK, amount)
    assert (refusal.value.field, bool(refusal.value.cure)) == ("amount", True)


async def test_an_order_that_nobody_paid_has_nothing_to_refund(house: House) -> None:
    ref = house.shop.place_order(total="33.90")
    state = await house.until(lambda order: bool(told(order)), ref)
    with pytest.raises(InvalidInput, match="no such payment"):
        ask_refund(state, CLOCK)
    assert all(p.state is not PaymentState.DONE for p in state.payments)
