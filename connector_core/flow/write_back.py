"""The source system is told of a payment, exactly once per fact."""

from dataclasses import replace

from connector_core.domain.errors import Rejected, RetryLater
from connector_core.domain.event import EventType
from connector_core.domain.payment import Payment, WriteBack, WriteBackState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.show_link import show_link
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened
from connector_core.sdk.plugin import PaymentUpdate, WriteBackOutcome, WriteBackResult


async def write_back(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `write_back_id`, or the `link_id` of a PayLink to be shown.

    The plugin reads before it writes, so a repeat is safe (faults.md 56).
    """
    if "link_id" in step.payload:
        return await show_link(state, step, ports)
    due = next(w for w in state.write_backs if w.id == step.payload["write_back_id"])
    if due.state is WriteBackState.DONE:
        return NOTHING
    result = await ports.source(state.order.connection).write_back(_update(state, due))
    return _settle(state, due, result, ports)


def _settle(state: OrderState, due: WriteBack, result: WriteBackResult, ports: Ports) -> Outcome:
    now = ports.clock.now()
    match result.outcome:
        case WriteBackOutcome.DONE | WriteBackOutcome.ALREADY:
            done = replace(due, state=WriteBackState.DONE, source_ref=result.source_ref, cause="", done_at=now)
            event = happened(
                EventType.WRITEBACK_DONE,
                state,
                now,
                due.id,
                fact=due.fact,
                outcome=result.outcome,
                ref=result.source_ref,
            )
            return Outcome(values=[done], events=[event])
        case WriteBackOutcome.RETRY:
            raise RetryLater(result.message or "The system asked to try again later.", cure=result.cure)
        case WriteBackOutcome.REFUSED:
            parked = replace(due, state=WriteBackState.PARKED, cause=result.message)
            event = happened(EventType.WRITEBACK_PARKED, state, now, due.id, cause=result.message, fact=due.fact)
            refusal = Rejected(result.message or "The system refused the payment status.", cure=result.cure)
            return Outcome(values=[parked], events=[event], parked=refusal)


def _update(state: OrderState, due: WriteBack) -> PaymentUpdate:
    request = state.request
    assert request is not None
    asked = request.terms.amount
    payment = next((p for p in state.payments if p.id == due.payment_id), None)
    return PaymentUpdate(
        id=due.id,
        order_ref=state.order.order_ref,
        fact=due.fact,
        amount=payment.amount if payment else asked,
        asked=asked,
        captured=replace(asked, minor=request.captured),
        psp_ref=payment.psp_ref if payment else "",
        at=payment.at if payment else due.created_at,
        method=payment.method if payment else "",
        url=_url(state, payment),
        language=request.terms.language,
        flag=payment.flag if payment else "",
    )


def _url(state: OrderState, payment: Payment | None) -> str:
    link_id = payment.link_id if payment else None
    return next((link.url for link in state.links if link.id == link_id), "")
