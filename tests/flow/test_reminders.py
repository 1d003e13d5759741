"""Reminders on the whole way: sent by the rules, and never again after a payment."""

from pathlib import Path

import pytest

from connector_core.domain.message import Purpose
from connector_core.domain.request import RequestState
from connector_core.settings import ShopBlock
from tests.flow.house import open_house, told

NEVER_QUIET = "00:00-00:00"


async def test_a_buyer_is_reminded_and_never_after_the_payment(tmp_path: Path) -> None:
    rules = {"reminders": ["1s", "2s", "5s"], "quiet_hours": NEVER_QUIET}
    async with open_house(tmp_path, **rules) as house:
        ref = house.shop.place_order(total="12.50")
        state = await house.until(lambda s: len(told(s, Purpose.REMINDER)) == 2, ref)
        assert len(state.links) == 1
        reminders = house.messages("reminder")
        assert len(reminders) == 2
        assert await house.pay(state.links[0].url) == 303
        await house.until(lambda s: bool(s.request and s.request.state is RequestState.PAID), ref)
        await house.settles(4.0)
        assert len(house.messages("reminder")) == 2


async def test_a_shop_without_rules_reminds_nobody(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        ref = house.shop.place_order(total="12.50")
        state = await house.until(lambda s: bool(told(s)), ref)
        assert not [step for step in state.steps if step.kind == "remind"]


@pytest.mark.parametrize("wrong", ["21-8", "25:00-08:00", "21:00"])
def test_quiet_hours_that_cannot_be_read_are_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="quiet_hours"):
        ShopBlock(name="Tea", psp="main", channels=["whatsapp"], quiet_hours=wrong)
