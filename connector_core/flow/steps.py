"""Runs the steps of an order: hot, one after the other, with every foreign effect written ahead.

An order is worked on under a lease, so by one run at a time. Before a stage with an effect its attempt is committed,
together with whatever was decided before; its outcome goes out with the next commit. So an order that meets no trouble
costs three commits: asked, linked, sent.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from connector_core.crash_points import crash_point
from connector_core.domain.card_numbers import without_card_numbers
from connector_core.domain.errors import ConnectorError, Rejected, RetryLater
from connector_core.domain.event import EventType
from connector_core.domain.ids import ConnectionId, OrderId
from connector_core.domain.order import OrderEvent
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.cancel import cancel
from connector_core.flow.close_link import close_link
from connector_core.flow.create_link import create_link, link_ahead
from connector_core.flow.erase import erase
from connector_core.flow.map_order import map_order
from connector_core.flow.middleware.attempt import Attempt
from connector_core.flow.middleware.circuit import Circuits, broken
from connector_core.flow.middleware.observe import Observer, observed
from connector_core.flow.middleware.pause import Pauses, PeerPaused, paused, peer_of
from connector_core.flow.middleware.retry import after_failure
from connector_core.flow.middleware.time_limit import limited
from connector_core.flow.notify import send_again
from connector_core.flow.pending import Pending
from connector_core.flow.prolong_link import prolong_link
from connector_core.flow.reconcile import reconcile
from connector_core.flow.refund import refund, refund_ahead
from connector_core.flow.remind import remind
from connector_core.flow.send_message import send_message
from connector_core.flow.send_receipt import send_receipt
from connector_core.flow.settle import settle
from connector_core.flow.stage import Outcome, Ports, happened, new_step, parked_step
from connector_core.flow.track_message import track_message
from connector_core.flow.track_payment import track_payment
from connector_core.flow.update_link import update_link
from connector_core.flow.write_back import write_back
from connector_core.ports.store import OrderBusy, Store, StoreUnavailable

Stage = Callable[[OrderState, Step, Ports], Awaitable[Outcome]]

STAGES: Mapping[StepKind, Stage] = {
    StepKind.MAP_ORDER: map_order,
    StepKind.CANCEL: cancel,
    StepKind.CREATE_LINK: create_link,
    StepKind.UPDATE_LINK: update_link,
    StepKind.PROLONG_LINK: prolong_link,
    StepKind.CLOSE_LINK: close_link,
    StepKind.NOTIFY: send_again,
    StepKind.REMIND: remind,
    StepKind.SETTLE: settle,
    StepKind.SEND_MESSAGE: send_message,
    StepKind.SEND_RECEIPT: send_receipt,
    StepKind.TRACK_PAYMENT: track_payment,
    StepKind.TRACK_MESSAGE: track_message,
    StepKind.WRITE_BACK: write_back,
    StepKind.REFUND: refund,
    StepKind.RECONCILE: reconcile,
    StepKind.ERASE: erase,
}
AHEAD: Mapping[StepKind, Callable[[OrderState, Step, Ports], tuple[Step, Outcome]]] = {
    StepKind.CREATE_LINK: link_ahead,
    StepKind.REFUND: refund_ahead,
}
"""What must be known of an attempt even if its answer is lost: the step as it is stored before the call, and what is
stored beside it.
"""
_ATTEMPT_SECONDS = 60.0

_log = structlog.get_logger(__name__)


class Runner:
    """Takes orders to rest: every step of theirs done, deferred or parked, and that committed."""

    def __init__(
        self,
        store: Store,
        ports: Ports,
        pauses: Pauses,
        observer: Observer,
        published: Callable[[], None],
        *,
        share: int = 50,
    ) -> None:
        """`published` is called after a commit that left something in the outbox. So many orders of one connection are
        run hot, its `share`: more of them wait in the step table, so that a burst of one shop does not hold up others
        (invariant I17).
        """
        self._store = store
        self._ports = ports
        self._published = published
        self._observer = observer
        self._circuits = Circuits(pauses)
        self._attempt = self._with_policy(pauses, observer)
        self._poked: set[OrderId] = set()
        self._share = share
        self._hot: Counter[ConnectionId] = Counter()

    async def receive(self, event: OrderEvent) -> None:
        """One order event, to rest, or to wait when too many of its connection are in hand. The same event again only
        resumes what its first delivery began."""
        state = await self._take(event)
        key = f"event:{event.source}:{event.id}"
        known = bool(state.order.version or state.steps or state.request)
        if known and await self._patiently(lambda: self._store.seen(key)):
            return await self.run(state, Pending())
        record = None if state.order.erased_at else without_card_numbers(event.record)
        about: dict[str, Any] = {"document": event.document, "record": record, "at": event.at.isoformat()}
        old = [step for step in state.steps if _superseded(step, event)]
        if event.send_again or any(step.payload.get("send_again") for step in old):
            about["send_again"] = True
        if event.actor:
            about["actor"] = event.actor
        step = new_step(state.order.id, StepKind.MAP_ORDER, self._ports.clock.now(), **about)
        superseded = [step.id for step in old]
        pending = Pending([state.order], [key], superseded)
        pending.keep(step)
        state = state.with_steps([step], superseded)
        if self._hot[event.connection] >= self._share:
            return await self._commit(pending, state, release=True)
        self._hot[event.connection] += 1
        try:
            return await self.run(state, pending)
        finally:
            self._hot[event.connection] -= 1

    async def advance(self, order_id: OrderId) -> None:
        """Runs what is due of a known order: now, or as soon as the run that has it in hand lets go of it."""
        self._poked.add(order_id)
        try:
            state = await self._store.take_order(order_id)
        except OrderBusy:
            return
        self._poked.discard(order_id)
        await self.run(state, Pending())

    async def run(self, state: OrderState, pending: Pending) -> None:
        """Runs the due steps of a leased order, in the order of their kinds, until it comes to rest.

        Each run is a task of its own: what it logs names its order from here on.
        """
        structlog.contextvars.bind_contextvars(order=state.order.id, connection=state.order.connection)
        while step := self._next(state):
            try:
                with self._circuits.turn(peer_of(state, step)):
                    state, pending = await self._take_step(state, step, pending)
            except PeerPaused as rest:
                state = self._rests(state, step, rest, pending)
        crash_point("order.resting")
        await self._commit(pending, state, release=True)
        crash_point("order.rested")
        if state.order.id in self._poked:
            await self.advance(state.order.id)

    async def _take_step(self, state: OrderState, step: Step, pending: Pending) -> tuple[OrderState, Pending]:
        """One step of an order, its attempt committed ahead when it has an effect."""
        if step.kind.has_effect:
            step = replace(step, attempts=step.attempts + 1)
            if ahead := AHEAD.get(step.kind):
                step, beside = ahead(state, step, self._ports)
                pending.add(beside)
                state = state.with_values(beside.values)
            pending.keep(replace(step, state=StepState.STARTED))
            crash_point("step.attempting")
            await self._commit(pending, state)
            crash_point("step.attempted", step.kind)
            pending = Pending()
        state = await self._try(state, step, pending)
        crash_point("step.answered", step.kind)
        return state, pending

    def _rests(self, state: OrderState, step: Step, rest: PeerPaused, pending: Pending) -> OrderState:
        """The step's peer is left alone: nobody was called, and it is not worth a line in the log."""
        kept = after_failure(step, rest, self._ports.clock.now())
        pending.keep(kept)
        _log.debug("step waits", step=kept.kind, cause=kept.cause, due_at=kept.due_at.isoformat())
        return state.with_steps([kept])

    async def _try(self, state: OrderState, step: Step, pending: Pending) -> OrderState:
        try:
            outcome = await self._attempt(state, step)
        except PeerPaused as rest:  # since the step got its turn
            return self._rests(state, step, rest, pending)
        except ConnectorError as error:
            return self._failed(state, step, error, pending)
        except StoreUnavailable as error:  # a look-up before the call: nothing has happened at the peer
            away = RetryLater("The database could not be asked.", detail=str(error))
            return self._failed(state, step, away, pending)
        except Exception as error:  # noqa: BLE001 - one order's defect must not stop the others
            _log.exception("a stage failed", step=step.kind)
            return self._failed(state, step, _defect(step, error), pending)
        pending.add(outcome)
        state = state.with_values(outcome.values)
        if outcome.parked:
            return self._failed(state.with_steps(outcome.steps), step, outcome.parked, pending, park=True)
        pending.finish(step.id)
        return state.with_steps(outcome.steps, [step.id, *outcome.done])

    def _failed(
        self, state: OrderState, step: Step, error: ConnectorError, pending: Pending, *, park: bool = False
    ) -> OrderState:
        now = self._ports.clock.now()
        counted = step if step.kind.has_effect else replace(step, attempts=step.attempts + 1)
        kept = parked_step(counted, error) if park else after_failure(counted, error, now)
        pending.keep(kept)
        if kept.state is StepState.PARKED:
            data = {"step": kept.kind, "cure": kept.cure}
            pending.add(
                Outcome(events=[happened(EventType.STEP_PARKED, state, now, kept.id, cause=kept.cause, **data)])
            )
            _log.warning("step parked", step=kept.kind, cause=kept.cause, cure=kept.cure)
        else:
            _log.info("step deferred", step=kept.kind, cause=kept.cause, due_at=kept.due_at.isoformat())
        return state.with_steps([kept])

    def _next(self, state: OrderState) -> Step | None:
        now = self._ports.clock.now()
        due = [s for s in state.steps if s.state in (StepState.WAITING, StepState.UNKNOWN) and s.due_at <= now]
        return min(due, key=lambda step: (step.kind.rank, step.created_at, step.id), default=None)

    async def _take(self, event: OrderEvent) -> OrderState:
        shop = self._ports.source(event.connection).shop
        while True:
            try:
                return await self._store.take(event.connection, event.order_ref, shop)
            except OrderBusy:
                await self._ports.clock.sleep(0.05)

    async def _commit(self, pending: Pending, state: OrderState, *, release: bool = False) -> None:
        batch = pending.batch(state, release=release)
        await self._patiently(lambda: self._store.commit(batch))
        if batch.events:
            self._observer.happened(batch.events)
            self._published()

    async def _patiently(self, work: Callable[[], Awaitable[bool]]) -> bool:
        """Holds on while the database cannot be reached (faults.md 18): what a peer has done must not be forgotten, and
        an order in hand that nobody gives back is held, its lease prolonged, until the daemon ends.
        """
        try:
            return await work()
        except StoreUnavailable:
            answer = False
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(StoreUnavailable), wait=wait_random_exponential(0.2, max=5)
        ):
            with attempt:
                answer = await work()
        return answer

    def _with_policy(self, pauses: Pauses, observer: Observer) -> Attempt:
        attempt = broken(paused(limited(self._stage, _ATTEMPT_SECONDS), pauses), self._circuits)
        return observed(attempt, observer, self._ports.clock)

    async def _stage(self, state: OrderState, step: Step) -> Outcome:
        return await STAGES[step.kind](state, step, self._ports)


def _superseded(step: Step, event: OrderEvent) -> bool:
    """A newer event of the same order makes an unfinished reading of it pointless, a parked one included.

    An event that is read from its system is always newer; one that brings its record along may have been overtaken.
    """
    unfinished = step.state is StepState.PARKED or step.payload.get("record") is None
    if step.kind is not StepKind.MAP_ORDER or not unfinished:
        return False
    asked_at: str = step.payload.get("at") or ""
    return event.record is None or (asked_at != "" and datetime.fromisoformat(asked_at) < event.at)


def _defect(step: Step, error: Exception) -> Rejected:
    return Rejected(
        f"The connector failed at {step.kind.value.replace('_', ' ')}: {type(error).__name__}.",
        cure="Report it with the log of this moment; after an update, retry it with: paylink replay ORDER.",
    )
