"""What must be zero after any fault, counted in the ledgers of the peers: the shop, the PSP, the buyers' phones."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from connector_core.domain.message import Delivery
from connector_core.domain.payment import PaymentKind, PaymentState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind, StepState
from connector_core.sandbox.lyra.values import PaymentOrder
from connector_core.sandbox.whatsapp.ledger import Sent
from connector_core.sandbox.world import World
from connector_core.sdk.testing.vendor import VendorSandbox
from tests.faults.figures import note

_WAITING_FOR_THE_BUYER = (StepKind.RECONCILE, StepKind.PROLONG_LINK, StepKind.REMIND)


@dataclass(frozen=True, slots=True)
class Zeros:
    """Orders, buyers and payments to which something happened that must never happen; all zero is good.

    A receipt is lost when none came and we do not know that: one whose sending broke off is never repeated (I19).
    """

    orders_lost: int
    payable_twice: int
    messages_twice: int
    payments_unrecorded: int
    payments_recorded_twice: int
    bookings_lost: int
    bookings_twice: int
    receipts_lost: int
    receipts_twice: int
    refunds_twice: int
    refunds_unrecorded: int
    parked: int

    @property
    def violated(self) -> dict[str, int]:
        return {name: count for name, count in asdict(self).items() if count}


def count_zeros(placed: Sequence[str], states: Sequence[OrderState], world: World) -> Zeros:
    """`placed` are the order references that the shop made, `states` our ledger of all of them."""
    captures = Counter(t.uuid for t in world.lyra.ledger.transactions if t.paid and t.operation_type == "DEBIT")
    refunds = [t for t in world.lyra.ledger.transactions if t.operation_type == "CREDIT"]
    recorded = _recorded(states, PaymentKind.CAPTURE)
    booked = Counter(booking.psp_ref for rows in world.shop.paid_orders().values() for booking in rows)
    noted = _notes(world.shop, captures)
    receipts = _receipts(states, world)
    asked = _asked(world)
    return Zeros(
        orders_lost=len([ref for ref in placed if not asked[ref]]),
        payable_twice=sum(_overlap(orders) for orders in _by_order(world.lyra.ledger.orders).values()),
        messages_twice=sum(any(count > 1 for count in by_template.values()) for by_template in asked.values()),
        payments_unrecorded=len(captures.keys() - recorded.keys()),
        payments_recorded_twice=_several(recorded) + len(recorded.keys() - captures.keys()),
        bookings_lost=len(captures.keys() - (booked.keys() & noted.keys())),
        bookings_twice=_several(booked) + _several(noted),
        receipts_lost=len(captures.keys() - receipts.keys() - _unknown_receipts(states)),
        receipts_twice=_several(receipts) + len(receipts.keys() - captures.keys()),
        refunds_twice=_several(Counter(refund.parent or "" for refund in refunds)),
        refunds_unrecorded=len({refund.uuid for refund in refunds} ^ set(_recorded(states, PaymentKind.REFUND))),
        parked=sum(any(step.state is StepState.PARKED for step in state.steps) for state in states),
    )


def note_zeros(orders: int, zeros: Zeros) -> None:
    """For the summary of the fault tests."""
    note(
        orders=orders,
        lost=zeros.orders_lost,
        links_twice=zeros.payable_twice,
        messages_twice=zeros.messages_twice,
        payments_unrecorded=zeros.payments_unrecorded,
        write_backs_twice=zeros.bookings_twice,
    )


def at_rest(states: Sequence[OrderState]) -> bool:
    """Nothing is to be done but to wait for buyers, so that nothing that is counted can still change."""
    steps = [step for state in states for step in state.steps if step.state is not StepState.PARKED]
    return all(step.kind in _WAITING_FOR_THE_BUYER and not step.outcome_unknown for step in steps)


def order_ref(order: PaymentOrder) -> str:
    """The shop's number of an order, which begins our order id at the PSP."""
    return (order.order_id or "").partition("-")[0]


def _recorded(states: Sequence[OrderState], kind: PaymentKind) -> Counter[str]:
    payments = [p for state in states for p in state.payments]
    return Counter(p.psp_ref for p in payments if p.kind is kind and p.state is PaymentState.DONE)


def _by_order(orders: Iterable[PaymentOrder]) -> dict[str, list[PaymentOrder]]:
    found: defaultdict[str, list[PaymentOrder]] = defaultdict(list)
    for order in sorted(orders, key=lambda order: order.created_at):
        found[order_ref(order)].append(order)
    return found


def _overlap(orders: Sequence[PaymentOrder]) -> bool:
    """Whether one of them, oldest first, was payable when the next one was made."""
    return any(before.expires_at > after.created_at for before, after in itertools.pairwise(orders))


def _asked(world: World) -> defaultdict[str, Counter[str]]:
    """Order to how often its buyer was asked, by template; whatever the link, the buyer is the same."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for message in _messages(world):
        if message.button_url:
            order = world.lyra.ledger.order_by_code(message.button_url.rpartition("/")[2])
            assert order is not None, "a message has a link that the PSP does not know"
            found[order_ref(order)][message.template] += 1
    return found


def _notes(shop: VendorSandbox, captures: Iterable[str]) -> Counter[str]:
    """The payments that are noted under the shop's orders, as often as they are."""
    orders = cast(list[dict[str, Any]], shop.ledger()["orders"])
    words = [word.strip(".") for order in orders for note in order["notes"] for word in note["note"].split()]
    known = set(captures)
    return Counter(word for word in words if word in known)


def _receipts(states: Sequence[OrderState], world: World) -> Counter[str]:
    """The captures for which a receipt came to a phone, as often as it came; a receipt of nobody keeps its own name."""
    references = {p.id: p.psp_ref for s in states for p in s.payments}
    ours = {m.id: references[m.payment_id] for s in states for m in s.messages if m.payment_id in references}
    by_attempt: dict[str, str] = {str(message_id): reference for message_id, reference in ours.items()}
    return Counter(by_attempt.get(m.attempt_id, m.attempt_id) for m in _messages(world) if "receipt" in m.template)


def _unknown_receipts(states: Sequence[OrderState]) -> set[str]:
    references = {p.id: p.psp_ref for s in states for p in s.payments}
    unknown = [m for s in states for m in s.messages if m.payment_id and m.delivery is Delivery.UNKNOWN]
    return {references[m.payment_id] for m in unknown if m.payment_id is not None}


def _messages(world: World) -> list[Sent]:
    return list(world.phone.ledger.messages.values())


def _several(counts: Counter[str]) -> int:
    return sum(count > 1 for count in counts.values())
