"""A person cancels a request here, whatever its order says."""

from connector_core.domain.card_numbers import mask_card_numbers
from connector_core.domain.errors import InvalidInput
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.request_payment import withdraw
from connector_core.flow.stage import NOTHING, Outcome, Ports, new_step
from connector_core.ports.clock import Clock
from connector_core.ports.store import Batch


def ask_cancel(state: OrderState, clock: Clock, actor: str, reason: str = "") -> Batch:
    """What is to be stored so that the request is cancelled. A later record of the same order opens it again only when
    it asks for something else. Raises `InvalidInput` for a request that is not open.
    """
    if state.request is None or state.request.state is not RequestState.OPEN:
        raise InvalidInput(
            "Only an open request can be cancelled.", status=409, cure="Money that was paid is given back by a refund."
        )
    why = mask_card_numbers(reason)[0]
    step = new_step(state.order.id, StepKind.CANCEL, clock.now(), actor=actor, reason=why)
    return Batch(steps=[step])


async def cancel(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `actor`, `reason`. Does nothing to a request that was paid or closed in the meantime."""
    if state.request is None:
        return NOTHING
    actor, reason = step.payload["actor"], step.payload["reason"]
    why = f"cancelled by {actor}" + (f": {reason}" if reason else "")
    return withdraw(state, state.request, ports.clock.now(), why, actor).by(actor)
