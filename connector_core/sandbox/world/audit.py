"""Compares every ledger with ours: what the connector believes with what the shop, the PSP and the phone have seen."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connector_core.domain.ids import MessageId
from connector_core.domain.message import Purpose
from connector_core.domain.payment import PaymentKind, PaymentState, WriteBackState
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.sandbox.lyra import LyraSandbox
from connector_core.sandbox.lyra.values import PaymentOrder
from connector_core.sandbox.whatsapp import WhatsAppSandbox
from connector_core.sdk.testing.vendor import VendorSandbox

_RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison. `ours` and `theirs` are counts; `wrong` names up to three that differ."""

    name: str
    ours: int
    theirs: int
    wrong: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return self.ours == self.theirs and not self.wrong


def audit(
    placed: Sequence[str], states: Sequence[OrderState], shop: VendorSandbox, lyra: LyraSandbox, phone: WhatsAppSandbox
) -> list[Finding]:
    """`placed` are the order references that the shop made. Every finding that does not agree is a fault."""
    return [
        _orders(placed, states),
        _links(states, lyra),
        _messages(states, phone),
        _captures(states, lyra),
        _bookings(states, shop),
        _receipts(states, phone),
        _expired(states, lyra),
        _at_rest(states),
    ]


def _orders(placed: Sequence[str], states: Sequence[OrderState]) -> Finding:
    known = {state.order.order_ref for state in states if state.request}
    return Finding("orders", len(known), len(placed), _few(set(placed) ^ known))


def _links(states: Sequence[OrderState], lyra: LyraSandbox) -> Finding:
    """Each order has a PayLink, and never had two that were payable at the same time.

    One whose making was never confirmed, or that ended on trial when nobody prolonged it, may be at the PSP:
    then it ended before the next one was made.
    """
    made = {order.order_id or "": order for order in lyra.ledger.orders}
    double = {name for name, count in Counter(o.order_id or "" for o in lyra.ledger.orders).items() if count != 1}
    lost = {link.psp_order for state in states for link in state.links if link.state is LinkState.LOST}
    ours = {link.psp_order for state in states for link in state.links} - lost
    without = {str(s.order.order_ref) for s in states if all(link.psp_order in lost for link in s.links)}
    overlapping = {str(s.order.order_ref) for s in states if _overlap([made.get(x.psp_order) for x in s.links])}
    wrong = double | without | overlapping | (ours ^ (set(made) - lost))
    return Finding("paylinks", len(ours), len(set(made) - lost), _few(wrong))


def _overlap(links: Sequence[PaymentOrder | None]) -> bool:
    """Whether one of an order's payment orders, oldest first, was payable when the next one was made."""
    there = [link for link in links if link is not None]
    return any(before.expires_at > after.created_at for before, after in itertools.pairwise(there))


def _messages(states: Sequence[OrderState], phone: WhatsAppSandbox) -> Finding:
    """Every buyer got exactly one message with the PayLink."""
    ours = {link.url for state in states for link in state.links if link.url}
    theirs = Counter(message.button_url for message in list(phone.ledger.messages.values()) if message.button_url)
    wrong = {url for url, count in theirs.items() if count != 1} | (set(theirs) ^ ours)
    return Finding("messages", len(ours), theirs.total(), _few(wrong))


def _captures(states: Sequence[OrderState], lyra: LyraSandbox) -> Finding:
    ours = Counter(p.psp_ref for s in states for p in s.payments if _captured(p.kind, p.state))
    theirs = Counter(t.uuid for t in lyra.ledger.transactions if t.paid and t.operation_type == "DEBIT")
    return Finding("captures", ours.total(), theirs.total(), _few(set(ours - theirs) | set(theirs - ours)))


def _bookings(states: Sequence[OrderState], shop: VendorSandbox) -> Finding:
    """The shop has booked each capture once, with its amount."""
    ours = Counter(
        (str(s.order.order_ref), p.psp_ref, p.amount) for s in states for p in s.payments if _captured(p.kind, p.state)
    )
    theirs = Counter(
        (ref, booked.psp_ref, booked.amount) for ref, payments in shop.paid_orders().items() for booked in payments
    )
    differing = (ours - theirs) + (theirs - ours)
    return Finding("shop payments", ours.total(), theirs.total(), _few({str(key[0]) for key in differing}))


def _receipts(states: Sequence[OrderState], phone: WhatsAppSandbox) -> Finding:
    """One receipt for each capture."""
    expected = Counter(p.id for s in states for p in s.payments if _captured(p.kind, p.state))
    ours = {m.id: m.payment_id for s in states for m in s.messages if m.purpose is Purpose.RECEIPT}
    arrived = [m.attempt_id for m in list(phone.ledger.messages.values()) if _RECEIPT in m.template]
    theirs = Counter(ours.get(MessageId(attempt)) for attempt in arrived)
    wrong = {str(name) for name, count in theirs.items() if count != 1 or name not in expected}
    return Finding("receipts", expected.total(), len(arrived), _few(wrong))


def _expired(states: Sequence[OrderState], lyra: LyraSandbox) -> Finding:
    ours = {link.psp_order for s in states for link in s.links if link.state is LinkState.EXPIRED}
    lost = {link.psp_order for s in states for link in s.links if link.state is LinkState.LOST}
    theirs = {order.order_id or "" for order in lyra.ledger.orders if order.status == "EXPIRED"} - lost
    return Finding("expired", len(ours), len(theirs), _few(ours ^ theirs))


def _at_rest(states: Sequence[OrderState]) -> Finding:
    """Nothing is parked, nothing waits for the shop, and no PayLink is yet to be made or to be waited out."""
    parked = {s.order.order_ref for s in states if any(step.state is StepState.PARKED for step in s.steps)}
    due = {s.order.order_ref for s in states if any(w.state is not WriteBackState.DONE for w in s.write_backs)}
    wanted = {s.order.order_ref for s in states if any(link.state is LinkState.WANTED for link in s.links)}
    return Finding("parked or unfinished", len(parked | due | wanted), 0, _few(parked | due | wanted))


def _captured(kind: PaymentKind, state: PaymentState) -> bool:
    return kind is PaymentKind.CAPTURE and state is PaymentState.DONE


def _few(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:3])
