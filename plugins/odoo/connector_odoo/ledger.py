"""The calls that enter a payment into Odoo's books (reference/odoo.md 6)."""

from collections.abc import Sequence
from typing import Any

from connector_core.sdk import ConfigurationError, PaymentUpdate, Record, WriteBackFact
from connector_odoo.amount import key
from connector_odoo.books import Paper
from connector_odoo.mark import OdooPayment, memo_of
from connector_odoo.note import note_html
from connector_odoo.server import OdooServer
from connector_odoo.settings import OdooSettings


class Ledger:
    """Each call is a transaction of its own in Odoo, so what follows a cut is found by its mark."""

    def __init__(self, server: OdooServer, settings: OdooSettings) -> None:
        self._server = server
        self._settings = settings
        self._journals: dict[int, int] = {}

    def register(self, update: PaymentUpdate, paper: Paper, moves: Sequence[int]) -> None:
        """One payment on all of these invoices, and through Odoo's own assistant, which reconciles them."""
        context = {"active_model": "account.move", "active_ids": list(moves)}
        values = {
            "amount": float(update.amount.decimal()),
            "payment_date": f"{update.at:%Y-%m-%d}",
            "journal_id": self.journal(paper.company),
            "communication": memo_of(update),
            **({"group_payment": True} if len(moves) > 1 else {}),
        }
        (wizard,) = self._server.rpc.create("account.payment.register", [values], context)
        self._server.rpc.run("account.payment.register", "action_create_payments", [wizard], context=context)

    def advance(self, entries: Sequence[tuple[PaymentUpdate, Paper]]) -> None:
        """Payments without an invoice, all in two calls."""
        values = [self._advance(update, paper) for update, paper in entries]
        self.post(self._server.rpc.create("account.payment", values))

    def post(self, payments: Sequence[int]) -> None:
        self._server.rpc.run("account.payment", "action_post", payments)

    def add_mark(self, update: PaymentUpdate, payment: OdooPayment) -> None:
        """A person's payment becomes the one of this update."""
        memo = f"{payment.memo} {memo_of(update)}".strip()
        self._server.rpc.write("account.payment", [payment.id], {self._server.can.memo: memo})

    def cancel(self, payment: OdooPayment) -> None:
        """A second booking of one payment, by another daemon at the same moment. Not by way of a draft: where the
        country wants a restricted audit trail, Odoo 19 never cancels what was a draft again.
        """
        self._server.rpc.run("account.payment", "action_cancel", [payment.id])

    def note(self, update: PaymentUpdate, paper: Paper) -> None:
        """An internal note: `mail.mt_comment` instead would mail it to the customer."""
        options = {"message_type": "comment", "subtype_xmlid": "mail.mt_note", "body_is_html": True}
        self._server.rpc.run(paper.model, "message_post", [int(paper.row["id"])], body=note_html(update), **options)

    def journal(self, company: int) -> int:
        """The company's journal for payments. Raises `ConfigurationError` that names those to choose from."""
        if company not in self._journals:
            fields = ["name", "code", "company_id"]
            found = self._server.rpc.search_read("account.journal", [("type", "in", ["bank", "cash"])], fields)
            self._journals[company] = self._choose([row for row in found if key(row["company_id"]) == company])
        return self._journals[company]

    def _choose(self, rows: Sequence[Record]) -> int:
        wanted = self._settings.journal
        fitting = [row for row in rows if wanted in ("", str(row["id"]), row["code"])]
        if len(fitting) == 1:
            return int(fitting[0]["id"])
        names = ", ".join(f"{row['code']} ({row['name']})" for row in rows) or "none"
        raise ConfigurationError(
            f"It is not clear which journal takes the payments: {wanted or 'none is set'}.",
            cure=f"Set `journal` to the short code of one of them: {names}.",
        )

    def _advance(self, update: PaymentUpdate, paper: Paper) -> dict[str, Any]:
        return {
            "payment_type": "inbound" if update.fact is WriteBackFact.CAPTURED else "outbound",
            "partner_type": "customer",
            "partner_id": paper.partner,
            "amount": float(update.amount.decimal()),
            "currency_id": key(paper.row["currency_id"]),
            "journal_id": self.journal(paper.company),
            "date": f"{update.at:%Y-%m-%d}",
            self._server.can.memo: memo_of(update),
        }
