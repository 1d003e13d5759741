"""A person has the PayLink sent once more: by the same messenger, by another, or from a phone of their own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connector_core.domain.errors import InvalidInput
from connector_core.domain.event import EventType
from connector_core.domain.ids import MessageId, uuid7
from connector_core.domain.message import HANDED_OVER, Delivery, Message, Purpose
from connector_core.domain.phone import E164
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.send_message import queued
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step, parked_steps, revived
from connector_core.ports.clock import Clock
from connector_core.ports.store import Batch

PAUSE = timedelta(minutes=1)
"""A second click is no second wish."""


async def ask_notify(
    state: OrderState,
    channels: Sequence[str],
    clock: Clock,
    opted_out: Callable[[E164], Awaitable[bool]],
    actor: str,
    channel: str = "",
) -> Batch:
    """What is to be stored so that the buyer is written to again. Raises `InvalidInput` as `notify` does, and for a
    buyer who wants no messages; whoever writes from a phone of their own decides that themselves.
    """
    notify(state, channels, clock, channel)
    if channel != HANDED_OVER and state.request and await opted_out(state.request.terms.phone):
        raise InvalidInput(
            "The buyer has opted out of messages.", status=409, cure="Call them, or hand the PayLink over yourself."
        )
    return Batch(steps=[new_step(state.order.id, StepKind.NOTIFY, clock.now(), actor=actor, channel=channel)])


async def send_again(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `actor`, `channel`. Nothing happens when it was sent or paid since it was asked for: of two clicks at
    once one counts.
    """
    try:
        outcome = notify(state, ports.shop(state).channels, ports.clock, step.payload["channel"])
    except InvalidInput:
        return NOTHING
    return outcome.by(step.payload["actor"])


def notify(state: OrderState, channels: Sequence[str], clock: Clock, channel: str = "") -> Outcome:
    """`channels` are the shop's; `channel` is one of them or `HANDED_OVER`, else the first. Raises `InvalidInput` that
    says why nothing is sent.
    """
    request, link, now = state.request, state.open_link, clock.now()
    if request is None or request.state is not RequestState.OPEN or link is None or link.state is not LinkState.OPEN:
        raise InvalidInput(
            "There is no PayLink that could be paid now.", status=409, cure="Ask again with a new PayLink first."
        )
    if channel and channel not in (*channels, HANDED_OVER):
        raise InvalidInput(
            f"The shop has no channel {channel}.", field="channel", status=422, cure=f"Take one of: {list(channels)}."
        )
    asking = [message for message in state.messages if message.purpose is not Purpose.RECEIPT]
    waiting = [message for message in asking if message.delivery is Delivery.QUEUED]
    reached = [message for message in asking if message.delivery not in (Delivery.QUEUED, Delivery.FAILED)]
    if any(message.created_at > now - PAUSE for message in reached):
        raise InvalidInput(
            "The buyer was written to within the last minute.", status=409, cure="Wait a minute before you send again."
        )
    purpose = Purpose.REMINDER if reached else Purpose.PAYLINK
    message = _message(request, link, purpose, channel or channels[0], now)
    if channel == HANDED_OVER:
        return _handed_over(state, message, waiting, now)
    return _unstuck(state, waiting[-1], channel, now) if waiting else queued(state, message, now)


def _message(request: PaymentRequest, link: PayLink, purpose: Purpose, channel: str, now: datetime) -> Message:
    return Message(
        id=MessageId(uuid7()),
        order_id=request.order_id,
        request_id=request.id,
        purpose=purpose,
        channel=channel,
        to=request.terms.phone,
        language=request.terms.language,
        revision=request.revision,
        delivery=Delivery.QUEUED,
        created_at=now,
        url=link.url,
    )


def _unstuck(state: OrderState, message: Message, channel: str, now: datetime) -> Outcome:
    """A message that was never sent goes now, over the channel that is wanted, in place of a second one."""
    stopped = [step for step in parked_steps(state, StepKind.SEND_MESSAGE) if step.payload["message_id"] == message.id]
    if not stopped:
        raise InvalidInput("A message to the buyer waits to be sent.", status=409, cure="It goes out by itself.")
    event = happened(EventType.STEP_RETRIED, state, now, message.id, cause="sent again")
    sent = replace(message, channel=channel or message.channel)
    return Outcome(values=[sent], events=[event], steps=revived(stopped, now))


def _handed_over(state: OrderState, message: Message, waiting: Sequence[Message], now: datetime) -> Outcome:
    """As much as is known of it: it was handed to a messenger. What waits to be sent, or stopped, is not sent too."""
    sending = [step for step in state.steps if step.kind is StepKind.SEND_MESSAGE]
    if any(step.state in (StepState.STARTED, StepState.UNKNOWN) for step in sending):
        raise InvalidInput(
            "Nobody knows yet whether the last message has come.", status=409, cure="Wait until the messenger says so."
        )
    given = replace(message, delivery=Delivery.ACCEPTED, updated_at=now)
    why = "not sent: a person has handed the PayLink over"
    unsent = [replace(one, delivery=Delivery.FAILED, error=why, updated_at=now) for one in waiting]
    over = [*sending, *parked_steps(state, StepKind.TRACK_MESSAGE)]
    event = happened(
        EventType.MESSAGE_ACCEPTED, state, now, given.id, purpose=given.purpose, channel=given.channel
    )  # fmt: skip
    return Outcome(values=[*unsent, given], events=[event], done=[step.id for step in over])
