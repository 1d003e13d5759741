"""A person has dealt with a payment that did not fit: it needs nobody's attention any more, and stays as it is."""

from dataclasses import replace

from connector_core.domain.card_numbers import mask_card_numbers
from connector_core.domain.errors import InvalidInput
from connector_core.domain.event import EventType
from connector_core.domain.ids import PaymentId
from connector_core.domain.payment import Payment, PaymentFlag
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step
from connector_core.ports.clock import Clock
from connector_core.ports.store import Batch


def ask_settle(state: OrderState, clock: Clock, actor: str, payment_id: str, reason: str) -> Batch:
    """What is to be stored so that the payment counts as dealt with. Raises `InvalidInput` for one that needs nobody,
    and without a reason.
    """
    why = settled_how(reason)
    if _waiting(state, payment_id) is None:
        raise InvalidInput("This payment needs nobody any more.", status=409, cure="Load the page anew.")
    step = new_step(state.order.id, StepKind.SETTLE, clock.now(), actor=actor, payment_id=payment_id, reason=why)
    return Batch(steps=[step])


def settled_how(reason: str) -> str:
    """As it is kept. Raises `InvalidInput` for an empty one."""
    if why := mask_card_numbers(reason.strip())[0][:200]:
        return why
    raise InvalidInput("A reason is needed.", field="reason", status=422, cure="Say in a few words what was done.")


async def settle(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `actor`, `payment_id`, `reason`. Of two clicks at once one counts."""
    payment = _waiting(state, step.payload["payment_id"])
    if payment is None:
        return NOTHING
    actor = step.payload["actor"]
    event = happened(
        EventType.PAYMENT_SETTLED, state, ports.clock.now(), payment.id, cause=step.payload["reason"],
        psp_ref=payment.psp_ref, flag=payment.flag,
    )  # fmt: skip
    return Outcome(values=[replace(payment, settled_by=actor)], events=[event]).by(actor)


def _waiting(state: OrderState, payment_id: str) -> Payment | None:
    for payment in state.payments:
        if payment.id == PaymentId(payment_id) and payment.flag is not PaymentFlag.NONE and not payment.settled_by:
            return payment
    return None
