"""What the order's newest record asks for becomes a payment request, a new revision of it, or its end."""

import re
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector_core.domain.event import EventType
from connector_core.domain.ids import LinkId, RequestId, uuid7
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind
from connector_core.flow.send_message import paylink_message
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step, parked_steps, revived
from connector_core.ports.mapper import Mapped

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def request_payment(state: OrderState, mapped: Mapped, ports: Ports, *, ask_again: bool = False) -> Outcome:
    """Compares what is asked for now with what was asked for before. Same terms: nothing happens.

    With `ask_again`, which only a person says, a request that expired is opened anew.
    """
    request, now = state.request, ports.clock.now()
    if mapped.terms is None:
        if request is None:
            skipped = happened(EventType.ORDER_SKIPPED, state, now, cause=mapped.skipped)
            return NOTHING if state.steps[1:] else Outcome(events=[skipped])
        return withdraw(state, request, now, mapped.skipped) if mapped.withdrawn else NOTHING
    if request is None:
        return _first(state, mapped, mapped.terms, ports)
    match request.state:
        case RequestState.OPEN:
            return _revise(state, request, mapped, mapped.terms, ports)
        case RequestState.CANCELLED if request.cancelled_by and mapped.terms == request.terms and not ask_again:
            return NOTHING  # the order asks for what a person has cancelled here
        case RequestState.CANCELLED:
            return _reopen(state, request, mapped, mapped.terms, ports)
        case RequestState.EXPIRED if ask_again and not state.open_link:
            return _reopen(state, request, mapped, mapped.terms, ports)
        case RequestState.PAID | RequestState.EXPIRED:
            return _differs_too_late(state, request, mapped.terms, now)


def wanted_link(state: OrderState, request: PaymentRequest, ports: Ports) -> Outcome:
    """A PayLink that is yet to be made, and the step that makes it."""
    now = ports.clock.now()
    link = PayLink(
        id=LinkId(uuid7()),
        request_id=request.id,
        order_id=request.order_id,
        revision=request.revision,
        state=LinkState.WANTED,
        account=ports.shop(state).psp,
        psp_order=psp_order_id(request.terms.reference),
        amount=request.terms.amount,
        created_at=now,
    )
    step = new_step(request.order_id, StepKind.CREATE_LINK, now, link_id=link.id)
    return Outcome(values=[link], steps=[step])


def psp_order_id(reference: str) -> str:
    """The order's own reference as far as it fits, then 60 random bits: told apart by people, unique for ever.

    At most 26 characters of letters, digits, ``-`` and ``_``, which every PSP takes (reference/lyra.md 3.5).
    """
    number = secrets.randbits(60)
    unique = "".join(_DIGITS[number >> shift & 31] for shift in range(55, -5, -5))
    return f"{re.sub('[^A-Za-z0-9_-]', '', reference)[:13]}-{unique}".lstrip("-")


def _first(state: OrderState, mapped: Mapped, terms: Terms, ports: Ports) -> Outcome:
    now = ports.clock.now()
    request = PaymentRequest(
        id=RequestId(uuid7()),
        order_id=state.order.id,
        shop=state.order.shop,
        state=RequestState.OPEN,
        revision=1,
        terms=terms,
        mapping=mapped.mapping,
        created_at=now,
        updated_at=now,
    )
    created = happened(EventType.REQUEST_CREATED, state, now, request.id, **_asked(request))
    return Outcome(values=[request], events=[created]) + wanted_link(state, request, ports)


def _revise(state: OrderState, request: PaymentRequest, mapped: Mapped, terms: Terms, ports: Ports) -> Outcome:
    """An edited order: the link follows the amount, and the buyer hears of it once (faults.md 57)."""
    if terms == request.terms:
        return NOTHING
    now = ports.clock.now()
    revised = replace(request, revision=request.revision + 1, terms=terms, mapping=mapped.mapping, updated_at=now)
    event = happened(EventType.REQUEST_UPDATED, state, now, request.id, **_asked(revised))
    outcome = Outcome(values=[revised], events=[event])
    link = state.open_link
    if link is None or link.state is LinkState.WANTED:
        return outcome + Outcome(steps=revived(parked_steps(state, StepKind.CREATE_LINK), now))
    if terms.amount != link.amount or terms.reference != request.terms.reference:
        return outcome + Outcome(steps=[new_step(request.order_id, StepKind.UPDATE_LINK, now, link_id=link.id)])
    if terms.phone != request.terms.phone:
        return outcome + paylink_message(state.with_values([revised]), link, ports)
    return outcome + Outcome(values=[replace(link, revision=revised.revision)])


def _reopen(state: OrderState, request: PaymentRequest, mapped: Mapped, terms: Terms, ports: Ports) -> Outcome:
    """A cancelled order that asks for money again, by a newer record of its system."""
    now = ports.clock.now()
    again = replace(
        request, state=RequestState.OPEN, revision=request.revision + 1, terms=terms, mapping=mapped.mapping,
        updated_at=now, closed_at=None, cancelled_by="",
    )  # fmt: skip
    event = happened(EventType.REQUEST_UPDATED, state, now, request.id, cause="asked again", **_asked(again))
    return Outcome(values=[again], events=[event]) + wanted_link(state, again, ports)


def withdraw(state: OrderState, request: PaymentRequest, now: datetime, why: str, by: str = "") -> Outcome:
    """An open request asks for nothing any more, and its PayLink is closed; `by` names the person who wants it so."""
    if request.state is not RequestState.OPEN:
        return NOTHING
    closed = replace(request, state=RequestState.CANCELLED, updated_at=now, closed_at=now, cancelled_by=by)
    event = happened(EventType.REQUEST_CLOSED, state, now, request.id, cause=why, state=closed.state)
    link = state.open_link
    steps = [new_step(request.order_id, StepKind.CLOSE_LINK, now, link_id=link.id)] if link else []
    return Outcome(values=[closed], events=[event], steps=steps)


def _differs_too_late(state: OrderState, request: PaymentRequest, terms: Terms, now: datetime) -> Outcome:
    """Closed requests are not asked again by themselves; a different amount is shown (invariant I13)."""
    if terms.amount == request.terms.amount:
        return NOTHING
    why = f"the order now asks for {terms.amount}, but its payment request of {request.terms.amount} is {request.state}"
    return Outcome(events=[happened(EventType.ORDER_CHANGED, state, now, request.id, cause=why)])


def _asked(request: PaymentRequest) -> dict[str, Any]:
    amount = request.terms.amount
    return {"revision": request.revision, "amount": amount.minor, "currency": amount.currency}
