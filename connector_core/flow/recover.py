"""After a restored backup: what may have happened since is looked up, or put before a person (faults.md 21)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from connector_core.domain.errors import OutcomeUnknown
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import EventId, OrderId, uuid7
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.gap import GAP
from connector_core.flow.stage import ACTOR, new_step, parked_step
from connector_core.ports.store import Batch, Store

_MAY_BE_ASKED = OutcomeUnknown(
    "This was still to be done when the backup was made, and may have been done before the database was restored.",
    cure="If the buyer has no message with a PayLink, let it be done: paylink parked retry STEP. Else close it.",
)
_ASKS = frozenset({StepKind.CREATE_LINK, StepKind.SEND_MESSAGE, StepKind.NOTIFY})


class Restored(Store, Protocol):
    """A store in which the orders that are not at rest can be found."""

    async def order(self, number_or_id: str) -> OrderState | None: ...

    async def unfinished(self) -> Sequence[OrderId]:
        """Orders with a step that is not parked, or with a PayLink that may be payable."""
        ...


async def recover(store: Restored, since: datetime, now: datetime) -> int:
    """For a database of the moment `since`, before a daemon works on it again; returns how many orders it concerns.

    Payments since then are found by reading every open PayLink at once. Whatever would ask a buyer is parked, for it
    may have been done already; write-backs and receipts count as unknown, so they are looked up and not repeated.
    """
    concerned = await store.unfinished()
    for order_id in concerned:
        state = await store.order(order_id)
        if state is not None:
            await store.commit(_after(state, now))
    await store.save_cursor(GAP, [since.isoformat(), now.isoformat()])
    return len(concerned)


def _after(state: OrderState, now: datetime) -> Batch:
    steps, events = [], []
    for step in state.steps:
        if step.state is StepState.PARKED or not (step.kind.has_effect or step.kind in _ASKS):
            continue
        steps.append(_doubtful(step))
        if steps[-1].state is StepState.PARKED:
            events.append(_parked(state, steps[-1], now))
    open_links = [link for link in state.links if link.state is LinkState.OPEN]
    read = [new_step(state.order.id, StepKind.RECONCILE, now, link_id=link.id) for link in open_links]
    planned = [s.id for s in state.steps if s.kind is StepKind.RECONCILE]
    return Batch(steps=[*steps, *read], events=events, done=planned)


def _doubtful(step: Step) -> Step:
    return parked_step(step, _MAY_BE_ASKED) if step.kind in _ASKS else replace(step, state=StepState.STARTED)


def _parked(state: OrderState, step: Step, now: datetime) -> Event:
    data = {"connection": state.order.connection, "order_ref": state.order.order_ref, "shop": state.order.shop}
    data |= {"step": step.kind, "cure": step.cure}
    return Event(EventId(uuid7()), EventType.STEP_PARKED, now, ACTOR, state.order.id, step.id, step.cause, data)
