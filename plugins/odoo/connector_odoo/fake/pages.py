"""The page of the demo Odoo: its orders, and buttons for what people do with them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from connector_core.sdk.testing.vendor import BookedPayment
from connector_core.sdk.testing.vendor_page import OrderCard, VendorPage, write_amount
from connector_odoo.fake.database import Row

if TYPE_CHECKING:
    from connector_odoo.fake.odoo import FakeOdoo

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "place": "Confirm a new order", "change": "Add an item", "invoice": "Invoice", "cancel": "Cancel",
        "intro": "An Odoo to try things out. A confirmed order waits until the connector enters its payment.",
        "orders": "Sales orders", "none": "No orders yet.", "invoices": "Invoices",
        "payments": "Payments", "sale": "Sales order", "done": "Locked", "cancelled": "Cancelled",
    },
    "de": {
        "place": "Neuen Auftrag bestätigen", "change": "Position ergänzen", "invoice": "Abrechnen",
        "cancel": "Stornieren",
        "intro": "Ein Odoo zum Ausprobieren. Ein bestätigter Auftrag wartet, bis der Connector die Zahlung einträgt.",
        "orders": "Verkaufsaufträge", "none": "Noch keine Aufträge.", "invoices": "Rechnungen",
        "payments": "Zahlungen", "sale": "Auftrag", "done": "Gesperrt", "cancelled": "Storniert",
    },
}  # fmt: skip


class Pages(VendorPage):
    package = "connector_odoo"
    texts = _TEXTS
    actions = ("change", "invoice", "cancel")

    def __init__(self, odoo: "FakeOdoo") -> None:
        super().__init__(odoo.config.name)
        self._odoo = odoo

    def orders(self, language: str) -> Iterator[OrderCard]:
        paid = self._odoo._paid()
        for number, order in sorted(self._odoo.db.tables["sale.order"].items(), reverse=True):
            yield self._card(order, paid.get(f"sale.order:{number}", []), language)

    def place(self) -> None:
        self._odoo.place({})

    def act(self, order_id: str, action: str) -> None:
        order = self._odoo.db.tables["sale.order"].get(int(order_id))
        if order is not None and order["state"] == "sale":
            match action:
                case "change":
                    self._odoo.books.set_total(order, Decimal(str(order["amount_total"])) + Decimal("11.90"))
                case "invoice" if not order["invoice_ids"]:
                    self._odoo.books.post(self._odoo.books.invoice(order))
                case "cancel":
                    self._odoo.db.update("sale.order", order, {"state": "cancel"})

    def _card(self, order: Row, payments: list[BookedPayment], language: str) -> OrderCard:
        db = self._odoo.db
        shown, t, state = db.show("sale.order", order, ()), _TEXTS[language], str(order["state"])
        return OrderCard(
            id=str(order["id"]),
            title=shown["name"],
            state=t["cancelled"] if state == "cancel" else t.get(state, state),
            buyer=shown["partner_id"][1],
            amount=write_amount(Decimal(str(shown["amount_total"])), shown["currency_id"][1], language),
            actions=self.actions if state == "sale" else (),
            own={
                "moves": [db.show("account.move", db.get("account.move", n), ()) for n in order["invoice_ids"]],
                "payments": [
                    (write_amount(one.amount.decimal(), one.amount.currency, language), one.psp_ref) for one in payments
                ],
            },
        )
