"""Orders, invoices and payments of the demo Odoo, and the measured rules by which they change."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connector_odoo.fake.database import Database, Row
from connector_odoo.fake.fault import user_error

TAX = Decimal("0.19")
_CENT = Decimal("0.01")
COMPANY, CURRENCY, JOURNAL, USER = 1, 126, 6, 5


@dataclass
class Books:
    """`paid` says what each payment took of which invoice."""

    db: Database
    paid: dict[int, dict[int, Decimal]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    # Orders

    def create_order(self, values: Mapping[str, Any]) -> Row:
        lines = values.get("order_line", [])
        rest = {name: value for name, value in values.items() if name != "order_line"}
        partner = int(values["partner_id"])
        defaults = {
            "name": self._number("S", 5),
            "state": "draft",
            "partner_invoice_id": partner,
            "company_id": COMPANY,
            "currency_id": CURRENCY,
            "invoice_status": "no",
            "date_order": self.db.now(),
            "require_signature": True,
            "user_id": USER,
            **({"validity_date": "2026-12-23", "prepayment_percent": 1.0} if self.db.version >= 17 else {}),
        }
        order = self.db.insert("sale.order", {**defaults, **self._sums(lines), **rest})
        order["access_url"] = f"/my/orders/{order['id']}"
        return order

    def write_order(self, order: Row, values: Mapping[str, Any]) -> None:
        """New lines of a confirmed order raise what it comes to."""
        more = self._sums(values.get("order_line", []))
        sums = {name: float(Decimal(str(order[name])) + Decimal(str(value))) for name, value in more.items()}
        rest = {name: value for name, value in values.items() if name != "order_line"}
        self.db.update("sale.order", order, {**rest, **sums})

    def confirm(self, order: Row) -> None:
        """A second time 16 says yes again and runs its hooks again; later ones refuse (reference/odoo.md 6)."""
        if order["state"] not in ("draft", "sent") and self.db.version > 16:
            raise user_error("Some orders are not in a state requiring confirmation.")
        self.db.update("sale.order", order, {"state": "sale", "invoice_status": "to invoice", **self._wanted})
        order["date_order"] = order["write_date"]

    def set_total(self, order: Row, total: Decimal) -> None:
        net = (total / (1 + TAX)).quantize(_CENT, ROUND_HALF_UP)
        sums = {"amount_untaxed": float(net), "amount_tax": float(total - net), "amount_total": float(total)}
        self.db.update("sale.order", order, sums)

    def portal_url(self, order: Row) -> str:
        """The first call stores a token and so changes `write_date`; later ones do not."""
        if not order["access_token"]:
            self.db.update("sale.order", order, {"access_token": str(uuid.uuid4())})
        return f"{order['access_url']}?access_token={order['access_token']}"

    # Invoices

    def invoice(self, order: Row, amount: Decimal | None = None) -> Row:
        """A draft over the whole order, or a down payment of it."""
        total = amount if amount is not None else Decimal(str(order["amount_total"]))
        move = self._draft("out_invoice", order["partner_invoice_id"], total, order["currency_id"])
        move |= {"invoice_origin": order["name"], "ref": order["client_order_ref"], "company_id": order["company_id"]}
        status = {"invoice_ids": (*order["invoice_ids"], move["id"]), "invoice_status": "invoiced"}
        self.db.update("sale.order", order, status)
        return move

    def free_invoice(self, partner: int, total: Decimal) -> Row:
        """An invoice that no order stands behind."""
        return self._draft("out_invoice", partner, total, CURRENCY)

    def create_move(self, values: Mapping[str, Any]) -> Row:
        """A draft with lines of its own, which are not taxed."""
        total = _sum_of(values.get("invoice_line_ids", []), "quantity")
        move = self._draft(str(values["move_type"]), int(values["partner_id"]), total, CURRENCY)
        move["reversed_entry_id"] = values.get("reversed_entry_id", False)
        return move

    def credit(self, move: Row, amount: Decimal) -> Row:
        """A posted credit note, made from the invoice and so linked to its order as well."""
        refund = self._draft("out_refund", move["partner_id"], amount, move["currency_id"])
        refund["reversed_entry_id"] = move["id"]
        for order in self.db.tables["sale.order"].values():
            if move["id"] in order["invoice_ids"]:
                order["invoice_ids"] = (*order["invoice_ids"], refund["id"])
        self.post(refund)
        return refund

    def apply_credit(self, refund: Row) -> None:
        """Takes a credit note off its invoice."""
        move = self.db.get("account.move", refund["reversed_entry_id"])
        left, credit = (Decimal(str(row["amount_residual"])) for row in (move, refund))
        if part := min(left, credit):
            self._set_residual(refund, credit - part)
            self._set_residual(move, left - part)

    def post(self, move: Row) -> None:
        if move["state"] != "draft":
            raise user_error(f"The entry {move['name']} (id {move['id']}) must be in draft.")
        today = _today()
        kind = "INV/2026/" if move["move_type"] == "out_invoice" else "RINV/2026/"
        name = move["name"] if move["name"] not in (False, "/") else self._number(kind, 5)
        values = {"state": "posted", "name": name, "invoice_date": today, "invoice_date_due": today}
        wanted = self._wanted if move["move_type"] == "out_invoice" else {}
        self.db.update("account.move", move, {**values, "payment_reference": name, "posted_before": True, **wanted})
        if move["reversed_entry_id"] and self.db.version >= 17:  # 16 leaves that to a person (seen on both)
            self.apply_credit(move)

    @property
    def _wanted(self) -> dict[str, str]:
        """The addon, set to ask by itself, notes that a PayLink is wanted."""
        return {"paylink_status": "requested"} if "paylink_status" in self.db.schema["sale.order"] else {}

    def reset(self, move: Row, state: str) -> None:
        """Back to draft, or cancelled."""
        self.db.update("account.move", move, {"state": state})

    # Payments

    def open_register(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> Row:
        """On a paid invoice already the assistant refuses to open."""
        moves = [self.db.get("account.move", number) for number in context.get("active_ids", [])]
        left = sum((Decimal(str(move["amount_residual"])) for move in moves), Decimal())
        if not left:
            raise user_error("There's nothing left to pay for the selected journal items.")
        amount = Decimal(str(values.get("amount") or left))
        usual: Row = {
            "journal_id": JOURNAL,
            "currency_id": CURRENCY,
            "source_amount": float(left),
            "amount": float(amount),
        }
        usual["payment_date"] = _today()
        return self.db.insert("account.payment.register", {**usual, **values, "payment_method_line_id": 1})

    def run_register(self, wizard: Row, context: Mapping[str, Any]) -> Row:
        moves = [self.db.get("account.move", number) for number in context.get("active_ids", [])]
        outbound = moves[0]["move_type"] == "out_refund"
        if not any(move["amount_residual"] for move in moves):
            raise user_error("There's nothing left to pay for the selected journal items.")
        payment = self.create_payment(
            {
                "payment_type": "outbound" if outbound else "inbound",
                "partner_id": moves[0]["partner_id"],
                "amount": wizard["amount"],
                "journal_id": wizard["journal_id"],
                "date": wizard["payment_date"],
                self.memo: wizard["communication"] or moves[0]["name"],
            }
        )
        self.post_payment(payment)
        self.reconcile(payment, moves)
        return payment

    @property
    def memo(self) -> str:
        return "memo" if self.db.version >= 18 else "ref"

    def create_payment(self, values: Mapping[str, Any]) -> Row:
        usual = {"state": "draft", "partner_type": "customer", "currency_id": CURRENCY, "date": _today()}
        return self.db.insert("account.payment", {**usual, **values})

    def post_payment(self, payment: Row) -> None:
        if payment["state"] != "draft":
            raise user_error(f"The entry {payment['name']} (id {payment['id']}) must be in draft.")
        name = self._number("PBNK1/2026/", 5)
        entry = self.db.insert(
            "account.move", {"name": f"{name} ({payment[self.memo]})", "move_type": "entry", "state": "posted"}
        )
        state = "in_process" if self.db.version >= 18 else "posted"
        self.db.update("account.payment", payment, {"state": state, "name": name, "move_id": entry["id"]})

    def reconcile(self, payment: Row, moves: Sequence[Row]) -> None:
        rest = Decimal(str(payment["amount"]))
        taken = self.paid.setdefault(payment["id"], {})
        for move in moves:
            part = min(rest, Decimal(str(move["amount_residual"])))
            if part > 0:
                taken[move["id"]] = part
                rest -= part
                self._set_residual(move, Decimal(str(move["amount_residual"])) - part)
        done: Row = {"is_reconciled": rest == 0, "reconciled_invoice_ids": tuple(taken)}
        if self.db.version >= 18:
            done |= {"invoice_ids": tuple(taken)}
        self.db.update("account.payment", payment, done)
        self._settle(taken)

    def _settle(self, moves: Mapping[int, Decimal]) -> None:
        """Since 18 a payment is `paid` once all of its invoices are, until then it is in process."""
        if self.db.version < 18:
            return
        for number, taken in self.paid.items():
            states = [self.db.get("account.move", move)["payment_state"] for move in taken]
            if moves.keys() & taken.keys() and states:
                payment = self.db.get("account.payment", number)
                payment["state"] = "paid" if set(states) == {"paid"} else "in_process"

    def undo_payment(self, payment: Row, *, cancel: bool) -> None:
        for number, part in self.paid.pop(payment["id"], {}).items():
            move = self.db.get("account.move", number)
            self._set_residual(move, Decimal(str(move["amount_residual"])) + part)
        state = ("canceled" if self.db.version >= 18 else "cancel") if cancel else "draft"
        values = {"state": state, "is_reconciled": False, "reconciled_invoice_ids": ()}
        self.db.update("account.payment", payment, values)

    def message(self, model: str, number: int, values: Mapping[str, Any]) -> Row:
        """It leaves the document's `write_date` alone. What is not said to be HTML is escaped from 17 on."""
        self.db.get(model, number)
        body = str(values.get("body", ""))
        if self.db.version > 16 and not values.get("body_is_html"):
            body = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        body = body if body.startswith("<p>") or self.db.version == 16 else f"<p>{body}</p>"
        note = values.get("subtype_xmlid") == "mail.mt_note"
        kept = {"model": model, "res_id": number, "subtype_id": 2 if note else 1, "author_id": 6}
        return self.db.insert("mail.message", {"body": body, "message_type": "comment", **kept})

    def _draft(self, kind: str, partner: int, total: Decimal, currency: int) -> Row:
        values = {
            "name": "/" if self.db.version == 16 else False,
            "move_type": kind,
            "state": "draft",
            "partner_id": partner,
            "company_id": COMPANY,
            "currency_id": currency,
            "payment_state": "not_paid",
            "amount_residual": float(total),
        }
        sums = {
            "amount_total": float(total),
            "amount_untaxed": float((total / (1 + TAX)).quantize(_CENT, ROUND_HALF_UP)),
        }
        move = self.db.insert("account.move", {**values, **sums})
        move["access_url"] = f"/my/invoices/{move['id']}"
        move["line_ids"] = (2 * move["id"], 2 * move["id"] + 1)
        return move

    def _set_residual(self, move: Row, left: Decimal) -> None:
        total = Decimal(str(move["amount_total"]))
        state = "paid" if left <= 0 else "partial" if left < total else "not_paid"
        self.db.update("account.move", move, {"amount_residual": float(left), "payment_state": state})

    def _sums(self, lines: Sequence[Sequence[Any]]) -> dict[str, float]:
        net = _sum_of(lines, "product_uom_qty")
        taxed = _sum_of([line for line in lines if self._is_taxed(line[2].get("product_id", 0))], "product_uom_qty")
        tax = (taxed * TAX).quantize(_CENT, ROUND_HALF_UP)
        return {"amount_untaxed": float(net), "amount_tax": float(tax), "amount_total": float(net + tax)}

    def _is_taxed(self, product: int) -> bool:
        """Goods that somebody created without taxes are not."""
        row = self.db.tables["product.product"].get(product)
        return row is None or list(row["taxes_id"]) != [[6, 0, []]]

    def _number(self, prefix: str, digits: int) -> str:
        self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        return f"{prefix}{self.numbers[prefix]:0{digits}d}"


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _sum_of(lines: Sequence[Sequence[Any]], quantity: str) -> Decimal:
    """Of lines as Odoo takes them: ``[0, 0, values]``."""
    values = [line[2] for line in lines]
    prices = [Decimal(str(row.get("price_unit", 20))) * Decimal(str(row.get(quantity, 1))) for row in values]
    return sum(prices, Decimal()).quantize(_CENT)
