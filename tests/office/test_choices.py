"""What people set on pages: paused connections, rules of a shop, filters, and the terms of a request."""

import re

import pytest

from connector_core.domain.message import HANDED_OVER, Delivery, Purpose
from connector_core.domain.step import StepKind
from tests.flow.house import House, told
from tests.office.conftest import Front
from tests.office.test_by_hand import sent

BLOCK = "connections.shop"
RULES = {"name": "Tee & Mehr", "link_validity": "2d", "reminders": "1d, 12h", "last_call": "3h", "channels": "whatsapp",
         "payment_methods": "cards, IDEAL"}  # fmt: skip


async def test_a_paused_connection_is_not_read_until_it_goes_on_and_nothing_is_lost(front: Front) -> None:
    house, visitor = front.house, front.visitor
    await visitor.get("/setup")
    assert (await visitor.post(f"/setup/pause/{BLOCK}"))[0] == 303
    assert "paused by a person" in (await visitor.get("/setup"))[1]
    assert "anna@shop.example" in (await visitor.get("/attention"))[1]
    ref = house.shop.place_order(total="12.50")
    await house.settles(2.5)
    assert house.messages() == []
    assert (await visitor.post(f"/setup/pause/{BLOCK}"))[0] == 303  # a second click changes nothing
    assert (await visitor.post(f"/setup/resume/{BLOCK}"))[0] == 303
    house.daemon._pauses.hold(())
    again = house.shop.place_order(total="13.50")
    await house.until(lambda s: bool(told(s)), again)
    audit = (await visitor.get("/audit"))[1]
    assert audit.count("connection.paused") == 1
    assert audit.count("connection.resumed") == 1
    state = await house.order(ref)
    assert state is not None
    assert state.steps or told(state)  # it waits for its next look, or has gone


async def test_what_was_paused_stays_so_over_a_restart(front: Front) -> None:
    house, visitor = front.house, front.visitor
    await visitor.get("/setup")
    await visitor.post(f"/setup/pause/{BLOCK}")
    await house.daemon.stop()
    await house.start_daemon()
    assert house.daemon._pauses.is_held(BLOCK)


async def test_only_a_merchants_system_can_be_paused(front: Front) -> None:
    await front.visitor.get("/setup")
    assert (await front.visitor.post("/setup/pause/psp.main"))[0] == 404
    assert (await front.visitor.post("/setup/pause/connections.nobody"))[0] == 404


async def test_rules_of_a_shop_hold_from_now_on(front: Front) -> None:
    house, visitor = front.house, front.visitor
    version = await version_of(front)
    assert await visitor.post("/shops/main", version=version, **RULES) == (303, "/office/shops/main?done=1")
    state = await sent(front, reference="1009")
    shop = house.daemon._peers.shops[state.order.shop]
    assert (shop.name, shop.payment_methods) == ("Tee & Mehr", ("CARDS", "IDEAL"))
    assert "Tee & Mehr" in house.messages("paylink")[0].text
    assert [step.kind for step in state.steps].count(StepKind.REMIND) == 1
    _, text = await visitor.get("/shops/main")
    assert 'value="12h, 1d"' in text
    assert "shop.changed" in (await visitor.get("/audit"))[1]
    status, answer = await visitor.post("/shops/main", version=version, **RULES)
    assert (status, "Somebody else has just changed" in answer) == (409, True)
    assert (await visitor.post("/shops/main", version="1", reset="1"))[0] == 303
    assert house.daemon._peers.shops[state.order.shop].name == "Weinhaus Mosel"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 61),
        ("link_validity", ""),
        ("link_validity", "soon"),
        ("link_validity", "181d"),
        ("reminders", "1d, 2d, 3d, 4d, 5d, 6d"),
        ("reminders", "0h"),
        ("last_call", "1h, 2h"),
        ("channels", ""),
        ("channels", "pigeon"),
        ("payment_methods", "<script>"),
    ],
)
async def test_a_rule_that_cannot_be_is_shown_and_changes_nothing(front: Front, field: str, value: str) -> None:
    status, text = await front.visitor.post("/shops/main", version=await version_of(front), **{**RULES, field: value})
    assert status == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid', text)
    assert "nothing was changed" in text
    assert front.house.daemon._peers.shops[next(iter(front.house.daemon._peers.shops))].name == "Weinhaus Mosel"


async def version_of(front: Front) -> str:
    _, text = await front.visitor.get("/shops/main")
    found = re.search(r'name="version" value="(\d+)"', text)
    assert found
    return found[1]


async def test_a_filter_is_kept_under_a_name_of_ones_own(front: Front) -> None:
    visitor = front.visitor
    assert await visitor.post("/filters", name="Paid", query="text=&state=paid&evil=1") == (303, "/office?state=paid")
    _, text = await visitor.get("?state=paid")
    assert 'href="/office?state=paid" aria-current="true">Paid</a>' in text
    assert (await visitor.post("/filters", name="Paid", query="state=open"))[0] == 303
    assert "/office?state=paid" not in (await visitor.get(""))[1]
    assert (await visitor.post("/filters", name="", query="state=paid"))[0] == 422
    assert (await visitor.post("/filters", name="x", query="state=nonsense"))[0] == 422
    assert (await visitor.post("/filters/drop", name="Paid"))[0] == 303
    assert "/office?state=open" not in (await visitor.get(""))[1]
    for number in range(20):
        assert (await visitor.post("/filters", name=f"f{number}", query="state=paid"))[0] == 303
    assert (await visitor.post("/filters", name="one more", query="state=paid"))[0] == 422


async def test_amount_and_end_are_changed_on_the_page_and_the_buyer_is_told(front: Front) -> None:
    state = await sent(front, reference="1010")
    path = f"/requests/{state.order.id}"
    assert await front.visitor.post(f"{path}/change", amount="59,90") == (303, f"/office{path}?done=change")
    changed = await front.house.until(lambda s: bool(told(s, Purpose.CHANGED)), "1010")
    assert changed.request is not None
    assert str(changed.request.terms.amount) == "59.90 EUR"
    status, text = await front.visitor.post(f"{path}/change", amount="")
    assert (status, "Nothing was filled in" in text) == (422, True)
    status, text = await front.visitor.post(f"{path}/change", until="2020-01-01")
    assert (status, "lies in the past" in text) == (422, True)


async def test_an_order_of_another_system_is_changed_there(front: Front) -> None:
    ref = front.house.shop.place_order(total="12.50")
    state = await front.house.until(lambda s: bool(told(s)), ref)
    assert "/change" not in (await front.visitor.get(f"/requests/{state.order.id}"))[1]
    status, text = await front.visitor.post(f"/requests/{state.order.id}/change", amount="1")
    assert (status, "belongs to an order of another system" in text) == (409, True)


async def test_what_a_person_hands_over_is_noted(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    state = await sent(front, reference="1011")
    path = f"/requests/{state.order.id}"
    status, text = await front.visitor.post(f"{path}/hand-over")
    assert (status, "within the last minute" in text) == (409, True)
    monkeypatch.setattr("connector_core.flow.notify.PAUSE", state.request.created_at - state.request.created_at)  # type: ignore[union-attr] # it has one
    assert await front.visitor.post(f"{path}/hand-over") == (303, f"/office{path}?done=hand_over")
    noted = await front.house.until(lambda s: any(m.channel == HANDED_OVER for m in s.messages), "1011")
    assert noted.messages[-1].delivery is Delivery.ACCEPTED
    assert len(front.house.messages()) == 1


async def test_nothing_of_a_house_is_left_paused(house: House) -> None:
    """What a house is given in the beginning: nobody has set anything."""
    assert house.daemon._peers.shops.versions == {}
    assert not house.daemon._pauses.is_held(BLOCK)
