"""A buyer is written to again when a person wants it: once, by the way that is wanted, and not against their will."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector_core.domain.errors import InvalidInput
from connector_core.domain.message import HANDED_OVER, Delivery, Message, Purpose
from connector_core.domain.phone import E164
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.notify import ask_notify, notify, send_again
from connector_core.flow.stage import NOTHING, Outcome
from tests.unit.flow.ledger import NOW, ORDER, PORTS, REQUEST, Clock, link, message, order, step

CHANNELS = ("whatsapp", "sms")
WHO = "anna@shop.example"


def sending(state: StepState, name: str = "m1", kind: StepKind = StepKind.SEND_MESSAGE) -> Step:
    return replace(step(kind, message_id=name), id=f"s-{name}-{kind}", state=state)  # type: ignore[arg-type] # any id


def messages(outcome: Outcome) -> list[Message]:
    return [value for value in outcome.values if isinstance(value, Message)]


def refusal(state: OrderState, channel: str = "") -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        notify(state, CHANNELS, Clock(), channel)
    assert caught.value.cure
    return caught.value


@pytest.mark.parametrize(("channel", "taken"), [("", "whatsapp"), ("sms", "sms")])
def test_it_goes_by_the_wanted_channel_or_the_first(channel: str, taken: str) -> None:
    outcome = notify(order(link(), messages=(message(),)), CHANNELS, Clock(), channel)
    assert [(m.channel, m.purpose, m.delivery) for m in messages(outcome)] == [
        (taken, Purpose.REMINDER, Delivery.QUEUED)
    ]
    assert [s.kind for s in outcome.steps] == [StepKind.SEND_MESSAGE]


@pytest.mark.parametrize(
    "state",
    [
        order(request=None),
        order(request=replace(REQUEST, state=RequestState.PAID)),
        order(request=replace(REQUEST, state=RequestState.EXPIRED)),
        order(link(state=LinkState.WANTED)),
        order(link(state=LinkState.CLOSED)),
    ],
)
def test_what_cannot_be_paid_is_not_sent(state: OrderState) -> None:
    assert refusal(state).status == 409
    assert refusal(state, HANDED_OVER).status == 409


def test_a_second_click_within_a_minute_is_refused_in_words() -> None:
    just_now = replace(message(), created_at=NOW - timedelta(seconds=59))
    assert "within the last minute" in refusal(order(link(), messages=(just_now,))).sentence
    assert "within the last minute" in refusal(order(link(), messages=(just_now,)), HANDED_OVER).sentence
    failed = replace(just_now, delivery=Delivery.FAILED)
    assert [m.purpose for m in messages(notify(order(link(), messages=(failed,)), CHANNELS, Clock()))] == ["paylink"]
    before = replace(message(), created_at=NOW - timedelta(seconds=61))
    assert messages(notify(order(link(), messages=(before,)), CHANNELS, Clock()))


def test_a_channel_that_the_shop_has_not_is_named() -> None:
    why = refusal(order(), "pigeon")
    assert (why.field, why.status) == ("channel", 422)


def test_a_message_that_waits_is_not_joined_by_a_second_one() -> None:
    waiting = order(link(), messages=(message(delivery=Delivery.QUEUED),))
    assert "waits to be sent" in refusal(waiting).sentence


def test_a_message_that_was_stopped_goes_now_over_the_wanted_channel() -> None:
    stopped = replace(
        order(link(), messages=(message(delivery=Delivery.QUEUED),)), steps=(sending(StepState.PARKED),)
    )  # fmt: skip
    outcome = notify(stopped, CHANNELS, Clock(), "sms")
    assert [(m.id, m.channel) for m in messages(outcome)] == [("m1", "sms")]
    assert [s.state for s in outcome.steps] == [StepState.WAITING]


def test_handed_over_counts_as_written_and_nothing_else_goes_out() -> None:
    state = replace(
        order(link(), messages=(message(delivery=Delivery.QUEUED),)),
        steps=(sending(StepState.WAITING), sending(StepState.PARKED, "m1", StepKind.TRACK_MESSAGE)),
    )
    outcome = notify(state, CHANNELS, Clock(), HANDED_OVER)
    unsent, given = messages(outcome)
    assert (unsent.id, unsent.delivery) == ("m1", Delivery.FAILED)
    assert (given.channel, given.purpose, given.delivery) == (HANDED_OVER, Purpose.PAYLINK, Delivery.ACCEPTED)
    assert set(outcome.done) == {one.id for one in state.steps}
    assert not outcome.steps
    after = state.with_values(outcome.values)
    assert "within the last minute" in refusal(after).sentence
    assert "49151" not in str([event.data for event in outcome.events])


@pytest.mark.parametrize("doubt", [StepState.STARTED, StepState.UNKNOWN])
def test_nothing_is_handed_over_while_a_message_may_just_have_come(doubt: StepState) -> None:
    state = replace(order(link(), messages=(message(delivery=Delivery.QUEUED),)), steps=(sending(doubt),))
    assert "Nobody knows yet" in refusal(state, HANDED_OVER).sentence


async def _everybody(_phone: E164) -> bool:
    return True


async def _nobody(_phone: E164) -> bool:
    return False


async def test_whoever_wants_no_messages_gets_none_but_a_person_may_write_themselves() -> None:
    with pytest.raises(InvalidInput, match="opted out"):
        await ask_notify(order(), CHANNELS, Clock(), _everybody, WHO)
    batch = await ask_notify(order(), CHANNELS, Clock(), _everybody, WHO, HANDED_OVER)
    assert [one.payload["channel"] for one in batch.steps] == [HANDED_OVER]
    assert not batch.values, "values of an order are changed only under its lease"


async def test_of_two_clicks_at_once_one_counts() -> None:
    state: Any = order(link(), messages=(message(),))
    batches = [await ask_notify(state, CHANNELS, Clock(), _nobody, WHO) for _ in range(2)]
    first = await send_again(state, batches[0].steps[0], PORTS)
    assert {event.actor for event in first.events} == {WHO}
    assert len(messages(first)) == 1
    assert await send_again(state.with_values(first.values), batches[1].steps[0], PORTS) == NOTHING
    assert ORDER.id == batches[0].steps[0].order_id
