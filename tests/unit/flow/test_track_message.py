"""What a messenger reports: the highest rank wins, and a message that failed goes over the next channel."""

from dataclasses import replace
from itertools import permutations

import pytest

from connector_core.domain.event import EventType
from connector_core.domain.ids import StepId
from connector_core.domain.message import Delivery, MessageStatus, Purpose
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind, StepState
from connector_core.flow.stage import NOTHING, Outcome
from connector_core.flow.track_message import STATUS, track_message
from tests.unit.flow.ledger import NOW, PORTS, REQUEST, message, order, status, step

RANKS = list(Delivery)


async def tracked(state: OrderState, report: MessageStatus) -> Outcome:
    payload = STATUS.dump_python(report, mode="json")
    return await track_message(state, step(StepKind.TRACK_MESSAGE, status=payload), PORTS)


async def test_a_status_is_kept_and_told() -> None:
    outcome = await tracked(order(messages=(message(),)), status(Delivery.DELIVERED, error_code="0"))
    assert list(outcome.values) == [replace(message(), delivery=Delivery.DELIVERED, updated_at=NOW)]
    (event,) = outcome.events
    assert (event.type, event.subject) == (EventType.MESSAGE_STATUS, "m1")
    assert event.data.items() >= {
        "purpose": Purpose.PAYLINK, "channel": "whatsapp", "delivery": Delivery.DELIVERED, "code": "0",
    }.items()  # fmt: skip
    assert (outcome.steps, outcome.parked) == ((), None)


@pytest.mark.fault(50)
@pytest.mark.parametrize("known", RANKS)
@pytest.mark.parametrize("reported", [Delivery.SENT, Delivery.DELIVERED, Delivery.READ])
async def test_only_a_higher_rank_changes_anything(known: Delivery, reported: Delivery) -> None:
    outcome = await tracked(order(messages=(message(delivery=known),)), status(reported))
    assert (outcome == NOTHING) == (RANKS.index(reported) <= RANKS.index(known))


@pytest.mark.fault(50)
async def test_in_any_order_it_comes_to_the_same() -> None:
    for reports in permutations([Delivery.SENT, Delivery.READ, Delivery.DELIVERED, Delivery.SENT]):
        state = order(messages=(message(),))
        for report in reports:
            state = state.with_values((await tracked(state, status(report))).values)
        assert state.messages[0].delivery is Delivery.READ


@pytest.mark.fault(46)
async def test_our_own_id_finds_a_message_whose_answer_was_lost() -> None:
    lost = message("m2", Delivery.QUEUED, provider_id="")
    state = order(messages=(message("m1"), lost))
    after = state.with_values((await tracked(state, status(Delivery.SENT, "wamid-new", attempt_id="m2"))).values)
    assert after.messages == (
        message("m1"),
        replace(lost, delivery=Delivery.SENT, provider_id="wamid-new", updated_at=NOW),
    )


async def test_the_id_that_the_messenger_gave_first_is_kept() -> None:
    state = order(messages=(message(),))
    after = state.with_values((await tracked(state, status(Delivery.SENT, "wamid-2", attempt_id="m1"))).values)
    assert after.messages[0].provider_id == "wamid-m1"


@pytest.mark.parametrize("attempt", ["", "m9"])
async def test_a_status_of_no_message_of_this_order_changes_nothing(attempt: str) -> None:
    unsent = message("m2", Delivery.QUEUED, provider_id="")
    for provider_id in ("wamid-x", ""):
        report = status(Delivery.READ, provider_id, attempt_id=attempt)
        assert await tracked(order(messages=(message(), unsent)), report) == NOTHING


@pytest.mark.fault(47)
async def test_a_message_that_failed_goes_over_the_next_channel() -> None:
    state = order(messages=(message(),))
    outcome = await tracked(state, status(Delivery.FAILED, error_code="131026", error="not on WhatsApp"))
    after = state.with_values(outcome.values)
    assert [(m.channel, m.delivery) for m in after.messages] == [
        ("whatsapp", Delivery.FAILED), ("sms", Delivery.QUEUED),
    ]  # fmt: skip
    assert [s.kind for s in outcome.steps] == [StepKind.SEND_MESSAGE]
    assert outcome.parked is None


@pytest.mark.fault(47)
async def test_without_a_next_channel_a_person_is_asked() -> None:
    report = status(Delivery.FAILED, error_code="131026", error="not on WhatsApp")
    outcome = await tracked(order(messages=(message(channel="sms"),)), report)
    assert outcome.parked is not None
    assert (getattr(outcome.parked, "code", ""), outcome.parked.detail) == ("131026", "not on WhatsApp")
    assert "could not deliver" in outcome.parked.sentence
    assert "telephone number" in outcome.parked.cure


async def test_a_receipt_that_failed_is_noted_and_nothing_more() -> None:
    state = order(messages=(message(purpose=Purpose.RECEIPT),))
    outcome = await tracked(state, status(Delivery.FAILED, error="why"))
    assert (outcome.steps, outcome.parked) == ((), None)
    after = state.with_values(outcome.values)
    assert [(m.delivery, m.error) for m in after.messages] == [(Delivery.FAILED, "why")]


@pytest.mark.parametrize("end", [RequestState.PAID, RequestState.CANCELLED, RequestState.EXPIRED, None])
async def test_nobody_is_asked_any_more_over_another_channel(end: RequestState | None) -> None:
    request = replace(REQUEST, state=end) if end else None
    outcome = await tracked(order(request=request, messages=(message(),)), status(Delivery.FAILED))
    assert (outcome.steps, outcome.parked, len(outcome.values)) == ((), None, 1)


@pytest.mark.fault(50)
async def test_a_delivery_may_follow_a_failure() -> None:
    state = order(messages=(message(delivery=Delivery.FAILED),))
    after = state.with_values((await tracked(state, status(Delivery.DELIVERED))).values)
    assert after.messages[0].delivery is Delivery.DELIVERED


@pytest.mark.fault(46)
@pytest.mark.parametrize(
    ("reported", "settled"), [(Delivery.FAILED, False), (Delivery.SENT, True), (Delivery.READ, True)]
)
async def test_a_late_report_settles_what_was_parked_as_unheard(reported: Delivery, settled: bool) -> None:
    """Neither the message nor its repeat had reported; whichever does in the end, the buyer has it."""
    twins = (message("m1", Delivery.UNKNOWN), message("m2", Delivery.UNKNOWN))
    unheard = replace(step(StepKind.SEND_MESSAGE, message_id="m2"), state=StepState.PARKED)
    other = replace(step(StepKind.SEND_MESSAGE, message_id="other"), id=StepId("x"), state=StepState.PARKED)
    state = replace(order(messages=twins, request=replace(REQUEST, state=RequestState.PAID)), steps=(unheard, other))
    outcome = await tracked(state, status(reported, "wamid-m1"))
    assert list(outcome.done) == ([unheard.id] if settled else [])
