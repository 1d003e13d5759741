"""What a person or a program wants asked for: read, refused with the field and the way out, and never asked twice."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderRef, ShopId
from connector_core.domain.order import Order, OrderChange
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.flow.by_hand import DOCUMENT, ByHand, Wish, connection_of
from connector_core.mapping import MappingEngine, load_library
from tests.unit.flow.drafts import MemoryDrafts
from tests.unit.flow.ledger import NOW, ORDER, PORTS, REQUEST, Clock

SHOP = ORDER.shop
CONNECTION = connection_of(SHOP)
WISH = Wish("49.90", "EUR", "0151 23456789", region="DE", reference="1009")
CARD = "4970 1000 0000 0055"
WHO = "anna@shop.example"


class Desk:
    """Requests by hand over drafts in memory, with the mapping that is shipped."""

    def __init__(self) -> None:
        self.drafts = MemoryDrafts()
        self.published = 0
        mapper = MappingEngine(load_library(), {CONNECTION: "DE"}, {CONNECTION: DOCUMENT})
        self.by_hand = ByHand(self.drafts, mapper, PORTS.shops, Clock(), self._woken)

    def _woken(self) -> None:
        self.published += 1

    async def create(self, once: str = "", **fields: str) -> OrderRef:
        return await self.by_hand.create(SHOP, replace(WISH, **fields), WHO, once)

    def record(self) -> Mapping[str, Any]:
        (draft,) = self.drafts.drafts.values()
        return draft.record


@pytest.fixture
def desk() -> Desk:
    return Desk()


def state(reference: str = "1009", request: RequestState | None = RequestState.OPEN) -> OrderState:
    order = Order(ORDER.id, CONNECTION, OrderRef(reference), SHOP, reference, NOW)
    return OrderState(order, replace(REQUEST, state=request) if request else None)


async def refused(call: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        await call
    assert caught.value.cure
    return caught.value


async def test_a_wish_becomes_the_first_version_of_an_order_and_says_who_had_it(desk: Desk) -> None:
    assert await desk.create() == "1009"
    (event,) = desk.drafts.events
    assert (event.change, event.actor, event.record) == (OrderChange.RECEIVED, WHO, None)
    assert (event.connection, event.order_ref) == (CONNECTION, "1009")
    assert desk.published == 1


async def test_a_missing_reference_is_made_of_letters_that_nobody_confuses(desk: Desk) -> None:
    made = {await desk.create(reference="") for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch("H-[23456789ABCDEFGHJKMNPQRSTVWXYZ]{6}", one) for one in made)


async def test_a_made_reference_that_is_taken_gives_way_to_another(desk: Desk) -> None:
    first = await desk.create(once="a", reference="")
    taken = desk.drafts.drafts[CONNECTION, first]
    desk.drafts.drafts[CONNECTION, first] = replace(taken, record={**taken.record, "once": "somebody else"})
    second = await desk.create(once="a", reference="")
    assert second != first
    assert await desk.create(once="a", reference="") == second


async def test_the_same_reference_is_a_conflict_that_names_the_request(desk: Desk) -> None:
    await desk.create()
    why = await refused(desk.create())
    assert (why.status, why.field) == (409, "reference")
    assert "1009" in why.sentence
    assert len(desk.drafts.events) == 1


@pytest.mark.parametrize("reference", ["1009", ""])
async def test_what_broke_off_is_taken_up_under_the_same_name(desk: Desk, reference: str) -> None:
    """The draft was stored, and its answer was lost."""
    first = await desk.create(once="call-1", reference=reference)
    assert await desk.create(once="call-1", reference=reference) == first
    assert len(desk.drafts.events) == 1
    if reference:
        assert (await refused(desk.create(once="call-2"))).status == 409


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"currency": "EURO"}, "amount"),
        ({"currency": ""}, "amount"),
        ({"phone": "123"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"phone": "0151 23456789", "region": "XX"}, "phone"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "valid_until"),
        ({"valid_until": "soon"}, "valid_until"),
        ({"reference": "<script>"}, "reference"),
        ({"reference": "a\nb"}, "reference"),
        ({"reference": "x" * 51}, "reference"),
        ({"reference": CARD.replace(" ", "")}, "reference"),
        ({"reference": f"order {CARD}"}, "reference"),
    ],
)
async def test_a_wrong_field_is_named_with_the_way_out(desk: Desk, fields: dict[str, str], field: str) -> None:
    why = await refused(desk.create(**fields))
    assert (why.field, why.status) == (field, 422)
    assert ".yaml" not in str(why)
    assert "order" not in why.cure
    assert not desk.drafts.drafts


async def test_a_card_number_is_masked_before_it_is_kept(desk: Desk) -> None:
    await desk.create(description=f"Karte {CARD}", name=CARD, email=f"{CARD}@example.org")
    assert "0055" not in str(desk.record())
    await desk.by_hand.change(state(), {"description": CARD}, WHO)
    assert "0055" not in str(desk.record())


async def test_a_change_is_the_next_version(desk: Desk) -> None:
    await desk.create(name="Anna")
    terms = await desk.by_hand.change(state(), {"amount": "55.00"}, "api:till")
    assert str(terms.amount) == "55.00 EUR"
    assert (desk.record()["amount"], desk.record()["name"]) == ("55.00", "Anna")
    assert (desk.drafts.events[-1].change, desk.drafts.events[-1].actor) == (OrderChange.CHANGED, "api:till")
    assert len({event.id for event in desk.drafts.events}) == 2


@pytest.mark.parametrize("ended", [RequestState.PAID, RequestState.EXPIRED, RequestState.CANCELLED])
async def test_what_is_not_open_any_more_is_not_changed(desk: Desk, ended: RequestState) -> None:
    await desk.create()
    assert (await refused(desk.by_hand.change(state(request=ended), {"amount": "1"}, WHO))).status == 409
    assert len(desk.drafts.events) == 1


async def test_the_reference_is_what_it_was(desk: Desk) -> None:
    await desk.create()
    why = await refused(desk.by_hand.change(state(), {"reference": "2"}, WHO))
    assert (why.field, why.status) == ("reference", 422)


async def test_of_two_who_change_it_at_once_one_is_told(desk: Desk) -> None:
    await desk.create()
    draft = desk.drafts.drafts[CONNECTION, OrderRef("1009")]
    later = replace(draft, version=2)

    async def overtaken(*_about: object) -> object:
        desk.drafts.drafts[CONNECTION, OrderRef("1009")] = later
        return draft

    desk.drafts.draft = overtaken  # type: ignore[method-assign,assignment] # somebody else in between
    assert (await refused(desk.by_hand.change(state(), {"amount": "1"}, WHO))).status == 409


async def test_cancelling_withdraws_once_whatever_its_end(desk: Desk) -> None:
    await desk.create(valid_until="2026-11-23T10:00:00Z")
    desk.by_hand._clock = type("Later", (Clock,), {"now": lambda _: NOW + timedelta(days=9)})()
    await desk.by_hand.cancel(state(), WHO)
    await desk.by_hand.cancel(state(), WHO)
    assert [event.change for event in desk.drafts.events] == [OrderChange.RECEIVED, OrderChange.WITHDRAWN]
    assert desk.drafts.events[-1].actor == WHO
    cancelled = state(request=None)
    assert (await refused(desk.by_hand.change(cancelled, {"amount": "1"}, WHO))).status == 409


async def test_asked_anew_it_gets_an_end_that_lies_ahead(desk: Desk) -> None:
    await desk.create(valid_until="2026-11-24T00:00:00Z")
    await desk.by_hand.reissue(state(request=RequestState.EXPIRED), WHO)
    assert desk.record()["valid_until"] == ""
    assert desk.drafts.events[-1].send_again
    ahead = datetime(2026, 12, 1, tzinfo=UTC).isoformat()
    await desk.by_hand.reissue(state(request=RequestState.EXPIRED), WHO, ahead)
    assert desk.record()["valid_until"] == ahead
    past = desk.by_hand.reissue(state(request=RequestState.EXPIRED), WHO, "2020-01-01T00:00:00Z")
    assert (await refused(past)).field == "valid_until"


async def test_an_order_of_another_system_is_left_to_it(desk: Desk) -> None:
    why = await refused(desk.by_hand.change(state("of the shop"), {"amount": "1"}, WHO))
    assert why.status == 409
    assert "another system" in why.sentence


async def test_a_shop_that_is_not_there_any_more_is_told(desk: Desk) -> None:
    why = await refused(desk.by_hand.create(ShopId("gone"), WISH, WHO))
    assert (why.field, why.status) == ("shop", 422)
