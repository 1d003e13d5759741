"""What must hold once everything is at rest: our ledger against the peers' own."""

from collections import Counter
from collections.abc import Iterator

from connector_core.domain.ids import OrderRef
from connector_core.domain.payment import Payment, PaymentFlag, PaymentKind, PaymentState, WriteBackFact, WriteBackState
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from tests.simulation.shop import SimOrder
from tests.simulation.world import World

_FACTS = {
    PaymentKind.CAPTURE: WriteBackFact.CAPTURED,
    PaymentKind.REFUND: WriteBackFact.REFUNDED,
    PaymentKind.CHARGEBACK: WriteBackFact.CHARGED_BACK,
}
_DEFECT = "The connector failed at"


def compare(world: World) -> list[str]:
    """Every disagreement, in plain words."""
    states = {state.order.order_ref: state for state in world.states()}
    found = [*_orders(world, states), *_captures(world), *_published(world)]
    for state in states.values():
        found += [*_sums(world, state), *_bookings(world, state), *_steps(state)]
    return found


def _orders(world: World, states: dict[OrderRef, OrderState]) -> Iterator[str]:
    """Every order lives, is closed, or is parked (I1)."""
    for order in world.outside.shop.orders.values():
        state = states.get(order.ref)
        if state is None:
            yield f"I1 order {order.ref} is lost"
        elif not _rests(state, order):
            request = state.request
            yield f"I1 order {order.ref} ({order.status}) is forgotten: {request.state if request else 'no request'}"
        elif not _agrees(world, state, order):
            yield f"I13 order {order.ref} asks for {order.total}, its request for something else, and nothing shows it"


def _rests(state: OrderState, order: SimOrder) -> bool:
    if any(step.state is StepState.PARKED for step in state.steps):
        return True
    if state.request is None:
        return order.status != "pending" or order.gone
    if state.request.state is RequestState.OPEN:
        return any(payment.flag is not PaymentFlag.NONE for payment in state.payments)
    return state.request.state is not RequestState.CANCELLED or order.status != "pending" or order.gone


def _agrees(world: World, state: OrderState, order: SimOrder) -> bool:
    if state.request is None or order.status != "pending" or order.gone:
        return True
    if any(step.state is StepState.PARKED for step in state.steps):
        return True
    if state.request.terms.amount.minor == order.total:
        return True
    events = world.database.rows.events.values()
    return any(event.order_id == state.order.id and "now asks for" in event.cause for event in events)


def _captures(world: World) -> Iterator[str]:
    """Everything that the PSP has booked is recorded once, and nothing else (I4)."""
    ours = Counter(
        (value.psp_ref, value.kind)
        for value in world.database.rows.values.values()
        if isinstance(value, Payment) and value.state is PaymentState.DONE
    )
    theirs = {key for key, fact in world.outside.lyra.facts.items() if fact.state is PaymentState.DONE}
    missing = theirs - set(ours) - world.watch.not_to_be_found - _second_ones(world, set(ours))
    yield from (f"I4 {kind} {psp_ref} was never recorded" for psp_ref, kind in sorted(missing))
    yield from (f"I4 {kind} {psp_ref} is recorded, but not at the PSP" for psp_ref, kind in sorted(set(ours) - theirs))


def _second_ones(world: World, recorded: set[tuple[str, PaymentKind]]) -> set[tuple[str, PaymentKind]]:
    """Captures of links of which another capture is recorded: such a link is not read any more."""
    facts = world.outside.lyra.facts
    paid = {facts[key].psp_order for key in recorded if key in facts and key[1] is PaymentKind.CAPTURE}
    return {key for key, fact in facts.items() if fact.psp_order in paid and key not in recorded}


def _sums(world: World, state: OrderState) -> Iterator[str]:
    """Paid is the sum of the PSP's captures in the request's currency (I5)."""
    request = state.request
    if request is None:
        return
    ours, currency = {link.psp_order for link in state.links}, request.terms.amount.currency
    recorded = {(p.psp_ref, p.kind) for p in state.payments if p.state is PaymentState.DONE}
    unknown = world.watch.not_to_be_found | _second_ones(world, recorded)
    for kind, summed in (
        (PaymentKind.CAPTURE, request.captured),
        (PaymentKind.REFUND, request.refunded),
        (PaymentKind.CHARGEBACK, request.disputed),
    ):
        theirs = sum(
            fact.amount.minor
            for key, fact in world.outside.lyra.facts.items()
            if fact.psp_order in ours
            and (key in recorded or key not in unknown)
            and (fact.kind, fact.state, fact.amount.currency) == (kind, PaymentState.DONE, currency)
        )
        if summed != theirs:
            yield f"I5 order {state.order.order_ref}: {kind} is {summed}, at the PSP {theirs}"


def _bookings(world: World, state: OrderState) -> Iterator[str]:
    """One booking in the shop for each fact; one that it refused is parked (I7)."""
    ref = state.order.order_ref
    booked = Counter(key[:2] for key in world.outside.shop.orders[ref].booked)
    yield from (f"I7 order {ref}: {key} was booked {count} times" for key, count in booked.items() if count > 1)
    told = {w.payment_id: w for w in state.write_backs if w.payment_id}
    for payment in state.payments:
        if payment.state is not PaymentState.DONE:
            continue
        key = (_FACTS[payment.kind], payment.psp_ref)
        write_back = told.get(payment.id)
        if write_back is None or (write_back.state is WriteBackState.DUE and not _parked(state, "write_back")):
            yield f"I7 order {ref}: {key} is not written back, and not parked: {write_back}"
        elif write_back.state is WriteBackState.DONE and not booked[key]:
            yield f"I7 order {ref}: {key} counts as written back, but the shop has no booking"
    expected = {(_FACTS[p.kind], p.psp_ref) for p in state.payments if p.state is PaymentState.DONE}
    strange = {key for key in booked if key[0] is not WriteBackFact.EXPIRED} - expected
    yield from (f"I7 order {ref}: {key} was booked for nothing" for key in sorted(strange))


def _parked(state: OrderState, kind: str) -> bool:
    return any(step.state is StepState.PARKED and step.kind == kind for step in state.steps)


def _steps(state: OrderState) -> Iterator[str]:
    """What is left waits for a person, with its cause."""
    for step in state.steps:
        if step.state is not StepState.PARKED:
            yield f"I21 order {state.order.order_ref}: {step.kind} is left {step.state}"
        elif not step.cause or step.cause.startswith(_DEFECT):
            yield f"I1 order {state.order.order_ref}: {step.kind} is parked by {step.cause!r}"


def _published(world: World) -> Iterator[str]:
    """All that has happened was told to the world (I10)."""
    missing = set(world.database.rows.events) - world.outside.exchange.published
    if missing:
        yield f"I10 {len(missing)} events were never published"
