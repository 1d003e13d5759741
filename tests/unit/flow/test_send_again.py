"""A person in the merchant's system wants the buyer asked once more."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from connector_core.domain.cloudevent import decode_order_event, encode_order_event
from connector_core.domain.message import Delivery, Purpose
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.domain.request import LinkState, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind
from connector_core.flow.intake import hint, order_event
from connector_core.flow.map_order import map_order
from connector_core.flow.stage import Outcome
from connector_core.ports.mapper import Mapped
from tests.unit.flow.ledger import EARLIER, NOW, ORDER, PORTS, REQUEST, link, message, order, step

EVENT = OrderEvent(
    "e-1", "/erp", ORDER.connection, ORDER.order_ref, OrderChange.CHANGED, NOW, document="odoo.sale_order"
)
WISH = replace(EVENT, send_again=True)
ENDED = replace(REQUEST, state=RequestState.EXPIRED, closed_at=EARLIER)


class SameTerms:
    def map(self, *_about: object) -> Mapped:
        return Mapped("woocommerce.order@1", "2", ORDER.number, terms=REQUEST.terms)


PORTS_OF_MAPPER = replace(PORTS, mapper=cast(Any, SameTerms()))


async def mapped(state: OrderState, **payload: Any) -> Outcome:
    about: Mapping[str, Any] = {"document": "", "record": {"id": 15}, **payload}
    return await map_order(state, step(StepKind.MAP_ORDER, **about), PORTS_OF_MAPPER)


def purposes(outcome: Outcome) -> list[Purpose]:
    return [value.purpose for value in outcome.values if hasattr(value, "purpose")]


@pytest.mark.parametrize("event", [EVENT, WISH, replace(EVENT, actor="anna@shop.example")])
def test_the_wish_and_who_has_it_travel_with_the_event(event: OrderEvent) -> None:
    assert decode_order_event(encode_order_event(event)) == event
    assert order_event(hint(event)) == event


async def test_same_terms_are_sent_again_only_when_a_person_wants_it() -> None:
    told = order(link(), messages=(message(),))
    assert purposes(await mapped(told)) == []
    assert purposes(await mapped(told, ask_again=True)) == []
    assert purposes(await mapped(told, send_again=True)) == [Purpose.REMINDER]


async def test_the_timeline_names_who_has_changed_the_order() -> None:
    ended = order(link(state=LinkState.EXPIRED), request=ENDED)
    outcome = await mapped(ended, send_again=True, actor="anna@shop.example")
    assert {event.actor for event in outcome.events} == {"anna@shop.example"}
    assert {event.actor for event in (await mapped(ended, send_again=True)).events} == {"connector"}


async def test_whoever_was_never_reached_gets_the_first_message() -> None:
    told = order(link(), messages=(message(delivery=Delivery.FAILED),))
    assert purposes(await mapped(told, send_again=True)) == [Purpose.PAYLINK]


async def test_second_click_is_no_second_wish() -> None:
    now = replace(message(), created_at=NOW - timedelta(seconds=20))
    assert purposes(await mapped(order(link(), messages=(now,)), send_again=True)) == []


@pytest.mark.parametrize(("payload", "state"), [({}, None), ({"send_again": True}, RequestState.OPEN)])
async def test_what_has_expired_is_asked_for_anew(payload: Mapping[str, Any], state: RequestState | None) -> None:
    outcome = await mapped(order(link(state=LinkState.EXPIRED), request=ENDED), **payload)
    asked = [value.state for value in outcome.values if isinstance(value, PaymentRequest)]
    assert asked == ([state] if state else [])
    assert purposes(outcome) == []  # the new PayLink is sent once it is made
