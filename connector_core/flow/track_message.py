"""What a messenger reports of a message."""

from dataclasses import replace

from pydantic import TypeAdapter

from connector_core.domain.erasure import unaddressed
from connector_core.domain.errors import Unreachable
from connector_core.domain.event import EventType
from connector_core.domain.ids import StepId
from connector_core.domain.message import Delivery, Message, MessageStatus, Purpose
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.send_message import next_channel
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, parked_steps

STATUS = TypeAdapter(MessageStatus)


async def track_message(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `status`, a `MessageStatus` as JSON values. The highest rank seen wins (faults.md 50).

    It is also noted of a message whose buyer was erased, but not by whom it was got.
    """
    status = STATUS.validate_python(step.payload["status"])
    message = _find(state, status)
    if message is None or status.delivery.rank <= message.delivery.rank:
        return NOTHING
    now = ports.clock.now()
    if status.delivery is Delivery.FAILED and message.purpose is not Purpose.RECEIPT and _still_asked(state):
        return _failed(state, message, status, ports)
    seen = replace(
        message, delivery=status.delivery, provider_id=message.provider_id or status.provider_id, error=status.error,
        updated_at=now,
    )  # fmt: skip
    if state.order.erased_at is not None:
        seen = unaddressed(seen)
    data = {"purpose": seen.purpose, "channel": seen.channel, "delivery": seen.delivery, "code": status.error_code}
    event = happened(EventType.MESSAGE_STATUS, state, now, seen.id, **data)
    return Outcome(values=[seen], events=[event], done=_answered(state, seen))


def _answered(state: OrderState, seen: Message) -> list[StepId]:
    """Steps that were parked because nobody knew whether this message, or its twin, had come."""
    if seen.delivery.rank < Delivery.SENT.rank:
        return []
    twins = {m.id for m in state.messages if (m.purpose, m.revision, m.to) == (seen.purpose, seen.revision, seen.to)}
    return [s.id for s in parked_steps(state, StepKind.SEND_MESSAGE) if s.payload["message_id"] in twins]


def _find(state: OrderState, status: MessageStatus) -> Message | None:
    for message in state.messages:
        if status.attempt_id == message.id or (message.provider_id and message.provider_id == status.provider_id):
            return message
    return None


def _still_asked(state: OrderState) -> bool:
    return state.request is not None and state.request.state is RequestState.OPEN


def _failed(state: OrderState, message: Message, status: MessageStatus, ports: Ports) -> Outcome:
    why = Unreachable(
        "The messenger took the message but could not deliver it.",
        code=status.error_code,
        detail=status.error,
        cure="Check the buyer's telephone number in the order, or reach the buyer another way.",
    )
    return next_channel(state, message, why, ports)
