"""An order that was paid, and a PSP that gives money back and may lose its answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

from connector_core.domain.errors import OutcomeUnknown
from connector_core.domain.ids import StepId
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFact, PaymentKind
from connector_core.domain.request import PayLink
from connector_core.domain.step import Step, StepState
from connector_core.flow.refund import ask_refund, refund, refund_ahead
from connector_core.flow.stage import Outcome
from connector_core.flow.track_payment import record_facts
from connector_core.ports.gateway import Gateway, RefundAsk
from tests.unit.flow.ledger import NOW, PORTS, fact, order

REFUND = PaymentKind.REFUND


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


@dataclass
class Psp:
    """A PSP with a ledger of its own; `lost` are the answers that never arrive: before the deed or after it."""

    facts: list[PaymentFact] = field(default_factory=lambda: [fact()])
    lost: list[str] = field(default_factory=list)
    asks: list[RefundAsk] = field(default_factory=list)
    names_parent: bool = True

    async def payments(self, link: PayLink) -> Sequence[PaymentFact]:
        assert link.psp_order == "P-a"
        return self.facts

    async def refund(self, ask: RefundAsk) -> PaymentFact:
        self.asks.append(ask)
        way = self.lost.pop(0) if self.lost else ""
        made = fact(f"r{len(self.facts)}", kind=REFUND, amount=ask.amount)
        if way != "before":
            self.facts.append(replace(made, parent=ask.payment_ref if self.names_parent else ""))
        if way:
            raise OutcomeUnknown("The answer was lost.")
        return made

    @property
    def given(self) -> list[int]:
        return [f.amount.minor for f in self.facts if f.kind is REFUND]


class Book:
    """An order whose refunds are asked for and worked on, one after the other, as the runner does it."""

    def __init__(self, psp: Psp, *facts: PaymentFact) -> None:
        self.ports = replace(PORTS, gateways={"lyra": cast(Gateway, psp)})
        self.state = order()
        self._keep(record_facts(self.state, facts or psp.facts, PORTS))

    def ask(self, minor: int | None = None, **rest: Any) -> Step:
        (step,) = self.ask_at_once(minor, **rest)
        return step

    def ask_at_once(self, *sums: int | None, **rest: Any) -> list[Step]:
        """Wishes of people none of whom sees what the others ask for."""
        wanted = [None if minor is None else euros(minor) for minor in sums]
        asked = [ask_refund(self.state, PORTS.clock, amount, **rest).steps[0] for amount in wanted]
        steps = [replace(step, created_at=NOW + timedelta(seconds=at)) for at, step in enumerate(asked)]
        self.state = self.state.with_steps(steps)
        return steps

    async def work(self, step_id: StepId) -> Outcome | None:
        """None when the answer was lost; the step's outcome is unknown from then on."""
        mine, _ = refund_ahead(self.state, self.step(step_id), self.ports)
        try:
            outcome = await refund(self.state, mine, self.ports)
        except OutcomeUnknown:
            self.state = self.state.with_steps([replace(mine, state=StepState.UNKNOWN)])
            return None
        if outcome.parked:
            self._keep(outcome + Outcome(steps=[replace(mine, state=StepState.PARKED)]))
        else:
            self._keep(outcome, step_id)
        return outcome

    def step(self, step_id: StepId) -> Step:
        (found,) = [s for s in self.state.steps if s.id == step_id]
        return found

    def hear(self, facts: Sequence[PaymentFact]) -> None:
        self._keep(record_facts(self.state, facts, PORTS))

    def _keep(self, outcome: Outcome, *done: StepId) -> None:
        self.state = self.state.with_values(outcome.values).with_steps(outcome.steps, done)

    @property
    def refunds(self) -> list[int]:
        return [p.amount.minor for p in self.state.payments if p.kind is REFUND]
