"""The demo shop: a WooCommerce that runs on localhost."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from connector_core.sdk import Money, WebhookRequest
from connector_core.sdk.testing.fake_server import FakeServer
from connector_core.sdk.testing.vendor import BookedPayment
from connector_woocommerce.fake.book import Book
from connector_woocommerce.fake.config import FakeShopConfig
from connector_woocommerce.fake.delivery import Deliveries, sign
from connector_woocommerce.fake.order import Order, render
from connector_woocommerce.fake.pages import Pages, cancel_order, change_order
from connector_woocommerce.fake.rest import Rest


class FakeShop(FakeServer):
    """Built to reference/woocommerce.md and its recordings, surprises included. Implements `VendorSandbox`."""

    api_prefix = "/wp-json/"

    def __init__(self, config: FakeShopConfig | None = None) -> None:
        super().__init__()
        self.config = config or FakeShopConfig()
        self.latency_seconds = self.config.latency_seconds
        rng = random.Random(self.config.seed)  # noqa: S311 - for names and baskets
        self._book = Book("", rng, self.config.first_order, self._announce)
        self._deliveries = Deliveries(self.config, self._body_of, self.faults)
        self._pages = Pages(self.config.name, self._book)
        self._rest = Rest(self.config, self._book, self._deliveries, lambda: self.url)

    def add_routes(self, app: web.Application) -> None:
        self._rest.add_routes(app)
        self._pages.add_routes(app)
        app.add_routes(
            [
                web.post("/_sandbox/orders", self._post_order),
                web.post(r"/_sandbox/orders/{id:\d+}", self._edit_order),
                web.post(r"/_sandbox/orders/{id:\d+}/{action:change|cancel|trash|restore}", self._act_on_order),
            ]
        )

    async def opened(self) -> None:
        self._book.base = self._deliveries.source = self.url
        await self._deliveries.open()
        self._deliveries.point_to(self.config.webhook_url)

    async def closing(self) -> None:
        self._pages.end()
        await self._deliveries.close()

    def settings(self) -> dict[str, object]:
        config = self.config
        return {
            "url": self.url,
            "consumer_key": config.consumer_key,
            "consumer_secret": config.consumer_secret,
            "webhook_secrets": [config.webhook_secret],
            "auth": "basic" if config.secure else "auto",
        }

    def set_webhook_url(self, url: str) -> None:
        self.config = replace(self.config, webhook_url=url)
        self.on_loop(lambda: self._deliveries.point_to(url))

    def sign(self, body: bytes) -> WebhookRequest:
        signature = sign(self.config.webhook_secret, body)
        return WebhookRequest({"x-wc-webhook-signature": signature, "x-wc-webhook-resource": "order"}, body)

    def place_order(self, **fields: Any) -> str:
        """`fields` of the order are laid over a random one, such as ``total="12.00"`` or ``billing={"phone": ""}``."""
        return str(self.on_loop(lambda: self._book.place(fields)["id"]))

    def edit_order(self, order_ref: str, **fields: Any) -> None:
        """As a merchant does it in the shop, a status included."""
        self.on_loop(lambda: self._book.update(int(order_ref), fields))

    def trash_order(self, order_ref: str, *, force: bool = False) -> None:
        self.on_loop(lambda: self._book.move_to_trash(int(order_ref), force=force))

    def order(self, order_ref: str) -> Order:
        """The order as REST shows it, with its notes."""
        return self.on_loop(lambda: self._with_notes(self._book.get(int(order_ref))))

    def paid_orders(self) -> Mapping[str, Sequence[BookedPayment]]:
        def read() -> dict[str, list[BookedPayment]]:
            return {
                str(number): [BookedPayment(ref, Money.parse(total, currency)) for ref, total, currency in rows]
                for number, rows in self._book.payments.items()
            }

        return self.on_loop(read)

    def ledger(self) -> dict[str, object]:
        return self.on_loop(
            lambda: {
                "orders": [self._with_notes(order) for order in self._book.orders.values()],
                "trash": sorted(self._book.trash),
                "webhooks": list(self._deliveries.log),
                "calls": list(self.calls),
            }
        )

    def _with_notes(self, order: Order) -> Order:
        number = order["id"]
        return {
            **render(order, self.url),
            "notes": list(self._book.notes.get(number, [])),
            "refund_rows": list(self._book.refunds.get(number, [])),
        }

    def _announce(self, number: int, event: str) -> None:
        self._deliveries.announce(number, event)
        self._pages.changed()

    def _body_of(self, number: int, topic: str) -> Order | None:
        """The state at delivery time, not at event time (surprise 4)."""
        if topic == "order.deleted":
            return {"id": number}
        order = self._book.orders.get(number)
        return None if order is None else render(order, self.url)

    async def _post_order(self, request: web.Request) -> web.Response:
        order = self._book.place(await _fields(request))
        return web.json_response(self._with_notes(order), status=201)

    async def _edit_order(self, request: web.Request) -> web.Response:
        order = self._book.update(int(request.match_info["id"]), await _fields(request))
        return web.json_response(self._with_notes(order))

    async def _act_on_order(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        known = self._book.trash if request.match_info["action"] == "restore" else self._book.orders
        if number not in known:
            raise web.HTTPNotFound
        match request.match_info["action"]:
            case "change":
                change_order(self._book, number)
            case "cancel":
                cancel_order(self._book, number)
            case "trash":
                self._book.move_to_trash(number, force=False)
            case "restore":
                self._book.restore(number)
        return web.json_response(self._with_notes(self._book.get(number)))


async def _fields(request: web.Request) -> dict[str, Any]:
    body = await request.json() if request.can_read_body else {}
    return body if isinstance(body, dict) else {}
