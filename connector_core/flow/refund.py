"""Money goes back to the buyer, in whole or in part, once for each order to do so (faults.md 59)."""

from collections.abc import Container
from dataclasses import replace

from connector_core.domain.card_numbers import mask_card_numbers
from connector_core.domain.errors import InvalidInput, Rejected
from connector_core.domain.event import EventType
from connector_core.domain.ids import PaymentId
from connector_core.domain.money import Money, MoneyError
from connector_core.domain.payment import Payment, PaymentKind, PaymentState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step
from connector_core.flow.track_payment import record_facts
from connector_core.ports.clock import Clock
from connector_core.ports.gateway import RefundAsk
from connector_core.ports.store import Batch, Store

_LOST = Rejected(
    "The answer to the refund was lost, and its payment belongs to no PayLink of ours that could be looked up.",
    cure="See in the PSP's back office whether the money went back; then close this step or retry it.",
)


def ask_refund(
    state: OrderState, clock: Clock, amount: Money | None = None, psp_ref: str = "", key: str = "", comment: str = ""
) -> Batch:
    """What is to be stored so that the refund is made. `amount` None: all that is left of the payment.

    The batch is refused as known already (`Store.commit` returns False) when the same `key` was given before; without
    one, the same amount of the same payment counts as the same refund. Raises `InvalidInput` that names the field.
    """
    payment = _payment(state, psp_ref)
    left = _left(state, payment)
    asked = amount or left
    if asked.currency != payment.amount.currency:
        raise _wrong("amount", f"the payment is in {payment.amount.currency}", f"Ask for {left} or less.")
    if asked.minor <= 0 or asked.minor > left.minor:
        raise _wrong("amount", f"{asked} is not between nothing and what is left", f"Left to refund: {left}.")
    now, comment = clock.now(), mask_card_numbers(comment)[0]
    step = new_step(
        state.order.id, StepKind.REFUND, now, payment_id=payment.id, minor=asked.minor,
        before=_given_back(state, payment), others=[p.psp_ref for p in _refunds(state, payment)], comment=comment,
    )  # fmt: skip
    seen = [_name(payment, key or ("whole" if amount is None else str(asked.minor)))]
    data = {"psp_ref": payment.psp_ref, "amount": asked.minor, "currency": asked.currency}
    event = happened(EventType.REFUND_ASKED, state, now, payment.id, cause=comment, **data)
    return Batch(steps=[step], events=[event], seen=seen, new_steps_only_if_unseen=True)


def refund_amount(state: OrderState, text: str) -> Money | None:
    """``10.00`` or ``10,00`` in the currency of the payments; None for an empty text: all that is left."""
    if not text.strip():
        return None
    currency = state.payments[0].amount.currency if state.payments else "EUR"
    try:
        return Money.parse(text.strip().replace(",", "."), currency)
    except MoneyError:
        raise InvalidInput(
            "The amount cannot be read.",
            field="amount",
            status=422,
            cure="Write digits, such as 10.00, with no more decimals than the currency has.",
        ) from None


async def ask_refund_once(
    state: OrderState, store: Store, clock: Clock, amount: Money | None, psp_ref: str, key: str, comment: str = ""
) -> Batch:
    """As `ask_refund`; what was asked for under the same `key` before is no error, though nothing may be left."""
    try:
        return ask_refund(state, clock, amount, psp_ref, key, comment)
    except InvalidInput:
        for payment in state.payments:
            if psp_ref in ("", payment.psp_ref) and await store.seen(name := _name(payment, key)):
                return Batch(seen=[name], new_steps_only_if_unseen=True)
        raise


def refund_ahead(state: OrderState, step: Step, _: Ports) -> tuple[Step, Outcome]:
    """The step as it is stored before the call: its first attempt can have made none of the refunds known by then, also
    of wishes that were asked for at the same time and knew nothing of each other.
    """
    if step.outcome_unknown or "earlier" in step.payload:
        return replace(step, payload={**step.payload, "earlier": True}), NOTHING
    payment = next(p for p in state.payments if p.id == PaymentId(step.payload["payment_id"]))
    others = [p.psp_ref for p in _refunds(state, payment)]
    return replace(step, payload={**step.payload, "others": others, "earlier": False}), NOTHING


async def refund(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `payment_id`, `minor`, `before` (what was given back of the payment when it was asked for), `others`
    (refunds of the payment that are known to be not this one), `earlier` (whether an attempt was made before, which a
    parked step that is retried knows from nothing else), `comment`.

    Refunds are not idempotent at the PSP (reference/lyra.md 2.5): after an earlier attempt its transactions are read,
    and the call is repeated only when none of them can be this refund. It is never made for more than is left.
    """
    payment = next(p for p in state.payments if p.id == PaymentId(step.payload["payment_id"]))
    gateway = ports.gateway(payment.account)
    link = next((link for link in state.links if link.id == payment.link_id), None)
    amount = replace(payment.amount, minor=step.payload["minor"])
    recorded = NOTHING
    if step.outcome_unknown and link is None:
        raise _LOST
    if link is not None and (step.outcome_unknown or step.payload.get("earlier")):
        recorded = record_facts(state, await gateway.payments(link), ports)
        state = state.with_values(recorded.values)
        if (made := _made(state, payment, step)) is not None:
            return recorded + _not_theirs(state, step, made.psp_ref)
    if (too_much := _too_much(state, payment, step)) is not None:
        return recorded + Outcome(parked=too_much)
    fact = await gateway.refund(RefundAsk(payment.psp_ref, amount, step.payload["comment"]))
    recorded += record_facts(state, [replace(fact, parent=payment.psp_ref)], ports)
    return recorded + _not_theirs(state, step, fact.psp_ref)


def _too_much(state: OrderState, payment: Payment, step: Step) -> Rejected | None:
    """Of wishes that knew nothing of each other the earlier ones come first, and any that may have gone out."""
    taken, shown = _given_back(state, payment), set[str]()
    others = [s for s in _asked(state, payment.id) if s.id != step.id]
    for other in others:
        if not (other.outcome_unknown or (other.created_at, other.id) < (step.created_at, step.id)):
            continue
        if (made := _made(state, payment, other, shown)) is None:
            taken += other.payload["minor"]
        else:
            shown.add(made.psp_ref)
    if taken + step.payload["minor"] <= payment.amount.minor:
        return None
    left = replace(payment.amount, minor=max(0, payment.amount.minor - taken))
    return Rejected(
        f"Only {left} of this payment can still be refunded: something else was given back, or asked for meanwhile.",
        cure="See the refunds of the order; then close this step, and ask for what is left if it is to be given back.",
    )


def _made(state: OrderState, payment: Payment, step: Step, not_its: Container[str] = ()) -> Payment | None:
    """What this step has given back, as the PSP shows it: of this amount, and of no other step."""
    if _given_back(state, payment) < step.payload["before"] + step.payload["minor"]:
        return None
    others = step.payload.get("others", ())  # a step of an earlier version names none
    alike = [p for p in _refunds(state, payment) if p.amount.minor == step.payload["minor"]]
    return next((p for p in alike if p.psp_ref not in others and p.psp_ref not in not_its), None)


def _not_theirs(state: OrderState, step: Step, psp_ref: str) -> Outcome:
    """Refunds of the same payment that wait meanwhile: were their answer lost, they could take this one for theirs."""
    waiting = [s for s in _asked(state, step.payload["payment_id"]) if s.id != step.id]
    return Outcome(
        steps=[replace(s, payload={**s.payload, "others": [*s.payload.get("others", ()), psp_ref]}) for s in waiting]
    )


def _payment(state: OrderState, psp_ref: str) -> Payment:
    captures = [p for p in state.payments if p.kind is PaymentKind.CAPTURE and p.state is PaymentState.DONE]
    found = [p for p in captures if psp_ref in ("", p.psp_ref)]
    if not found:
        raise _wrong("payment", "this order has no such payment", "See its payments: paylink orders show ORDER.")
    if len(found) > 1:
        names = ", ".join(p.psp_ref for p in found)
        raise _wrong("payment", "the order has several payments", f"Name one with --payment: {names}.")
    return found[0]


def _name(payment: Payment, key: str) -> str:
    return f"refund:{payment.id}:{key}"


def _left(state: OrderState, payment: Payment) -> Money:
    """What was neither given back nor is about to be."""
    on_its_way = sum(s.payload["minor"] for s in _asked(state, payment.id))
    return replace(payment.amount, minor=payment.amount.minor - _given_back(state, payment) - on_its_way)


def _asked(state: OrderState, payment_id: str) -> list[Step]:
    return [s for s in state.steps if s.kind is StepKind.REFUND and s.payload["payment_id"] == payment_id]


def _given_back(state: OrderState, payment: Payment) -> int:
    """In minor units."""
    return sum(p.amount.minor for p in _refunds(state, payment))


def _refunds(state: OrderState, payment: Payment) -> list[Payment]:
    """One whose payment the PSP does not name counts for the order's only payment."""
    captures = [p for p in state.payments if p.kind is PaymentKind.CAPTURE and p.state is PaymentState.DONE]
    return [
        p
        for p in state.payments
        if p.kind is PaymentKind.REFUND
        and p.state is not PaymentState.FAILED
        and (p.parent == payment.psp_ref or (p.psp_ref == payment.psp_ref) or (not p.parent and len(captures) == 1))
    ]


def _wrong(field: str, why: str, cure: str) -> InvalidInput:
    return InvalidInput(f"Nothing is refunded: {field}: {why}.", field=field, status=422, cure=cure)
