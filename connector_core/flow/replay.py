"""An order walks again from a stage that a person picks."""

from dataclasses import replace
from datetime import datetime

from connector_core.domain.card_numbers import mask_card_numbers
from connector_core.domain.errors import Rejected
from connector_core.domain.event import EventType
from connector_core.domain.message import Delivery, Message
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.send_message import queued_again
from connector_core.flow.stage import NOTHING, Outcome, happened, new_step, parked_steps, revived
from connector_core.ports.clock import Clock

STAGES = ("parked", "map", "reconcile")
"""`parked` retries what is parked, `map` reads and maps the order again and asks anew for what has expired, `reconcile`
reads its PayLinks at the PSP."""

_MESSAGE_STEPS = (StepKind.SEND_MESSAGE, StepKind.SEND_RECEIPT, StepKind.TRACK_MESSAGE)


def replay(state: OrderState, stage: str, clock: Clock) -> Outcome:
    """What makes the order walk again. Raises `Rejected` when there is nothing to replay."""
    now = clock.now()
    match stage:
        case "parked":
            outcome = _parked(state, now)
        case "map" if state.order.erased_at is not None:
            cure = "Make another request by hand; it asks for the number anew."
            raise Rejected("The buyer of this order was erased here, so it is not read again.", cure=cure)
        case "map":
            again = new_step(
                state.order.id, StepKind.MAP_ORDER, now, document=_document(state), record=None, ask_again=True
            )
            outcome = Outcome(steps=[again], done=[step.id for step in parked_steps(state, StepKind.MAP_ORDER)])
        case "reconcile":
            open_links = [link for link in state.links if link.state is LinkState.OPEN]
            outcome = Outcome(
                steps=[new_step(state.order.id, StepKind.RECONCILE, now, link_id=link.id) for link in open_links]
            )
        case _:
            raise Rejected(f"{stage!r} is no stage to replay from.", cure=f"Use one of: {', '.join(STAGES)}.")
    if not outcome.steps:
        raise Rejected("There is nothing to replay.", cure="See the order's timeline: paylink orders show ORDER.")
    return outcome + Outcome(events=[happened(EventType.STEP_RETRIED, state, now, cause=f"replayed from {stage}")])


def retry(state: OrderState, step: Step, now: datetime) -> Outcome:
    """A parked step, due again; where a message failed, the message goes out anew."""
    if step.kind is StepKind.MAP_ORDER:
        step = replace(step, payload={**step.payload, "ask_again": True})
    failed = _failed_message(state, step)
    if failed is None:
        return Outcome(steps=revived([step], now))
    return queued_again(state, failed, now) + Outcome(done=[step.id])


def give_up(state: OrderState, step: Step, why: str, now: datetime) -> Outcome:
    """A person decides that nothing more is to be done about a parked step."""
    data, why = {"step": step.kind, "parked_for": step.cause}, mask_card_numbers(why)[0]
    return Outcome(done=[step.id], events=[happened(EventType.STEP_CLOSED, state, now, step.id, cause=why, **data)])


def _parked(state: OrderState, now: datetime) -> Outcome:
    outcome = NOTHING
    for step in state.steps:
        if step.state is StepState.PARKED:
            outcome += retry(state, step, now)
    return outcome


def _document(state: OrderState) -> str:
    """The kind of record that the order was mapped from, or is to be; empty for the connection's default one."""
    if state.request is not None:
        return state.request.mapping.partition("@")[0]
    waiting = [step.payload.get("document", "") for step in state.steps if step.kind is StepKind.MAP_ORDER]
    return str(waiting[-1]) if waiting else ""


def _failed_message(state: OrderState, step: Step) -> Message | None:
    """The message because of whose failure the step is parked: it goes out anew, from the first channel on."""
    if step.kind not in _MESSAGE_STEPS:
        return None
    status = step.payload.get("status") or {}
    names = {step.payload.get("message_id"), status.get("attempt_id"), status.get("provider_id")} - {None, ""}
    about = next((m for m in state.messages if {m.id, m.provider_id} & names), None)
    if about is None or about.delivery not in (Delivery.FAILED, Delivery.UNKNOWN):
        return None
    first = next(m for m in state.messages if (m.purpose, m.revision) == (about.purpose, about.revision))
    return replace(about, channel=first.channel)
