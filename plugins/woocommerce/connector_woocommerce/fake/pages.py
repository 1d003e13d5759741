"""The page of the demo shop: its orders, and buttons to place, change and cancel one."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from connector_woocommerce.fake.book import Book
from connector_woocommerce.fake.order import Order

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SHOWN = 50
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "place": "Place a new order",
        "change": "Change",
        "cancel": "Cancel",
        "order": "Order",
        "empty": "No orders yet.",
        "empty_hint": "Place one, and the buyer's phone rings a moment later.",
        "intro": "A shop to try things out. Orders wait for payment until the connector reports one.",
        "transaction": "Transaction",
        "waiting": "waiting for payment",
        "paid": "paid",
        "count": "orders",
        "latest": "Latest orders",
        "pending": "Payment due",
        "on-hold": "On hold",
        "processing": "Paid",
        "completed": "Completed",
        "cancelled": "Cancelled",
        "refunded": "Refunded",
        "failed": "Failed",
        "checkout-draft": "Cart",
        "auto-draft": "Draft",
        "other": "Deutsch",
    },
    "de": {
        "place": "Neue Bestellung aufgeben",
        "change": "Ändern",
        "cancel": "Stornieren",
        "order": "Bestellung",
        "empty": "Noch keine Bestellungen.",
        "empty_hint": "Eine Bestellung aufgeben, und einen Augenblick später klingelt das Telefon des Käufers.",
        "intro": "Ein Shop zum Ausprobieren. Bestellungen warten auf Zahlung, bis der Connector eine meldet.",
        "transaction": "Transaktion",
        "waiting": "warten auf Zahlung",
        "paid": "bezahlt",
        "count": "Bestellungen",
        "latest": "Letzte Bestellungen",
        "pending": "Zahlung offen",
        "on-hold": "In Wartestellung",
        "processing": "Bezahlt",
        "completed": "Abgeschlossen",
        "cancelled": "Storniert",
        "refunded": "Erstattet",
        "failed": "Fehlgeschlagen",
        "checkout-draft": "Warenkorb",
        "auto-draft": "Entwurf",
        "other": "English",
    },
}


class Pages:
    """Server-rendered; a small script fetches the list anew when the event stream says that something changed."""

    def __init__(self, name: str, book: Book) -> None:
        self._name = name
        self._book = book
        self._listeners: set[asyncio.Queue[None]] = set()
        self._templates = Environment(
            loader=PackageLoader("connector_woocommerce", "pages"), autoescape=select_autoescape(), auto_reload=False
        )

    def add_routes(self, app: web.Application) -> None:
        app.add_routes(
            [
                web.get("/", self._home),
                web.get("/shop/orders", self._orders),
                web.get("/shop/events", self._events),
                web.get(r"/shop/{file:shop\.(css|js|svg)}", self._asset),
                web.post("/shop/orders", self._place),
                web.post(r"/shop/orders/{id:\d+}/change", self._act(change_order)),
                web.post(r"/shop/orders/{id:\d+}/cancel", self._act(cancel_order)),
            ]
        )

    def changed(self) -> None:
        """Tells every open page."""
        for queue in self._listeners:
            if queue.empty():
                queue.put_nowait(None)

    def end(self) -> None:
        self._listeners.clear()

    async def _home(self, request: web.Request) -> web.Response:
        return self._render("shop.html", request)

    async def _orders(self, request: web.Request) -> web.Response:
        return self._render("orders.html", request)

    async def _place(self, request: web.Request) -> web.Response:
        self._book.place({})
        return _back(request)

    def _act(self, action: Callable[[Book, int], Any]) -> Callable[[web.Request], Any]:
        async def act(request: web.Request) -> web.Response:
            number = int(request.match_info["id"])
            if number in self._book.orders:
                action(self._book, number)
            return _back(request)

        return act

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
        text = resources.files("connector_woocommerce.pages").joinpath(name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=kinds[name.rsplit(".", 1)[1]], headers=_SAFE)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**_SAFE, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[None] = asyncio.Queue(1)
        self._listeners.add(queue)
        try:
            await response.write(b"retry: 2000\n\n")
            while True:
                await queue.get()
                await response.write(b"event: changed\ndata: \n\n")
        except ConnectionResetError:
            return response  # the page was closed
        finally:
            self._listeners.discard(queue)

    def _render(self, template: str, request: web.Request) -> web.Response:
        language = _language(request)
        orders = sorted(self._book.orders.values(), key=lambda order: order["id"], reverse=True)
        html = self._templates.get_template(template).render(
            name=self._name,
            t=TEXTS[language],
            language=language,
            orders=orders[:_SHOWN],
            waiting=sum(order["status"] in ("pending", "on-hold", "failed") for order in orders),
            paid=sum(order["status"] in ("processing", "completed") for order in orders),
            total=len(orders),
            show=lambda order: _amount(order, language),
        )
        return web.Response(text=html, content_type="text/html", headers=_SAFE)


def change_order(book: Book, number: int) -> None:
    """One item more, as a merchant would add on the phone."""
    order = book.orders[number]
    if order["status"] in ("pending", "on-hold", "failed"):
        line = order["line_items"][0]
        count = line["quantity"]
        single = (Decimal(line["total"]) + Decimal(line["total_tax"])) / count
        for field in ("total", "subtotal", "total_tax", "subtotal_tax"):
            line[field] = f"{Decimal(line[field]) * (count + 1) / count:.2f}"
        line["quantity"] = count + 1
        book.update(number, {"total": f"{Decimal(order['total']) + single:.2f}"})


def cancel_order(book: Book, number: int) -> None:
    if book.orders[number]["status"] in ("pending", "on-hold", "failed"):
        book.update(number, {"status": "cancelled"})


def _amount(order: Order, language: str) -> str:
    text = str(order["total"])
    sign = "€" if order["currency"] == "EUR" else f"{order['currency']} "
    return f"{text.replace('.', ',')} {sign}" if language == "de" else f"{sign}{text}"


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "") or request.headers.get("Accept-Language", "")
    return "de" if asked.lower().startswith("de") else "en"


def _back(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/?lang={_language(request)}"})
