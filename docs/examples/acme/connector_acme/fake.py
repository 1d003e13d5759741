"""An Acme on localhost, for the tests and for `paylink sandbox acme`. Written from Acme's API documentation."""

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from aiohttp import web

from connector_core.sdk import Money, WebhookRequest
from connector_core.sdk.testing.fake_server import FakeServer
from connector_core.sdk.testing.vendor import BookedPayment, VendorSandbox

API_SECRET = "acme_sandbox"  # noqa: S105 - opens a fake on localhost only
WEBHOOK_SECRET = "sandbox0123456789"  # noqa: S105 - as above


def serve(host: str, port: int, options: Mapping[str, str]) -> VendorSandbox:
    acme = FakeAcme(options.get("webhook_url", ""))
    acme.start(host, port)
    return acme


def sign(body: bytes) -> dict[str, str]:
    return {"x-acme-signature": hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()}


class FakeAcme(FakeServer):
    api_prefix = "/api/"

    def __init__(self, webhook_url: str = "") -> None:
        super().__init__()
        self._webhook_url = webhook_url
        self._orders: dict[str, dict[str, Any]] = {}
        self._changes = 0
        self._deliveries: set[asyncio.Task[None]] = set()

    # What Acme does

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/key", self._key)
        app.router.add_get("/api/orders", self._list)
        app.router.add_post("/api/orders/{id}/bookings", self._add_booking)
        app.router.add_post("/_sandbox/orders", self._post_order)

    async def _key(self, request: web.Request) -> web.Response:
        _let_in(request)
        return web.json_response({"read": True, "book": True, "webhook_url": self._webhook_url})

    async def _list(self, request: web.Request) -> web.Response:
        _let_in(request)
        found = sorted(self._orders.values(), key=lambda order: int(order["changed"]))
        if "ids" in request.query:
            found = [order for order in found if order["id"] in request.query["ids"].split(",")]
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 100))
        return web.json_response({"orders": [order for order in found if order["changed"] > after][:limit]})

    async def _add_booking(self, request: web.Request) -> web.Response:
        _let_in(request)
        order = self._orders.get(request.match_info["id"])
        if order is None:
            return web.json_response({"error": "no such order"}, status=404)
        order["bookings"].append(await request.json())
        self._change(order, status="paid")
        return web.json_response(order, status=201)

    async def _post_order(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self._place()}, status=201)

    def _place(self) -> str:
        order_id = f"A-{1001 + len(self._orders)}"
        phone = f"0151 23456{random.randrange(100, 1000)}"  # noqa: S311 - a number for a fake
        buyer = {"name": "Erika Muster", "phone": phone, "country": "DE", "language": "de"}
        order = {"id": order_id, "total": "33.90", "currency": "EUR", "buyer": buyer, "bookings": []}
        self._orders[order_id] = order
        self._change(order, status="open")
        return order_id

    def _change(self, order: dict[str, Any], status: str) -> None:
        self._changes += 1
        order.update(status=status, changed=self._changes)
        if self._webhook_url:
            delivery = asyncio.create_task(self._deliver(self._webhook_url, json.dumps(order).encode()))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)

    async def _deliver(self, url: str, body: bytes) -> None:
        """Once: what is lost, the next poll finds."""
        try:
            async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=sign(body)):
                pass
        except aiohttp.ClientError:
            pass

    async def closing(self) -> None:
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    # What tests and the sandbox ask for (VendorSandbox)

    def settings(self) -> dict[str, object]:
        return {"url": self.url, "api_secret": API_SECRET, "webhook_secret": WEBHOOK_SECRET}

    def set_webhook_url(self, url: str) -> None:
        self._webhook_url = url

    def sign(self, body: bytes) -> WebhookRequest:
        return WebhookRequest(sign(body), body)

    def place_order(self) -> str:
        return self.on_loop(self._place)

    def paid_orders(self) -> Mapping[str, Sequence[BookedPayment]]:
        return self.on_loop(lambda: {key: _captures(order) for key, order in self._orders.items()})

    def ledger(self) -> dict[str, object]:
        return self.on_loop(lambda: {"orders": list(self._orders.values())})


def _captures(order: dict[str, Any]) -> list[BookedPayment]:
    rows = [row for row in order["bookings"] if row["kind"] == "captured"]
    return [BookedPayment(row["transaction"], Money.parse(row["amount"], row["currency"])) for row in rows]


def _let_in(request: web.Request) -> None:
    if request.headers.get("authorization") != f"Bearer {API_SECRET}":
        raise web.HTTPUnauthorized
