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
            document = self._db.get(row["model"], row["res_id"])
            self._done[row["id"]] = self._enter(row, document)
        except OdooFault as fault:
            return _result(row, "refused", message=fault.message, cure="Book the payment by hand.")
        return _result(row, "done", source_ref=self._done[row["id"]])

    def _enter(self, row: Mapping[str, Any], document: Row) -> str:
        if row["note"]:
            self._books.message(row["model"], document["id"], {"body": row["note"], "body_is_html": True})
        status = {"captured": "paid" if row["settled"] else "partial", "expired": "expired"}.get(row["fact"])
        if status:
            self._db.update(row["model"], document, {"paylink_status": status})
        if row["fact"] not in ("captured", "refunded"):
            return ""
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
        if inbound:
            numbers = document["invoice_ids"] if row["model"] == "sale.order" else (document["id"],)
            moves = [self._db.get("account.move", number) for number in numbers]
            self._books.reconcile(
                payment, [m for m in moves if m["state"] == "posted" and m["move_type"] == "out_invoice"]
            )
        return str(payment["name"])


def _result(row: Mapping[str, Any], outcome: str, **more: str) -> dict[str, Any]:
    return {"id": row["id"], "outcome": outcome, "message": "", "cure": "", "source_ref": "", **more}
