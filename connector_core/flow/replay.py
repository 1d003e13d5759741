"""An order walks again from a stage that a person picks."""

from connector_core.domain.errors import Rejected
from connector_core.domain.event import EventType
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind, StepState
from connector_core.flow.stage import Outcome, happened, new_step, parked_steps, revived
from connector_core.ports.clock import Clock

STAGES = ("parked", "map", "reconcile")
"""`parked` retries what is parked, `map` reads and maps the order again, `reconcile` reads its PayLinks at the PSP."""


def replay(state: OrderState, stage: str, clock: Clock) -> Outcome:
    """The steps that make the order walk again. Raises `Rejected` when there is nothing to replay."""
    now, done = clock.now(), []
    match stage:
        case "parked":
            steps = revived((step for step in state.steps if step.state is StepState.PARKED), now)
        case "map":
            steps = [new_step(state.order.id, StepKind.MAP_ORDER, now, document="", record=None)]
            done = [step.id for step in parked_steps(state, StepKind.MAP_ORDER)]
        case "reconcile":
            open_links = [link for link in state.links if link.state is LinkState.OPEN]
            steps = [new_step(state.order.id, StepKind.RECONCILE, now, link_id=link.id) for link in open_links]
        case _:
            raise Rejected(f"{stage!r} is no stage to replay from.", cure=f"Use one of: {', '.join(STAGES)}.")
    if not steps:
        raise Rejected("There is nothing to replay.", cure="See the order's timeline: paylink orders show ORDER.")
    retried = happened(EventType.STEP_RETRIED, state, now, cause=f"replayed from {stage} by a person")
    return Outcome(steps=steps, events=[retried], done=done)
