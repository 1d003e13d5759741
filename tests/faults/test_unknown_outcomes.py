"""Peers that fail, hang up or answer nonsense: asked once, booked once (faults.md 24 to 31, 46 to 56)."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector_core.domain.message import Delivery, Purpose
from connector_core.domain.payment import WriteBackState
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from tests.flow.house import House, open_house, told


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def reached(state: OrderState) -> bool:
    """The buyer has the PayLink, whether we were answered or heard of it by a status."""
    return any(message.delivery.rank >= Delivery.SENT.rank for message in state.messages)


def booked(state: OrderState) -> bool:
    return bool(state.write_backs) and all(w.state is WriteBackState.DONE for w in state.write_backs)


@pytest.mark.fault(24, 25, 26, 30)
@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "do_then_cut"},
        {"mode": "cut_before"},
        {"mode": "http_500"},
        {"mode": "http_429", "seconds": 1},
        {"mode": "truncated"},
        {"mode": "html"},
    ],
    ids=lambda fault: str(fault["mode"]),
)
async def test_the_psp_fails_while_it_makes_the_link(house: House, fault: dict[str, object]) -> None:
    """However often the PSP was asked, the buyer is told of one link, and no two were ever payable at once."""
    await house.fault(house.lyra_url, operation="Charge/CreatePaymentOrder", count=1, **fault)
    ref = house.shop.place_order(total="20.00")
    state = await house.until(reached, ref)
    made = house.lyra.ledger.orders
    assert [link.state for link in state.links] in ([LinkState.OPEN], [LinkState.LOST, LinkState.OPEN])
    assert len({order.order_id for order in made}) == len(made)
    assert all(before.expires_at <= after.created_at for before, after in itertools.pairwise(made))
    assert len(house.messages("paylink")) == 1
    assert house.messages("paylink")[0].button_url == state.links[-1].url
    assert await house.pay(state.links[-1].url) == 303
    await house.until(booked, ref)


@pytest.mark.fault(46)
async def test_the_messenger_hangs_up_after_it_has_sent(house: House) -> None:
    """Its status carries our own id back: the message is known to be sent, and not repeated (faults.md 46)."""
    await house.fault(house.phone_url, operation="send", mode="do_then_cut", count=1)
    ref = house.shop.place_order(total="20.00")
    await house.until(reached, ref)
    await house.settles(3)
    assert len(house.messages()) == 1


@pytest.mark.fault(46)
async def test_the_messenger_says_nothing_at_all(house: House) -> None:
    """No answer and no status: one repeat, with the same link."""
    await house.fault(house.phone_url, operation="send", mode="cut_before", count=1)
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    assert [message.purpose for message in state.messages] == [Purpose.PAYLINK] * len(state.messages)
    assert len({message.url for message in state.messages}) == 1
    assert len(house.messages()) == 1


@pytest.mark.fault(48)
async def test_the_messenger_asks_for_a_pause(house: House) -> None:
    await house.fault(house.phone_url, operation="send", mode="http_429", seconds=1, count=1)
    ref = house.shop.place_order(total="20.00")
    await house.until(reached, ref)
    assert len(house.messages()) == 1


@pytest.mark.fault(47)
async def test_a_number_that_is_not_on_whatsapp_is_parked_for_a_person(house: House) -> None:
    await house.fault(house.phone_url, operation="status", mode="fail", code=131026, count=1)
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: any(s.state is StepState.PARKED for s in order.steps), ref)
    parked = next(step for step in state.steps if step.state is StepState.PARKED)
    assert "could not deliver" in parked.cause
    assert "telephone number" in parked.cure
    assert len(house.messages()) == 1


@pytest.mark.fault(56)
async def test_the_shop_hangs_up_after_it_has_booked(house: House) -> None:
    """One payment and one note, though the call was made twice (faults.md 56)."""
    ref = house.shop.place_order(total="20.00")
    state = await house.until(reached, ref)
    await house.fault(house.shop.url, kind="do_then_cut", match="PUT", times=1)
    await house.pay(state.links[0].url)
    await house.until(booked, ref)
    assert len(house.shop.paid_orders()[ref]) == 1
    notes = [note["note"] for note in house.shop.order(ref)["notes"]]
    assert sum("PayLink" in note for note in notes) == 1


async def test_the_shop_is_down_when_its_order_is_read(house: House) -> None:
    await house.fault(house.shop.url, kind="error", match="GET", times=3)
    ref = house.shop.place_order(total="20.00")
    await house.until(reached, ref)
    assert len(house.messages()) == 1


@pytest.mark.fault(54)
async def test_the_shop_is_down_when_it_is_told(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    state = await house.until(reached, ref)
    await house.fault(house.shop.url, kind="error", match="/wp-json/", times=2)
    await house.pay(state.links[0].url)
    await house.until(booked, ref)
    assert len(house.shop.paid_orders()[ref]) == 1


async def test_a_restart_in_the_middle_loses_nothing(house: House) -> None:
    refs = [house.shop.place_order(total="20.00") for _ in range(10)]
    await house.daemon.stop()
    await house.start_daemon()
    for ref in refs:
        await house.until(reached, ref)
    assert len(house.messages()) == len(refs)
    assert len(house.lyra.ledger.orders) == len(refs)
