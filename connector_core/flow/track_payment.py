"""What the PSP reports of payments becomes entries of our ledger; all decisions rest on the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter

from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import PaymentId, WriteBackId, uuid7
from connector_core.domain.payment import (
    Payment,
    PaymentFact,
    PaymentFlag,
    PaymentKind,
    PaymentState,
    WriteBack,
    WriteBackFact,
    WriteBackState,
)
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.send_message import receipt_message
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step

FACTS = TypeAdapter(list[PaymentFact])

_EVENTS = {
    PaymentKind.CAPTURE: EventType.PAYMENT_CAPTURED,
    PaymentKind.REFUND: EventType.PAYMENT_REFUNDED,
    PaymentKind.CHARGEBACK: EventType.PAYMENT_DISPUTED,
}
_WRITE_BACKS = {
    PaymentKind.CAPTURE: WriteBackFact.CAPTURED,
    PaymentKind.REFUND: WriteBackFact.REFUNDED,
    PaymentKind.CHARGEBACK: WriteBackFact.CHARGED_BACK,
}


async def track_payment(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `facts`, a list of `PaymentFact` as JSON values."""
    return record_facts(state, FACTS.validate_python(step.payload["facts"]), ports)


def record_facts(state: OrderState, facts: Sequence[PaymentFact], ports: Ports) -> Outcome:
    """Every fact once (invariant I4): in any order, however often it is reported, on open and closed requests."""
    outcome = NOTHING
    for fact in facts:
        news = _record(state, fact, ports)
        outcome += news
        state = state.with_values(news.values)
    return outcome


def _record(state: OrderState, fact: PaymentFact, ports: Ports) -> Outcome:
    known = _known(state, fact)
    if known is not None and known.state.rank >= fact.state.rank:
        return NOTHING
    now = ports.clock.now()
    link = _link(state, fact)
    payment = Payment(
        id=known.id if known else PaymentId(uuid7()),
        order_id=state.order.id,
        link_id=link.id if link else None,
        account=fact.account,
        psp_ref=fact.psp_ref,
        kind=fact.kind,
        state=fact.state,
        amount=fact.amount,
        at=fact.at,
        recorded_at=now,
        method=fact.method,
        flag=_flag(state, fact, link),
        parent=fact.parent,
    )
    after = state.with_values([payment])
    recorded = Outcome(values=[payment], events=[_event(after, payment, fact, now)])
    recorded += _sums(after, now)
    if payment.state is not PaymentState.DONE:
        return recorded
    return recorded + _links(after, link, payment, now) + _consequences(after, payment, now, ports)


def _known(state: OrderState, fact: PaymentFact) -> Payment | None:
    key = (fact.account, fact.psp_ref, fact.kind)
    return next((p for p in state.payments if (p.account, p.psp_ref, p.kind) == key), None)


def _link(state: OrderState, fact: PaymentFact) -> PayLink | None:
    return next((link for link in state.links if link.psp_order == fact.psp_order), None)


def _flag(state: OrderState, fact: PaymentFact, link: PayLink | None) -> PaymentFlag:
    """Why a person should look at it; the money is recorded as paid all the same (faults.md 40 to 44)."""
    request = state.request
    if fact.kind is not PaymentKind.CAPTURE or fact.state is PaymentState.FAILED or request is None:
        return PaymentFlag.NONE
    asked = request.terms.amount
    if fact.amount.currency != asked.currency:
        return PaymentFlag.WRONG_CURRENCY
    if request.captured >= asked.minor:
        return PaymentFlag.SURPLUS
    if request.state in (RequestState.CANCELLED, RequestState.EXPIRED):
        return PaymentFlag.LATE
    return PaymentFlag.WRONG_AMOUNT if fact.amount != asked else PaymentFlag.NONE


def _event(state: OrderState, payment: Payment, fact: PaymentFact, now: datetime) -> Event:
    type_ = _EVENTS[payment.kind] if payment.state is PaymentState.DONE else EventType.PAYMENT_ATTEMPTED
    return happened(
        type_, state, now, payment.id, cause=fact.error, psp_ref=payment.psp_ref, state=payment.state,
        amount=payment.amount.minor, currency=payment.amount.currency, method=payment.method, flag=payment.flag,
    )  # fmt: skip


def _sums(state: OrderState, now: datetime) -> Outcome:
    """The request's sums are always the ledger's (invariant I5); full payment closes an open request."""
    request = state.request
    if request is None:
        return NOTHING
    summed = replace(
        request,
        captured=_sum(state, request, PaymentKind.CAPTURE, PaymentState.DONE),
        refunded=_sum(state, request, PaymentKind.REFUND, PaymentState.DONE),
        disputed=_sum(state, request, PaymentKind.CHARGEBACK, PaymentState.DONE),
        pending=_sum(state, request, PaymentKind.CAPTURE, PaymentState.PENDING),
        updated_at=now,
    )
    if summed.captured < request.terms.amount.minor or request.state is not RequestState.OPEN:
        return Outcome(values=[summed])
    paid = replace(summed, state=RequestState.PAID, closed_at=now)
    return Outcome(values=[paid], events=[happened(EventType.REQUEST_CLOSED, state, now, paid.id, state=paid.state)])


def _sum(state: OrderState, request: PaymentRequest, kind: PaymentKind, reached: PaymentState) -> int:
    currency = request.terms.amount.currency
    return sum(
        p.amount.minor
        for p in state.payments
        if p.kind is kind and p.state is reached and p.amount.currency == currency
    )


def _links(state: OrderState, link: PayLink | None, payment: Payment, now: datetime) -> Outcome:
    """The paid link is settled, and any other live one of the order is closed (faults.md 44)."""
    if payment.kind is not PaymentKind.CAPTURE:
        return NOTHING
    paid = [replace(link, state=LinkState.PAID, settled_at=now)] if link else []
    others = [x for x in state.links if x.state is LinkState.OPEN and (link is None or x.id != link.id)]
    return Outcome(
        values=paid, steps=[new_step(state.order.id, StepKind.CLOSE_LINK, now, link_id=x.id) for x in others]
    )


def _consequences(state: OrderState, payment: Payment, now: datetime, ports: Ports) -> Outcome:
    """One write-back per fact and, for a capture, one receipt (invariants I7 and I19), unless the buyer was erased."""
    write_back = WriteBack(
        WriteBackId(uuid7()), state.order.id, _WRITE_BACKS[payment.kind], WriteBackState.DUE, now, payment.id
    )
    step = new_step(state.order.id, StepKind.WRITE_BACK, now, write_back_id=write_back.id)
    event = happened(EventType.WRITEBACK_DUE, state, now, write_back.id, fact=write_back.fact)
    outcome = Outcome(values=[write_back], events=[event], steps=[step])
    receipted = ports.gap.holds(payment.at)  # by the database that is lost
    request = state.request
    if payment.kind is PaymentKind.CAPTURE and request and not request.terms.erased and not receipted:
        outcome += receipt_message(state, request, payment.id, now, ports)
    return outcome
