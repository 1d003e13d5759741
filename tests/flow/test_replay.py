"""A person lets an order walk again: what was parked goes out anew, what has expired is asked for anew."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.errors import Rejected
from connector_core.domain.message import Purpose
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.flow.replay import replay
from connector_core.ports.store import Batch
from tests.flow.house import House, open_house, told


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def parked(state: OrderState) -> bool:
    return any(step.state is StepState.PARKED for step in state.steps)


async def walk_again(house: House, state: OrderState, stage: str) -> None:
    outcome = replay(state, stage, SystemClock())
    await house.store.commit(Batch(outcome.values, outcome.events, outcome.steps, outcome.done))


async def test_a_message_that_failed_is_sent_anew(house: House) -> None:
    await house.fault(house.phone_url, operation="status", mode="fail", code=131026, count=1)
    ref = house.shop.place_order(total="20.00")
    state = await house.until(parked, ref)
    await walk_again(house, state, "parked")
    again = await house.until(lambda order: len(told(order)) == 2, ref)
    assert not parked(again)
    assert {message.button_url for message in house.messages()} == {state.links[0].url}


async def test_a_request_that_expired_is_asked_anew_when_a_person_wants_it(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    first = await house.until(lambda order: bool(told(order)), ref)
    await house.lyra_expire(first.links[0].psp_link)
    expired = await house.until(lambda o: o.request is not None and o.request.state is RequestState.EXPIRED, ref)
    await walk_again(house, expired, "map")
    again = await house.until(lambda order: bool(told(order, Purpose.CHANGED)), ref)
    assert [link.state for link in again.links] == [LinkState.EXPIRED, LinkState.OPEN]
    assert await house.pay(again.links[1].url) == 303
    await house.until(lambda order: order.request is not None and order.request.state is RequestState.PAID, ref)


async def test_where_nothing_is_parked_there_is_nothing_to_replay(house: House) -> None:
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    with pytest.raises(Rejected, match="nothing to replay"):
        replay(state, "parked", SystemClock())
