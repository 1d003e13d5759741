"""Nothing is parked unseen: a person lists, looks, retries or gives up, with `paylink parked`."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector_core.domain.event import EventType
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from tests.flow.house import House, open_house, told


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def parked(state: OrderState) -> bool:
    return any(step.state is StepState.PARKED for step in state.steps)


async def without_phone(house: House) -> tuple[str, str]:
    """The reference of an order that is parked, and the id of its step."""
    ref = house.shop.place_order(total="20.00", billing={"phone": "", "country": "DE"})
    state = await house.until(parked, ref)
    return ref, next(step.id for step in state.steps if step.state is StepState.PARKED)


@pytest.mark.fault(64)
async def test_a_parked_order_is_listed_with_cause_and_cure(house: House) -> None:
    ref, step = await without_phone(house)
    said = re.sub(r"\s+", " ", await house.command("parked", "show", step))
    assert "no telephone number" in said
    assert "Cure:" in said
    assert step[:8] in await house.command("parked", "list")
    assert not house.messages()
    assert ref


async def test_after_the_cure_a_retry_makes_the_order_walk(house: House) -> None:
    await house.fault(house.phone_url, operation="status", mode="fail", code=131026, count=1)
    ref = house.shop.place_order(total="20.00")
    await house.until(parked, ref)
    assert "1 step(s)" in await house.command("parked", "retry", "--all")
    state = await house.until(lambda order: len(told(order)) == 2 and not parked(order), ref)
    assert state.request is not None
    assert "Nothing is parked" in await house.command("parked", "list")


async def test_giving_up_needs_a_reason_which_the_timeline_keeps(house: House) -> None:
    ref, step = await without_phone(house)
    await house.command("parked", "close", step, code=2)
    await house.command("parked", "close", step[:20], "--reason", "the buyer paid in cash")
    state = await house.order(ref)
    assert state is not None
    assert not parked(state)
    events = await house.store.timeline(state.order.id)
    assert [e.cause for e in events if e.type is EventType.STEP_CLOSED] == ["the buyer paid in cash"]


async def test_a_name_that_fits_no_step_changes_nothing(house: House) -> None:
    await without_phone(house)
    assert "0 parked steps" in await house.command("parked", "retry", "ffffffff", code=1)
    assert step_count(await house.command("parked", "list")) == 1


def step_count(listing: str) -> int:
    return len(re.findall(r"map_order", listing))


async def test_a_refund_by_command_is_asked_for_once(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    await house.pay(state.links[0].url)
    await house.until(lambda order: order.request is not None and order.request.captured == 2000, ref)
    assert "The refund is due" in await house.command("refund", ref)
    await house.until(lambda order: order.request is not None and order.request.refunded == 2000, ref)
    assert "nothing" in (await house.command("refund", ref, "--amount", "5.00", code=1)).lower()
    assert "digits" in await house.command("refund", ref, "--amount", "5,00", code=1)
