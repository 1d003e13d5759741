"""What a payment means for the books as they are: a decision, without any call."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector_core.sdk import PaymentUpdate, WriteBackFact
from connector_odoo.books import Books, Paper
from connector_odoo.documents import MOVE
from connector_odoo.mark import OdooPayment

_MONEY = frozenset({WriteBackFact.CAPTURED, WriteBackFact.REFUNDED})


@dataclass(frozen=True, slots=True)
class Refuse:
    message: str
    cure: str


@dataclass(frozen=True, slots=True)
class Known:
    """It is in the books: by an earlier try of ours, perhaps one that was cut before it was posted."""

    payment: OdooPayment


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person has booked it. Our mark is added, so that it stands for one payment only."""

    payment: OdooPayment


@dataclass(frozen=True, slots=True)
class Register:
    """A payment on these posted invoices, or, paid back, on these credit notes."""

    moves: Sequence[int]


@dataclass(frozen=True, slots=True)
class Advance:
    """A payment that no invoice takes yet; it waits as the buyer's credit, or debit."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class TellOnly:
    """A fact that changes no amount in Odoo."""


Decision = Refuse | Known | ByHand | Register | Advance | TellOnly


def is_money(update: PaymentUpdate) -> bool:
    """Whether the fact belongs into the ledger, and not only into the chatter."""
    return update.fact in _MONEY


def decide(update: PaymentUpdate, books: Books) -> Decision:
    """Looks for our mark first, then for a person's booking, then for something to pay."""
    paper = books.papers.get(update.order_ref)
    if paper is None:
        return Refuse("Odoo has no such document (any more).", "Book the payment by hand, or pay it back to the buyer.")
    if not is_money(update):
        return TellOnly()
    if ours := books.marked(update):
        return Known(ours[0])
    if paper.currency != update.amount.currency:
        return Refuse(
            f"The document is in {paper.currency}, the payment in {update.amount.currency}.",
            "Book the payment by hand: currencies are never converted.",
        )
    inbound = update.fact is WriteBackFact.CAPTURED
    open_moves = paper.open_moves("out_invoice" if inbound else "out_refund")
    missing = sum(left for _, left in open_moves) < update.amount.decimal()
    if person := _by_hand(update, books, paper, inbound=inbound, missing=missing):
        books.taken.add(person.id)
        return ByHand(person)
    if open_moves:
        return Register(_enough(open_moves, update))
    return Advance(_why_advance(paper) if inbound else "")


def _by_hand(update: PaymentUpdate, books: Books, paper: Paper, *, inbound: bool, missing: bool) -> OdooPayment | None:
    """A payment of this amount that names the transaction, or that paid this document, which then lacks it no more."""
    moves = {int(move["id"]) for move in paper.moves}
    name = str(paper.row["name"] or "")
    for payment in books.payments:
        is_candidate = (
            payment.inbound is inbound
            and not payment.marks
            and not payment.draft
            and payment.id not in books.taken
            and payment.amount == update.amount.decimal()
            and payment.currency == update.amount.currency
        )
        names_it = update.psp_ref in payment.memo or (paper.model != MOVE and bool(name) and name in payment.memo)
        if is_candidate and (names_it or (missing and moves & set(payment.reconciled))):
            return payment
    return None


def _enough(open_moves: Sequence[tuple[int, Decimal]], update: PaymentUpdate) -> Sequence[int]:
    """The oldest ones that take the amount together; all of them where it is more than they ask for."""
    chosen: list[int] = []
    rest = update.amount.decimal()
    for number, left in open_moves:
        chosen.append(number)
        rest -= left
        if rest <= 0:
            break
    return chosen


def _why_advance(paper: Paper) -> str:
    if paper.row["state"] == "cancel":
        return "The document is cancelled: the payment was entered as the buyer's credit."
    if any(move["state"] == "posted" for move in paper.moves):
        return "The invoices are paid already: the payment was entered as the buyer's credit."
    return ""
