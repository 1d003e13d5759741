"""The addon's batch method, as far as a connector sees it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connector_odoo.fake.books import JOURNAL, Books
from connector_odoo.fake.database import Database, Row
from connector_odoo.fake.fault import OdooFault


class Addon:
    def __init__(self, db: Database, books: Books) -> None:
        self._db = db
        self._books = books
        self._done: dict[str, str] = {}

    def record_payments(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Each in a savepoint of its own; a key that is in is answered and not booked again."""
        return [self._record(row) for row in rows]

    def _record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if row["id"] in self._done:
            return _result(row, "already", source_ref=self._done[row["id"]])
        try:
            outcome, self._done[row["id"]] = self._enter(row, self._db.get(row["model"], row["res_id"]))
        except OdooFault as fault:
            return _result(row, "refused", message=fault.message, cure="Book the payment by hand.")
        return _result(row, outcome, source_ref=self._done[row["id"]])

    def _enter(self, row: Mapping[str, Any], document: Row) -> tuple[str, str]:
        """The outcome and the payment's name. The payment of a person, with the same transaction, is left alone."""
        if row["note"]:
            note = {"body": row["note"], "body_is_html": True, "subtype_xmlid": "mail.mt_note"}
            self._books.message(row["model"], document["id"], note)
        paid = "paid" if row["settled"] else "partial"
        if status := {"linked": "open", "captured": paid, "expired": "expired"}.get(row["fact"]):
            link = {"paylink_url": row["url"]} if row["url"] else {}
            self._db.update(row["model"], document, {"paylink_status": status, **link})
        if row["fact"] not in ("captured", "refunded"):
            return "done", ""
        if known := self._named(row["psp_ref"]):
            return "already", str(known["name"])
        return "done", str(self._pay(row, document)["name"])

    def _pay(self, row: Mapping[str, Any], document: Row) -> Row:
        inbound = row["fact"] == "captured"
        values = {
            "payment_type": "inbound" if inbound else "outbound",
            "partner_id": document["partner_id"],
            "amount": float(Decimal(row["amount"])),
            "journal_id": JOURNAL,
            "date": row["at"][:10],
            self._books.memo: row["memo"],
        }
        payment = self._books.create_payment(values)
        self._books.post_payment(payment)
        self._books.reconcile(payment, self._open(row, document, "out_invoice" if inbound else "out_refund"))
        return payment

    def _open(self, row: Mapping[str, Any], document: Row, kind: str) -> list[Row]:
        """The posted moves of a document that the payment can go to, credit notes made from them included."""
        mine = set(document["invoice_ids"] if row["model"] == "sale.order" else (document["id"],))
        moves = self._db.tables["account.move"].values()
        found = [move for move in moves if move["id"] in mine or move["reversed_entry_id"] in mine]
        return [move for move in found if move["state"] == "posted" and move["move_type"] == kind]

    def _named(self, psp_ref: str) -> Row | None:
        payments = self._db.tables["account.payment"].values()
        return next((p for p in payments if psp_ref in str(p[self._books.memo]) and p["state"] != "draft"), None)


def _result(row: Mapping[str, Any], outcome: str, **more: str) -> dict[str, Any]:
    return {"id": row["id"], "outcome": outcome, "message": "", "cure": "", "source_ref": "", **more}
