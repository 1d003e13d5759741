"""The buyer of an order is erased here: what the law wants kept of the order stays, without anybody's name in it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from connector_core.crash_points import crash_point
from connector_core.domain.erasure import buyer_of, nameless, unaddressed, without_buyer
from connector_core.domain.errors import RetryLater
from connector_core.domain.event import EventType
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState, Value
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.cancel import cancel
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step
from connector_core.ports.store import Batch

_ENDS_FIRST = frozenset(
    {
        StepKind.TRACK_PAYMENT,
        StepKind.CANCEL,
        StepKind.CLOSE_LINK,
        StepKind.CREATE_LINK,
        StepKind.UPDATE_LINK,
        StepKind.REFUND,
        StepKind.SETTLE,
    }
)
"""Money and PayLinks on their way."""
_STAYS = _ENDS_FIRST | {StepKind.PROLONG_LINK, StepKind.WRITE_BACK, StepKind.RECONCILE, StepKind.ERASE}
"""Every other step is about the buyer: there is nobody left for it."""


def ask_erase(states: Iterable[OrderState], now: datetime, actor: str, reason: str = "") -> Batch:
    """What is to be stored so that the buyers of these orders are erased, of all or none. It may be asked for again."""
    asked = [state for state in states if not any(step.kind is StepKind.ERASE for step in state.steps)]
    steps = [new_step(state.order.id, StepKind.ERASE, now, actor=actor, reason=reason) for state in asked]
    return Batch(steps=steps)


async def erase(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `actor`, `reason`, `unless_open`. Idempotent. An open request is cancelled first, or left alone with
    `unless_open`; what is on its way comes to its end first, or to a person (faults.md 72).
    """
    if state.request is not None and state.request.state is RequestState.OPEN:
        if step.payload.get("unless_open"):
            return NOTHING
        again = new_step(state.order.id, StepKind.ERASE, ports.clock.now(), **step.payload)
        return await cancel(state, step, ports) + Outcome(steps=[again])
    if on_its_way(state):
        raise RetryLater("Something of the order is on its way; its buyer is erased once that has come to its end.")
    for forget in ports.forget:
        await forget(state)
        crash_point("erase.forgotten")
    return _erased(state, step.payload["actor"], ports.clock.now())


def on_its_way(state: OrderState) -> bool:
    return any(_must_end(step) for step in state.steps if step.state is not StepState.PARKED)


def _must_end(step: Step) -> bool:
    """Also a message of which nobody knows whether it went out: its step says so, or repeats it."""
    about_buyer = step.kind not in _STAYS
    return step.kind in _ENDS_FIRST or (about_buyer and step.state is not StepState.WAITING)


def _erased(state: OrderState, actor: str, now: datetime) -> Outcome:
    buyer, request = buyer_of(state), state.request
    values: list[Value] = [replace(state.order, erased_at=now), *map(unaddressed, state.messages)]
    values += [replace(one, cause=buyer.without(one.cause)) for one in state.write_backs if one.cause]
    if request is not None:
        values.append(replace(request, terms=without_buyer(request.terms), updated_at=now))
    kept = [step for step in state.steps if step.kind in _STAYS and step.kind is not StepKind.ERASE]
    gone = [step.id for step in state.steps if step.kind not in _STAYS]
    event = happened(EventType.ORDER_ERASED, state, now)
    return Outcome(values, [event], [nameless(step, buyer) for step in kept], done=gone).by(actor)
