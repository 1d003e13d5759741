"""From an order event to the record and what it means."""

from dataclasses import replace
from datetime import datetime

from connector_core.domain.errors import InvalidInput
from connector_core.domain.event import EventType
from connector_core.domain.order import Order, Record
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.gap import may_have_been_asked
from connector_core.flow.notify import notify
from connector_core.flow.request_payment import request_payment
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened
from connector_core.ports.mapper import Mapped


async def map_order(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `document`, `record` (None: read the order again from its system), `at` (when it was so, as the event
    says), `ask_again` (a person wants what has expired asked anew), `send_again` (and the buyer written to anyway),
    `actor` (who has done it, if that is known).

    A record that is older than one which was mapped before changes nothing: events come in any order (faults.md 9). No
    record changes an order whose buyer was erased: it is not even read, or they would be back (docs/decisions/0011).
    Raises `MappingError` and what the source raises.
    """
    if state.order.erased_at is not None:
        why = "its buyer was erased here"
        return Outcome(events=[happened(EventType.ORDER_SKIPPED, state, ports.clock.now(), cause=why)])
    record: Record | None = step.payload.get("record")
    document = step.payload.get("document", "")
    if record is None:
        record = await ports.source(state.order.connection).fetch(state.order.order_ref, document)
    if record is None:
        return _gone(state, ports)
    mapped = ports.mapper.map(state.order.connection, document, record)
    if mapped.version and mapped.version < state.order.version:
        return NOTHING
    send_again = bool(step.payload.get("send_again"))
    ask_again = send_again or bool(step.payload.get("ask_again"))
    if mapped.terms is not None and state.request is None and not ask_again and (at := _unknown_time(step, ports)):
        return Outcome(parked=may_have_been_asked(at))
    version, number = mapped.version or state.order.version, mapped.number or state.order.number
    order = replace(state.order, version=version, number=number)
    asked = request_payment(state.with_values([order]), mapped, ports, ask_again=ask_again)
    if send_again and not asked.steps and not asked.values:
        asked += _once_more(state, ports)
    outcome = Outcome(values=[order]) + _seen(state, order, mapped, ports) + asked
    return outcome.by(step.payload.get("actor", ""))


def _once_more(state: OrderState, ports: Ports) -> Outcome:
    """Nothing has changed, so the buyer has the same PayLink sent again; what cannot be paid or was sent just now is
    left alone.
    """
    try:
        return notify(state, ports.shop(state).channels, ports.clock)
    except InvalidInput:
        return NOTHING


def _unknown_time(step: Step, ports: Ports) -> datetime | None:
    """When the order was so, if a restored database knows nothing of that time."""
    at = datetime.fromisoformat(step.payload["at"]) if step.payload.get("at") else None
    return at if at is not None and ports.gap.holds(at) else None


def _gone(state: OrderState, ports: Ports) -> Outcome:
    """The order was deleted in its system: whatever was asked for is asked for no more (faults.md 63)."""
    gone = Mapped("", state.order.version, state.order.number, skipped="the order no longer exists", withdrawn=True)
    return Outcome(values=[state.order]) + request_payment(state, gone, ports)


def _seen(state: OrderState, order: Order, mapped: Mapped, ports: Ports) -> Outcome:
    if state.order.version == order.version:
        return NOTHING
    first, request = not state.order.version, state.request
    type_ = EventType.ORDER_RECEIVED if first else EventType.ORDER_CHANGED
    if mapped.withdrawn and (request is None or request.state is RequestState.OPEN):
        type_ = EventType.ORDER_WITHDRAWN
    after = state.with_values([order])
    return Outcome(events=[happened(type_, after, ports.clock.now(), version=order.version, mapping=mapped.mapping)])
