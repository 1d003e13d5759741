"""How long each stage took and how it ended, and what has happened, for whoever keeps figures."""

from collections.abc import Sequence
from typing import Protocol

from connector_core.domain.errors import ConnectorError
from connector_core.domain.event import Event
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.middleware.attempt import Attempt
from connector_core.flow.middleware.pause import peer_of
from connector_core.flow.stage import Outcome
from connector_core.ports.clock import Clock


class Observer(Protocol):
    def step_finished(self, kind: StepKind, peer: str, result: str, seconds: float) -> None:
        """`peer` is the block of the configuration; `result` is ``ok``, ``parked`` or the name of the error."""
        ...

    def happened(self, events: Sequence[Event]) -> None:
        """These events are committed."""
        ...


def observed(attempt: Attempt, observer: Observer, clock: Clock) -> Attempt:
    async def timed(state: OrderState, step: Step) -> Outcome:
        start, result = clock.monotonic(), "failed"
        try:
            outcome = await attempt(state, step)
            result = "parked" if outcome.parked else "ok"
            return outcome
        except ConnectorError as error:
            result = type(error).__name__
            raise
        finally:
            observer.step_finished(step.kind, peer_of(state, step), result, clock.monotonic() - start)

    return timed
