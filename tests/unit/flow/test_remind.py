"""A buyer is reminded by the shop's rules, and never of what is paid, closed or on its way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.phone import E164
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.shop import QuietHours
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind
from connector_core.flow.remind import remind
from connector_core.flow.stage import NOTHING, Ports
from tests.unit.flow.ledger import NOW, ORDER, PORTS, REQUEST, Clock, link, message, order, step

HOUR = timedelta(hours=1)
DUE = step(StepKind.REMIND, link_id="a", nth=0)
TOLD = message(delivery=Delivery.READ)
BEFORE = replace(TOLD, created_at=NOW - 25 * HOUR)


def ports(now: datetime = NOW, **rules: Any) -> Ports:
    class At(Clock):
        def now(self) -> datetime:
            return now

    shop = replace(PORTS.shops[ORDER.shop], **{"reminders": (24 * HOUR, 48 * HOUR), **rules})
    return replace(PORTS, clock=At(), shops={shop.id: shop})


def asked(*links: Any, **changes: Any) -> OrderState:
    made = replace(link(), created_at=NOW - 24 * HOUR)
    return order(*(links or (made,)), request=replace(REQUEST, **changes), messages=(BEFORE,))


async def test_the_buyer_is_reminded_once_and_the_next_time_is_known() -> None:
    outcome = await remind(asked(), DUE, ports())
    (sent,) = [value for value in outcome.values if isinstance(value, Message)]
    assert (sent.purpose, sent.delivery, sent.channel) == (Purpose.REMINDER, Delivery.QUEUED, "whatsapp")
    sending, following = sorted(outcome.steps, key=lambda one: one.kind != StepKind.SEND_MESSAGE)
    assert (sending.kind, following.kind) == (StepKind.SEND_MESSAGE, StepKind.REMIND)
    assert (following.due_at, following.payload) == (NOW + 24 * HOUR, {"link_id": "a", "nth": 1})


async def test_the_last_reminder_is_followed_by_none() -> None:
    outcome = await remind(asked(), step(StepKind.REMIND, link_id="a", nth=1), ports())
    assert [one.kind for one in outcome.steps] == [StepKind.SEND_MESSAGE]
    gone = await remind(asked(), DUE, ports(reminders=()))  # the rules were changed meanwhile
    assert [one.kind for one in gone.steps] == [StepKind.SEND_MESSAGE]


@pytest.mark.parametrize(
    "state",
    [
        order(request=None),
        asked(state=RequestState.PAID),
        asked(state=RequestState.CANCELLED),
        asked(state=RequestState.EXPIRED),
        asked(link(state=LinkState.CLOSED)),
        asked(link(state=LinkState.WANTED)),
        asked(link("b")),
    ],
)
async def test_nobody_is_reminded_of_what_cannot_be_paid_or_of_another_paylink(state: OrderState) -> None:
    assert await remind(state, DUE, ports()) == NOTHING


async def test_nobody_is_reminded_against_their_will() -> None:
    async def everybody(_phone: E164) -> bool:
        return True

    assert await remind(asked(), DUE, replace(ports(), opted_out=everybody)) == NOTHING


@pytest.mark.parametrize("money", [{"pending": 3390}, {"captured": 100}])
async def test_money_on_its_way_is_waited_for(money: Mapping[str, int]) -> None:
    assert await later(asked(**money), ports()) == NOW + HOUR


async def test_who_was_not_reached_yet_is_looked_at_again() -> None:
    failed = replace(asked(), messages=(replace(BEFORE, delivery=Delivery.FAILED),))
    assert await later(failed, ports()) == NOW + HOUR


async def test_it_keeps_its_distance_from_the_message_before() -> None:
    just_now = replace(asked(), messages=(replace(BEFORE, created_at=NOW - timedelta(minutes=20)),))
    assert await later(just_now, ports()) == NOW + timedelta(minutes=40)
    close = await remind(just_now, DUE, ports(reminders=(timedelta(minutes=10),)))
    assert [one.kind for one in close.steps] == [StepKind.SEND_MESSAGE]


async def test_quiet_hours_are_those_of_the_buyer() -> None:
    at_night = NOW.replace(hour=22, minute=0, second=0)  # 23:00 in Berlin, 17:00 in New York
    assert await later(asked(), ports(at_night)) == at_night + 9 * HOUR
    there = replace(REQUEST.terms, phone=E164("+12025550123"))
    outcome = await remind(asked(terms=there), DUE, ports(at_night))
    assert StepKind.SEND_MESSAGE in [one.kind for one in outcome.steps]
    never_quiet = ports(at_night, quiet_hours=QuietHours(*[at_night.time().replace(hour=0)] * 2))
    assert StepKind.SEND_MESSAGE in [one.kind for one in (await remind(asked(), DUE, never_quiet)).steps]


async def later(state: OrderState, given: Ports) -> datetime:
    """When it is tried again; nothing is sent now."""
    outcome = await remind(state, DUE, given)
    assert (list(outcome.values), list(outcome.events)) == ([], [])
    (again,) = outcome.steps
    assert (again.kind, again.payload) == (StepKind.REMIND, DUE.payload)
    return again.due_at
