"""The page of the demo Odoo: its orders, and buttons for what people do with them."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

if TYPE_CHECKING:
    from connector_odoo.fake.odoo import FakeOdoo

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SHOWN = 50
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "place": "Confirm a new order", "change": "Add an item", "invoice": "Invoice", "cancel": "Cancel",
        "intro": "An Odoo to try things out. A confirmed order waits until the connector enters its payment.",
        "orders": "Sales orders", "none": "No orders yet.", "other": "Deutsch", "invoices": "Invoices",
        "payments": "Payments", "sale": "Sales order", "done": "Locked", "cancelled": "Cancelled",
    },
    "de": {
        "place": "Neuen Auftrag bestätigen", "change": "Position ergänzen", "invoice": "Abrechnen",
        "cancel": "Stornieren",
        "intro": "Ein Odoo zum Ausprobieren. Ein bestätigter Auftrag wartet, bis der Connector die Zahlung einträgt.",
        "orders": "Verkaufsaufträge", "none": "Noch keine Aufträge.", "other": "English", "invoices": "Rechnungen",
        "payments": "Zahlungen", "sale": "Auftrag", "done": "Gesperrt", "cancelled": "Storniert",
    },
}  # fmt: skip


class Pages:
    """Server-rendered; a small script fetches the list anew when the event stream says that something changed."""

    def __init__(self, odoo: "FakeOdoo") -> None:
        self._odoo = odoo
        self._listeners: set[asyncio.Queue[None]] = set()
        self._templates = Environment(
            loader=PackageLoader("connector_odoo", "pages"), autoescape=select_autoescape(), auto_reload=False
        )

    def add_routes(self, app: web.Application) -> None:
        app.add_routes(
            [
                web.get("/", self._show("page.html")),
                web.get("/page/orders", self._show("orders.html")),
                web.get("/page/events", self._events),
                web.get(r"/page/{file:page\.(css|js)}", self._asset),
                web.post("/page/orders", self._place),
                web.post(r"/page/orders/{id:\d+}/{action:change|invoice|cancel}", self._act),
            ]
        )

    def changed(self) -> None:
        """Tells every open page."""
        for queue in self._listeners:
            if queue.empty():
                queue.put_nowait(None)

    def _show(self, template: str) -> Callable[[web.Request], Any]:
        async def show(request: web.Request) -> web.Response:
            language = _language(request)
            html = self._templates.get_template(template).render(
                name=self._odoo.config.name, t=TEXTS[language], language=language, orders=self._orders()
            )
            return web.Response(text=html, content_type="text/html", headers=_SAFE)

        return show

    def _orders(self) -> list[dict[str, Any]]:
        db = self._odoo.db
        newest = sorted(db.tables["sale.order"].values(), key=lambda row: row["id"], reverse=True)[:_SHOWN]
        paid = self._odoo._paid()
        return [
            {
                **db.show("sale.order", order, ()),
                "moves": [db.show("account.move", db.get("account.move", n), ()) for n in order["invoice_ids"]],
                "payments": paid.get(f"sale.order:{order['id']}", []),
            }
            for order in newest
        ]

    async def _place(self, request: web.Request) -> web.Response:
        self._odoo.place({})
        return _back(request)

    async def _act(self, request: web.Request) -> web.Response:
        order = self._odoo.db.tables["sale.order"].get(int(request.match_info["id"]))
        if order is not None and order["state"] == "sale":
            match request.match_info["action"]:
                case "change":
                    self._odoo.books.set_total(order, Decimal(str(order["amount_total"])) + Decimal("11.90"))
                case "invoice" if not order["invoice_ids"]:
                    self._odoo.books.post(self._odoo.books.invoice(order))
                case "cancel":
                    self._odoo.db.update("sale.order", order, {"state": "cancel"})
        return _back(request)

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        kind = {"css": "text/css", "js": "text/javascript"}[name.rsplit(".", 1)[1]]
        text = resources.files("connector_odoo.pages").joinpath(name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=kind, headers=_SAFE)

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


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "") or request.headers.get("Accept-Language", "")
    return "de" if asked.lower().startswith("de") else "en"


def _back(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/?lang={_language(request)}"})
