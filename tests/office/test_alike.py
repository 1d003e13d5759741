"""After the cause is gone, one click tries again whatever stopped for it (faults.md 55)."""

import asyncio
import re

import pytest

from connector_core.adapters.web.office import alike_pages
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from tests.flow.house import told
from tests.office.conftest import Front


async def stopped(front: Front, count: int) -> list[str]:
    """Orders whose message WhatsApp did not accept."""
    await front.house.fault(front.house.phone_url, operation="send", mode="error_code", code=132005, count=count)
    refs = [front.house.shop.place_order() for _ in range(count)]
    for ref in refs:
        await front.house.until(is_stopped, ref)
    return refs


def is_stopped(state: OrderState) -> bool:
    return any(step.state is StepState.PARKED for step in state.steps)


async def group(front: Front, count: int) -> dict[str, str]:
    """The form of the one group on the page, as soon as it has so many."""
    for _ in range(100):
        _, text = await front.visitor.get("/attention")
        if f"{count} ×" in text:
            break
        await asyncio.sleep(0.05)
    names = re.findall(r'name="alike" value="(\w+)"', text)
    assert len(names) == 1, text
    return {"alike": names[0]}


@pytest.mark.parametrize("at_once", [25, 2])
async def test_one_click_tries_all_again(front: Front, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(alike_pages, "_AT_ONCE", at_once)
    refs = await stopped(front, 3)
    form = await group(front, 3)
    for expected in ("2 / 3", "3 / 3") if at_once == 2 else ("3 / 3",):
        status, text = await front.visitor.post_from({"HX-Request": "true"}, "/attention/retry", **form)
        assert (status, expected in text) == (200, True)
        form = dict(re.findall(r'name="(alike|before|done)" value="([^"]*)"', text))
    assert form == {}
    for ref in refs:
        await front.house.until(lambda s: bool(told(s)), ref)
    assert len(front.house.messages("paylink")) == 3
    assert 'name="alike"' not in (await front.visitor.get("/attention"))[1]
    assert (await front.visitor.get("/audit"))[1].count("request.retry") == 3


async def test_what_stops_again_is_not_tried_for_ever(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike_pages, "_AT_ONCE", 1)
    refs = [front.house.shop.place_order(billing={"phone": "123"}) for _ in range(2)]
    for ref in refs:
        await front.house.until(is_stopped, ref)
    form, clicks = await group(front, 2), 0
    while form:
        _, text = await front.visitor.post_from({"HX-Request": "true"}, "/attention/retry", **form)
        form, clicks = dict(re.findall(r'name="(alike|before|done)" value="([^"]*)"', text)), clicks + 1
        await front.house.settles()
    assert clicks == 2
    assert (await front.visitor.get("/audit"))[1].count("request.retry") == 2
    assert await group(front, 2)


async def test_a_form_that_cannot_be_read_is_refused_in_words(front: Front) -> None:
    status, text = await front.visitor.post("/attention/retry", alike="x", before="yesterday")
    assert (status, "cannot be read" in text) == (422, True)
    assert (await front.visitor.post("/attention/retry", alike="x"))[0] == 303
