"""The page of the demo Salesforce: its orders, and buttons for what people do with them."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

if TYPE_CHECKING:
    from connector_salesforce.fake.salesforce import FakeSalesforce

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SHOWN = 50
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "place": "Activate a new order", "change": "Change the amount", "cancel": "Back to draft",
        "intro": "A Salesforce to try things out. An activated order waits until the connector enters its payment.",
        "orders": "Orders", "none": "No orders yet.", "other": "Deutsch", "payments": "Payments", "link": "PayLink",
        "Draft": "Draft", "Activated": "Activated", "Sent": "Link sent", "PartiallyPaid": "Partly paid", "Paid": "Paid",
        "PartiallyRefunded": "Partly refunded", "Refunded": "Refunded", "ChargedBack": "Charged back",
        "Expired": "Expired", "Capture": "Payment", "Refund": "Refund", "Chargeback": "Chargeback",
    },
    "de": {
        "place": "Neuen Auftrag aktivieren", "change": "Betrag ändern", "cancel": "Zurück zum Entwurf",
        "intro": "Ein Salesforce zum Ausprobieren. Ein aktivierter Auftrag wartet, bis der Connector die Zahlung "
        "einträgt.",
        "orders": "Aufträge", "none": "Noch keine Aufträge.", "other": "English", "payments": "Zahlungen",
        "link": "PayLink", "Draft": "Entwurf", "Activated": "Aktiviert", "Sent": "Link gesendet",
        "PartiallyPaid": "Teilweise bezahlt", "Paid": "Bezahlt", "PartiallyRefunded": "Teilweise erstattet",
        "Refunded": "Erstattet", "ChargedBack": "Rückbelastet", "Expired": "Abgelaufen", "Capture": "Zahlung",
        "Refund": "Erstattung", "Chargeback": "Rückbelastung",
    },
}  # fmt: skip


class Pages:
    """Server-rendered; a small script fetches the list anew when the event stream says that something changed."""

    def __init__(self, salesforce: "FakeSalesforce") -> None:
        self._salesforce = salesforce
        self._listeners: set[asyncio.Queue[None]] = set()
        self._templates = Environment(
            loader=PackageLoader("connector_salesforce", "pages"), autoescape=select_autoescape(), auto_reload=False
        )

    def add_routes(self, app: web.Application) -> None:
        app.add_routes(
            [
                web.get("/", self._show("page.html")),
                web.get("/page/orders", self._show("orders.html")),
                web.get("/page/events", self._events),
                web.get(r"/page/{file:page\.(css|js)}", self._asset),
                web.post("/page/orders", self._place),
                web.post(r"/page/orders/{id:801\w{15}}/{action:change|cancel}", self._act),
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
                name=self._salesforce.config.name, t=TEXTS[language], language=language, orders=self._orders(language)
            )
            return web.Response(text=html, content_type="text/html", headers=_SAFE)

        return show

    def _orders(self, language: str) -> list[dict[str, Any]]:
        org = self._salesforce.org
        live = [row for row in org.tables["Order"].values() if not row["IsDeleted"]]
        payments: dict[str, list[dict[str, Any]]] = {}
        for row in org.tables.get("PayLink_Payment__c", {}).values():
            shown = {**row, "amount": _amount(row["Amount__c"], row["Currency__c"] or org.currency, language)}
            payments.setdefault(row["Order__c"], []).append(shown)
        return [
            {
                **order,
                "buyer": (org.live(order["BillToContactId"]) or org.live(order["AccountId"]) or {}).get("Name", ""),
                "amount": _amount(order["TotalAmount"], order.get("CurrencyIsoCode", org.currency), language),
                "payments": payments.get(order["Id"], []),
            }
            for order in reversed(live[-_SHOWN:])
        ]

    async def _place(self, request: web.Request) -> web.Response:
        self._salesforce.place({})
        return _back(request)

    async def _act(self, request: web.Request) -> web.Response:
        order = self._salesforce.org.live(request.match_info["id"])
        if order is not None and order["StatusCode"] == "Activated":
            total = (order["TotalAmount"] or 0) + Decimal("11.90")
            change = {"TotalAmount": total} if request.match_info["action"] == "change" else {"Status": "Draft"}
            self._salesforce.change(order["Id"], change)
        return _back(request)

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        kind = {"css": "text/css", "js": "text/javascript"}[name.rsplit(".", 1)[1]]
        text = resources.files("connector_salesforce.pages").joinpath(name).read_text(encoding="utf-8")
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


def _amount(amount: Decimal | None, currency: str, language: str) -> str:
    if amount is None:
        return "–"
    text = f"{amount:,.2f}"
    return f"{text.translate(str.maketrans(',.', '.,')) if language == 'de' else text} {currency}"


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "") or request.headers.get("Accept-Language", "")
    return "de" if asked.lower().startswith("de") else "en"


def _back(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/?lang={_language(request)}"})
