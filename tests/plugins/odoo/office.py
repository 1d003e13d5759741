"""What people do in Odoo, over the calls of any client: the same on the demo Odoo and on a real server."""

import random
from collections.abc import Sequence
from typing import Any

from connector_odoo.amount import decimal_of, key, named
from connector_odoo.documents import parse_ref
from connector_odoo.rpc import Rpc
from connector_odoo.server import OdooServer
from connector_odoo.settings import OdooSettings

from connector_core.sdk import Money, OrderRef, Record

_DEAD = ("draft", "cancel", "canceled", "rejected")
_NO_TAX = [[6, 0, []]]


class Office:
    """Every order has a buyer of its own, so that no test sees another one's payments."""

    def __init__(self, settings: OdooSettings) -> None:
        self.server = OdooServer(settings)
        self._product = 0

    @property
    def rpc(self) -> Rpc:
        return self.server.rpc

    @property
    def version(self) -> int:
        return self.server.can.version

    @property
    def addon(self) -> bool:
        return self.server.can.addon

    # Documents

    def order(self, price: float | None = None, *, confirm: bool = True, **values: Any) -> OrderRef:
        """A confirmed order over about this sum; its reference."""
        price = price or random.randrange(1_000, 90_000) / 100
        lines = {"order_line": [self._order_line(price)]}
        (number,) = self.rpc.create("sale.order", [{"partner_id": self.buyer(), **lines, **values}])
        if confirm:
            self.rpc.run("sale.order", "action_confirm", [number])
        return OrderRef(f"sale.order:{number}")

    def add_item(self, ref: OrderRef, price: float) -> None:
        model, number = _parts(ref)
        self.rpc.write(model, [number], {"order_line": [self._order_line(price)]})

    def cancel(self, ref: OrderRef) -> None:
        """From 16 on a confirmed order is cancelled by an assistant that asks first, unless it is told not to."""
        self._run(ref, "action_cancel", context={"disable_cancel_warning": True})

    def invoice(self, ref: OrderRef, *, post: bool = True) -> OrderRef:
        """The whole order; reference of the invoice."""
        _, number = _parts(ref)
        context = {"active_model": "sale.order", "active_ids": [number], "active_id": number}
        values = {"advance_payment_method": "delivered", "sale_order_ids": [[6, 0, [number]]]}
        wizard = self.rpc.create("sale.advance.payment.inv", [values], context)
        self.rpc.run("sale.advance.payment.inv", "create_invoices", wizard, context=context)
        (row,) = self.read(ref, "invoice_ids")
        invoice = OrderRef(f"account.move:{max(row['invoice_ids'])}")
        if post:
            self.post(invoice)
        return invoice

    def free_invoice(self, price: float) -> OrderRef:
        """A posted invoice that no order stands behind."""
        values = {"move_type": "out_invoice", "partner_id": self.buyer(), "invoice_line_ids": [_invoice_line(price)]}
        (number,) = self.rpc.create("account.move", [values])
        invoice = OrderRef(f"account.move:{number}")
        self.post(invoice)
        return invoice

    def credit(self, invoice: OrderRef, price: float) -> OrderRef:
        """A posted credit note for a part of it, not yet taken off."""
        (row,) = self.read(invoice, "partner_id")
        values = {
            "move_type": "out_refund",
            "partner_id": key(row["partner_id"]),
            "reversed_entry_id": _parts(invoice)[1],
            "invoice_line_ids": [_invoice_line(price)],
        }
        (number,) = self.rpc.create("account.move", [values])
        note = OrderRef(f"account.move:{number}")
        self.post(note)
        return note

    def post(self, ref: OrderRef) -> None:
        self._run(ref, "action_post")

    def draft(self, ref: OrderRef) -> None:
        self._run(ref, "button_draft")

    def pay(self, invoice: OrderRef, memo: str = "", amount: float | None = None) -> None:
        """A person registers a payment on an invoice."""
        context = {"active_model": "account.move", "active_ids": [_parts(invoice)[1]]}
        values = {"journal_id": self.journal(), "communication": memo, **({"amount": amount} if amount else {})}
        wizard = self.rpc.create("account.payment.register", [values], context)
        self.rpc.run("account.payment.register", "action_create_payments", wizard, context=context)

    # What is there

    def read(self, ref: OrderRef, *fields: str) -> Sequence[Record]:
        model, number = _parts(ref)
        return self.rpc.search_read(model, [("id", "=", number)], fields)

    def total(self, ref: OrderRef) -> Money:
        (row,) = self.read(ref, "amount_total", "currency_id")
        return _money(row["amount_total"], named(row["currency_id"]))

    def residual(self, ref: OrderRef) -> Money:
        (row,) = self.read(ref, "amount_residual", "currency_id")
        return _money(row["amount_residual"], named(row["currency_id"]))

    def payments(self, ref: OrderRef, kind: str = "inbound") -> Sequence[Record]:
        """Those of the document's buyer that count."""
        (row,) = self.read(ref, "partner_id")
        domain = [("partner_id", "=", key(row["partner_id"])), ("payment_type", "=", kind), ("state", "not in", _DEAD)]
        fields = ["amount", "currency_id", "state", self.server.can.memo, "name", "reconciled_invoice_ids"]
        return self.rpc.search_read("account.payment", domain, fields)

    def notes(self, ref: OrderRef) -> Sequence[str]:
        """Ours in the chatter."""
        model, number = _parts(ref)
        domain = [("model", "=", model), ("res_id", "=", number), ("body", "ilike", "PayLink")]
        return [str(row["body"]) for row in self.rpc.search_read("mail.message", domain, ["body"])]

    def journal(self) -> int:
        (first, *_) = self.rpc.search_read("account.journal", [("type", "=", "bank")], ["name"])
        return int(first["id"])

    def buyer(self) -> int:
        fields = self.rpc.fields("res.partner", ["mobile"])
        phone = {"mobile": "+49 151 23456789"} if "mobile" in fields else {"phone": "+49 151 23456789"}
        values = {"name": "Erika Mustermann", "email": "erika@example.com", "lang": self._language(), **phone}
        (number,) = self.rpc.create("res.partner", [{**values, "country_id": self._country()}])
        return int(number)

    def close(self) -> None:
        self.server.close()

    def _language(self) -> str:
        """German where it is installed."""
        codes = [row["code"] for row in self.rpc.search_read("res.lang", [("active", "=", True)], ["code"])]
        return "de_DE" if "de_DE" in codes else "en_US"

    def _country(self) -> int:
        (row,) = self.rpc.search_read("res.country", [("code", "=", "DE")], ["code"])
        return int(row["id"])

    def _order_line(self, price: float) -> list[Any]:
        return [0, 0, {"product_id": self._goods(), "product_uom_qty": 1, "price_unit": price}]

    def _goods(self) -> int:
        if not self._product:
            values = {"name": "Tulips", "type": "service", "invoice_policy": "order", "taxes_id": _NO_TAX}
            (self._product,) = self.rpc.create("product.product", [values])
        return self._product

    def _run(self, ref: OrderRef, method: str, **named_values: Any) -> Any:
        model, number = _parts(ref)
        return self.rpc.run(model, method, [number], **named_values)


def _invoice_line(price: float) -> list[Any]:
    return [0, 0, {"name": "Tulips", "quantity": 1, "price_unit": price, "tax_ids": _NO_TAX}]


def _parts(ref: OrderRef) -> tuple[str, int]:
    parsed = parse_ref(ref)
    assert parsed is not None
    return parsed


def _money(value: Any, currency: str) -> Money:
    return Money.parse(f"{decimal_of(value, currency):f}", currency)
