"""The buyer's receipt after a capture."""

from dataclasses import replace

from connector_core.domain.message import Delivery
from connector_core.domain.payment import Payment
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.send_message import await_report, deliver, find_message
from connector_core.flow.stage import NOTHING, Outcome, Ports


async def send_receipt(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `message_id`. At most once per capture: an attempt without an outcome is never repeated (I19)."""
    message = find_message(state, step.payload["message_id"])
    if message.delivery.rank > Delivery.UNKNOWN.rank:
        return NOTHING
    if step.outcome_unknown:
        await_report(message, ports)
        return Outcome(values=[replace(message, delivery=Delivery.UNKNOWN, updated_at=ports.clock.now())])
    return await deliver(state, message, _payment(state, message.payment_id).amount, ports)


def _payment(state: OrderState, payment_id: str | None) -> Payment:
    return next(payment for payment in state.payments if payment.id == payment_id)
