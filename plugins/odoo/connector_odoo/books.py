"""What Odoo's books say about the documents of some payment updates, read in a handful of calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connector_core.sdk import OrderRef, PaymentUpdate, Record
from connector_odoo.amount import decimal_of, key, named
from connector_odoo.documents import MOVE, ORDER, Documents, parse_ref
from connector_odoo.mark import PREFIX, OdooPayment, note_mark, payments_of
from connector_odoo.server import OdooServer

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Paper:
    """An order or invoice with the invoices and credit notes that belong to it, oldest first."""

    model: str
    row: Record
    moves: Sequence[Record]
    partner: int
    """The buyer's company or the buyer: who owes what its invoices ask for."""

    @property
    def currency(self) -> str:
        return named(self.row["currency_id"])

    @property
    def company(self) -> int:
        return key(self.row["company_id"])

    def open_moves(self, kind: str) -> Sequence[tuple[int, Decimal]]:
        """Posted ones that leave something open, and how much."""
        posted = [move for move in self.moves if move["move_type"] == kind and move["state"] == "posted"]
        found = [(int(move["id"]), decimal_of(move["amount_residual"], named(move["currency_id"]))) for move in posted]
        return [(number, left) for number, left in found if left > 0]


@dataclass(frozen=True, slots=True)
class Books:
    """`noted` are the updates whose note is in the chatter already; `taken` payments of this batch's own choice."""

    papers: Mapping[OrderRef, Paper]
    payments: Sequence[OdooPayment]
    noted: frozenset[str]
    taken: set[int] = field(default_factory=set)

    def marked(self, update: PaymentUpdate) -> Sequence[OdooPayment]:
        return [p for p in self.payments if any(mark.update_id == update.id for mark in p.marks)]


class BookReader:
    def __init__(self, server: OdooServer, documents: Documents) -> None:
        self._server = server
        self._documents = documents

    def read(self, updates: Sequence[PaymentUpdate]) -> Books:
        """At most seven calls, whatever their number. A document that is gone has no paper."""
        refs = [found for update in updates if (found := parse_ref(update.order_ref))]
        orders = self._rows(ORDER, sorted({number for model, number in refs if model == ORDER}))
        wanted = {number for order in orders for number in order["invoice_ids"]}
        wanted |= {number for model, number in refs if model == MOVE}
        moves = self._documents.with_credits(wanted)
        people = self._rows("res.partner", sorted({key(row["partner_id"]) for row in (*orders, *moves)}))
        owes = {int(row["id"]): key(row["commercial_partner_id"]) or int(row["id"]) for row in people}
        papers = _papers(orders, moves, owes)
        return Books(papers, self.payments(updates, papers), self._noted(updates))

    def payments(self, updates: Sequence[PaymentUpdate], papers: Mapping[OrderRef, Paper]) -> Sequence[OdooPayment]:
        """Ours by their mark, whoever the partner is, and the buyers' others since the day before the payment."""
        memo, since = self._server.can.memo, min(update.at for update in updates) - _DAY
        partners = sorted(
            {number for paper in papers.values() for number in (paper.partner, key(paper.row["partner_id"]))}
        )
        either: list[Any] = ["|"] * len(updates) + [(memo, "ilike", f"{PREFIX}{update.id}") for update in updates]
        domain = [*either, "&", ("partner_id", "in", partners), ("date", ">=", f"{since:%Y-%m-%d}")]
        return payments_of(self._documents.rows("account.payment", domain), memo)

    def _rows(self, model: str, ids: Sequence[int]) -> Sequence[Record]:
        return self._documents.rows(model, [("id", "in", list(ids))]) if ids else []

    def _noted(self, updates: Sequence[PaymentUpdate]) -> frozenset[str]:
        """Notes are looked for on their documents: a text search over all messages would take long."""
        refs = [found for update in updates if (found := parse_ref(update.order_ref))]
        either: list[Any] = ["|"] if {ORDER, MOVE} == {model for model, _ in refs} else []
        for model in sorted({model for model, _ in refs}):
            numbers = sorted({number for other, number in refs if other == model})
            either += ["&", ("model", "=", model), ("res_id", "in", numbers)]
        if not either:
            return frozenset()
        rows = self._server.rpc.search_read("mail.message", [*either, ("body", "ilike", PREFIX)], ["body"])
        text = " ".join(str(row.get("body")) for row in rows)
        return frozenset(update.id for update in updates if note_mark(update) in text)


def _papers(orders: Sequence[Record], moves: Sequence[Record], owes: Mapping[int, int]) -> Mapping[OrderRef, Paper]:
    papers: dict[OrderRef, Paper] = {}
    for order in orders:
        mine = set(order["invoice_ids"])
        belonging = [m for m in moves if m["id"] in mine or key(m.get("reversed_entry_id")) in mine]
        papers[OrderRef(f"{ORDER}:{order['id']}")] = Paper(ORDER, order, belonging, owes[key(order["partner_id"])])
    for move in moves:
        belonging = [m for m in moves if m["id"] == move["id"] or key(m.get("reversed_entry_id")) == move["id"]]
        papers[OrderRef(f"{MOVE}:{move['id']}")] = Paper(MOVE, move, belonging, owes[key(move["partner_id"])])
    return papers
