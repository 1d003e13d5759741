"""When a buyer is erased, and what is left of the order."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector_core.domain.errors import RetryLater
from connector_core.domain.event import EventType
from connector_core.domain.request import ERASED, LinkState, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.erase import _STAYS, ask_erase, erase, on_its_way
from connector_core.flow.stage import NOTHING
from tests.unit.flow.ledger import PORTS, REQUEST, link, message, order, step

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAID = replace(REQUEST, state=RequestState.PAID, closed_at=NOW, terms=replace(REQUEST.terms, name="Ann Example"))
ERASE = step(StepKind.ERASE, actor="anna", reason="")


def closed(*steps: Step, request: PaymentRequest = PAID) -> OrderState:
    state = order(link(state=LinkState.PAID), request=request, messages=(message("m1"),))
    return replace(state, steps=(*steps, ERASE))


def test_every_kind_of_step_was_thought_of() -> None:
    """What is about the buyer goes with them; a new kind is entered here, or in `_STAYS`."""
    about_buyer = {"track_message", "map_order", "notify", "remind", "send_message", "send_receipt"}
    assert {kind.value for kind in StepKind if kind not in _STAYS} == about_buyer


def test_it_is_asked_for_once_of_each_order() -> None:
    fresh, asked = order(), closed()
    (made,) = ask_erase([fresh, asked], NOW, "anna", "she has called").steps
    assert (made.order_id, made.kind, made.due_at) == (fresh.order.id, StepKind.ERASE, NOW)
    assert made.payload == {"actor": "anna", "reason": "she has called"}


async def test_an_open_request_is_cancelled_first_and_the_erasure_asked_for_again() -> None:
    state = closed(request=REQUEST)
    outcome = await erase(state, ERASE, PORTS)
    (request,) = [value for value in outcome.values if isinstance(value, PaymentRequest)]
    assert (request.state, request.cancelled_by) == (RequestState.CANCELLED, "anna")
    assert request.terms == REQUEST.terms
    (again,) = [one for one in outcome.steps if one.kind is StepKind.ERASE]
    assert (again.id != ERASE.id, again.payload) == (True, ERASE.payload)


async def test_retention_leaves_a_request_that_was_opened_again_alone() -> None:
    asked = step(StepKind.ERASE, actor="retention", unless_open=True)
    assert await erase(closed(request=REQUEST), asked, PORTS) == NOTHING


@pytest.mark.parametrize("kind", ["refund", "close_link", "track_payment", "create_link", "cancel", "settle"])
async def test_it_waits_for_money_and_paylinks(kind: str) -> None:
    waiting = step(StepKind(kind))
    assert on_its_way(closed(waiting))
    with pytest.raises(RetryLater):
        await erase(closed(waiting), ERASE, PORTS)
    assert not on_its_way(closed(replace(waiting, state=StepState.PARKED)))


def test_it_waits_for_a_message_of_which_nobody_knows_whether_it_went_out() -> None:
    sending = step(StepKind.SEND_MESSAGE, message_id="m1")
    assert on_its_way(closed(replace(sending, state=StepState.UNKNOWN)))
    assert not on_its_way(closed(sending))
    assert not on_its_way(closed(replace(step(StepKind.WRITE_BACK), state=StepState.UNKNOWN)))


async def test_copies_go_first_then_the_order_itself() -> None:
    forgotten: list[OrderState] = []

    async def forget(state: OrderState) -> None:
        forgotten.append(state)

    state = closed()
    outcome = await erase(state, ERASE, replace(PORTS, forget=[forget, forget]))
    assert forgotten == [state, state]
    after = state.with_values(outcome.values)
    assert after.order.erased_at == PORTS.clock.now()
    assert after.request is not None
    assert after.request.terms.phone == ERASED
    assert (after.request.state, after.request.closed_at) == (PAID.state, PAID.closed_at)
    assert after.messages[0].to == ERASED
    assert (after.links, after.payments) == (state.links, state.payments)
    (event,) = outcome.events
    assert (event.type, event.actor, event.cause) == (EventType.ORDER_ERASED, "anna", "")


async def test_what_is_about_the_buyer_goes_and_money_that_stopped_stays() -> None:
    gone = [step(StepKind.SEND_RECEIPT), replace(step(StepKind.MAP_ORDER), state=StepState.PARKED)]
    refund = replace(step(StepKind.REFUND, comment="for Ann"), state=StepState.PARKED, cause="Ann Example has moved")
    state = closed(*gone, refund)
    outcome = await erase(state, ERASE, PORTS)
    assert set(outcome.done) == {one.id for one in gone}
    (kept,) = outcome.steps
    assert (kept.id, kept.payload) == (refund.id, {"comment": ERASED})
    assert kept.cause == f"{ERASED} has moved"


async def test_an_order_without_a_request_is_erased_too() -> None:
    stopped = replace(step(StepKind.MAP_ORDER, record={"name": "Ann"}), state=StepState.PARKED)
    state = OrderState(order().order, steps=(stopped, ERASE))
    outcome = await erase(state, ERASE, PORTS)
    assert outcome.done == [stopped.id]
    assert [type(value).__name__ for value in outcome.values] == ["Order"]
