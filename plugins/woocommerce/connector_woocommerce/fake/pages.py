"""The page of the demo shop: its orders, and buttons to place, change and cancel one."""

from collections.abc import Iterator
from decimal import Decimal

from connector_core.sdk.testing.vendor_page import OrderCard, VendorPage
from connector_woocommerce.fake.book import Book
from connector_woocommerce.fake.order import Order

_WAITING = ("pending", "on-hold", "failed")
_PAID = ("processing", "completed")
_TONES = {"pending": "due", "on-hold": "due", "failed": "bad", **dict.fromkeys(_PAID, "paid")}
_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "place": "Place a new order",
        "change": "Change",
        "cancel": "Cancel",
        "order": "Order",
        "none": "No orders yet.",
        "hint": "Place one, and the buyer's phone rings a moment later.",
        "intro": "A shop to try things out. Orders wait for payment until the connector reports one.",
        "transaction": "Transaction",
        "waiting": "waiting for payment",
        "paid": "paid",
        "count": "orders",
        "orders": "Latest orders",
        "pending": "Payment due",
        "on-hold": "On hold",
        "processing": "Paid",
        "completed": "Completed",
        "cancelled": "Cancelled",
        "refunded": "Refunded",
        "failed": "Failed",
        "checkout-draft": "Cart",
        "auto-draft": "Draft",
    },
    "de": {
        "place": "Neue Bestellung aufgeben",
        "change": "Ändern",
        "cancel": "Stornieren",
        "order": "Bestellung",
        "none": "Noch keine Bestellungen.",
        "hint": "Eine Bestellung aufgeben, und einen Augenblick später klingelt das Telefon des Käufers.",
        "intro": "Ein Shop zum Ausprobieren. Bestellungen warten auf Zahlung, bis der Connector eine meldet.",
        "transaction": "Transaktion",
        "waiting": "warten auf Zahlung",
        "paid": "bezahlt",
        "count": "Bestellungen",
        "orders": "Letzte Bestellungen",
        "pending": "Zahlung offen",
        "on-hold": "In Wartestellung",
        "processing": "Bezahlt",
        "completed": "Abgeschlossen",
        "cancelled": "Storniert",
        "refunded": "Erstattet",
        "failed": "Fehlgeschlagen",
        "checkout-draft": "Warenkorb",
        "auto-draft": "Entwurf",
    },
}


class Pages(VendorPage):
    package = "connector_woocommerce"
    texts = _TEXTS
    actions = ("change", "cancel")
    path = "/shop"

    def __init__(self, name: str, book: Book) -> None:
        super().__init__(name)
        self._book = book

    def orders(self, language: str) -> Iterator[OrderCard]:
        t = _TEXTS[language]
        for number, order in sorted(self._book.orders.items(), reverse=True):
            state = str(order["status"])
            yield OrderCard(
                id=str(number),
                title=f"{t['order']} {order['number']}",
                state=t.get(state, state),
                buyer=f"{order['billing']['first_name']} {order['billing']['last_name']}",
                amount=_amount(order, language),
                actions=self.actions if state in _WAITING else (),
                tone=_TONES.get(state, "off"),
                own=order,
            )

    def sums(self, language: str) -> str:
        t, states = _TEXTS[language], [order["status"] for order in self._book.orders.values()]
        waiting, paid = (sum(state in some for state in states) for some in (_WAITING, _PAID))
        return f"{len(states)} {t['count']} · {waiting} {t['waiting']} · {paid} {t['paid']}" if states else ""

    def place(self) -> None:
        self._book.place({})

    def act(self, order_id: str, action: str) -> None:
        if int(order_id) in self._book.orders:
            {"change": change_order, "cancel": cancel_order}[action](self._book, int(order_id))


def change_order(book: Book, number: int) -> None:
    """One item more, as a merchant would add on the phone."""
    order = book.orders[number]
    if order["status"] in _WAITING:
        line = order["line_items"][0]
        count = line["quantity"]
        single = (Decimal(line["total"]) + Decimal(line["total_tax"])) / count
        for field in ("total", "subtotal", "total_tax", "subtotal_tax"):
            line[field] = f"{Decimal(line[field]) * (count + 1) / count:.2f}"
        line["quantity"] = count + 1
        book.update(number, {"total": f"{Decimal(order['total']) + single:.2f}"})


def cancel_order(book: Book, number: int) -> None:
    if book.orders[number]["status"] in _WAITING:
        book.update(number, {"status": "cancelled"})


def _amount(order: Order, language: str) -> str:
    text = str(order["total"])
    sign = "€" if order["currency"] == "EUR" else f"{order['currency']} "
    return f"{text.replace('.', ',')} {sign}" if language == "de" else f"{sign}{text}"
