"""What a run has decided and not yet committed."""

from collections.abc import Iterable

from connector_core.domain.event import Event
from connector_core.domain.ids import StepId
from connector_core.domain.state import OrderState, Value
from connector_core.domain.step import Step
from connector_core.flow.stage import Outcome
from connector_core.ports.store import Batch


class Pending:
    """Gathers outcomes until the next commit; of several versions of one value only the last is stored."""

    def __init__(self, values: Iterable[Value] = (), seen: Iterable[str] = (), done: Iterable[StepId] = ()) -> None:
        self._values: dict[str, Value] = {value.id: value for value in values}
        self._steps: dict[StepId, Step] = {}
        self._events: list[Event] = []
        self._done: set[StepId] = set(done)
        self._seen: list[str] = list(seen)

    def add(self, outcome: Outcome) -> None:
        self._values.update((value.id, value) for value in outcome.values)
        self._events += outcome.events
        self.keep(*outcome.steps)
        for step_id in outcome.done:
            self.finish(step_id)

    def keep(self, *steps: Step) -> None:
        self._steps.update((step.id, step) for step in steps)

    def finish(self, step_id: StepId) -> None:
        self._steps.pop(step_id, None)
        self._done.add(step_id)

    def batch(self, lease: OrderState, *, release: bool) -> Batch:
        return Batch(
            values=tuple(self._values.values()),
            events=tuple(self._events),
            steps=tuple(self._steps.values()),
            done=tuple(self._done),
            seen=tuple(self._seen),
            lease=lease,
            release=release,
        )
