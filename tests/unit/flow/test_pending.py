"""What a run has decided and not committed."""

from dataclasses import replace
from datetime import UTC, datetime

from connector_core.domain.ids import ConnectionId, OrderId, OrderRef, ShopId, StepId
from connector_core.domain.order import Order
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.pending import Pending
from connector_core.flow.stage import Outcome

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ORDER = Order(OrderId("o"), ConnectionId("woo"), OrderRef("1"), ShopId("main"), "1", NOW)
STEP = Step(StepId("s"), OrderId("o"), StepKind.MAP_ORDER, NOW, NOW)


def test_only_the_last_version_of_a_value_is_stored() -> None:
    pending = Pending([ORDER])
    pending.add(Outcome(values=[replace(ORDER, version="2")]))
    pending.add(Outcome(values=[replace(ORDER, version="3")]))
    assert pending.batch(OrderState(ORDER), release=False).values == (replace(ORDER, version="3"),)


def test_a_step_that_was_kept_and_then_finished_is_gone() -> None:
    pending = Pending()
    pending.keep(STEP)
    pending.finish(STEP.id)
    batch = pending.batch(OrderState(ORDER), release=True)
    assert (batch.steps, batch.done, batch.release) == ((), ("s",), True)


def test_steps_that_became_pointless_are_finished_with_the_outcome() -> None:
    pending = Pending()
    pending.keep(STEP)
    pending.add(Outcome(done=[STEP.id]))
    assert pending.batch(OrderState(ORDER), release=False).steps == ()
