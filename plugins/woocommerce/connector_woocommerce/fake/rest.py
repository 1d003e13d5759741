"""``/wp-json/wc/v3``: the part of WooCommerce's REST API that a connector meets."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from connector_woocommerce.fake.book import STATUSES, Book, WooError
from connector_woocommerce.fake.config import FakeShopConfig
from connector_woocommerce.fake.delivery import TOPICS, Deliveries
from connector_woocommerce.fake.door import Door
from connector_woocommerce.fake.listing import list_orders, pick
from connector_woocommerce.fake.order import Order, render

PREFIX = "/wp-json/wc/v3"
_BATCH = 100
_Handler = Callable[[web.Request], Awaitable[web.Response]]


class Rest:
    """The routes over one shop's books."""

    def __init__(self, config: FakeShopConfig, book: Book, deliveries: Deliveries, base: Callable[[], str]) -> None:
        self._book = book
        self._deliveries = deliveries
        self._door = Door(config)
        self._base = base

    def add_routes(self, app: web.Application) -> None:
        order = PREFIX + r"/orders/{id:\d+}"
        app.router.add_get("/wp-json/", self._index)
        routes: list[tuple[str, str, _Handler]] = [
            ("GET", PREFIX + "/orders", self._list),
            ("POST", PREFIX + "/orders", self._create),
            ("POST", PREFIX + "/orders/batch", self._batch),
            ("GET", order, self._read),
            ("PUT", order, self._update),
            ("POST", order, self._update),
            ("DELETE", order, self._delete),
            ("GET", order + "/notes", self._notes),
            ("POST", order + "/notes", self._add_note),
            ("GET", order + "/refunds", self._refunds),
            ("POST", order + "/refunds", self._add_refund),
            ("GET", PREFIX + "/webhooks", self._webhooks),
            ("POST", PREFIX + "/webhooks", self._add_webhook),
            ("PUT", PREFIX + r"/webhooks/{id:\d+}", self._set_webhook),
            ("GET", PREFIX + "/system_status", self._system_status),
            ("*", "/wp-json/{rest:.*}", self._no_route),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, path, self._guarded(handler))

    def _guarded(self, handler: _Handler) -> _Handler:
        """The key is looked at before the route, the order or the body."""

        async def answer(request: web.Request) -> web.Response:
            try:
                url = f"{self._base()}{request.path}"
                self._door.check(request.method, url, request.query, request.headers.get("Authorization", ""))
                return await handler(request)
            except WooError as error:
                return web.json_response(error.body, status=error.status)

        return answer

    async def _index(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"name": "Demo", "home": self._base(), "namespaces": ["wp/v2", "wc/v3", "wc/store/v1"]}
        )

    async def _no_route(self, _: web.Request) -> web.Response:
        raise WooError(404, "rest_no_route", "No route was found matching the URL and request method.")

    async def _list(self, request: web.Request) -> web.Response:
        listing = list_orders(self._book, request.query)
        headers = {"X-WP-Total": str(listing.total), "X-WP-TotalPages": str(listing.pages)}
        return web.json_response([self._show(row, request) for row in listing.rows], headers=headers)

    async def _create(self, request: web.Request) -> web.Response:
        body = await _body(request)
        _check_status(body)
        order = self._book.place({"created_via": "rest-api", **body})
        self._book.announce(order["id"], "updated")
        return web.json_response(self._show(order, request), status=201)

    async def _read(self, request: web.Request) -> web.Response:
        return web.json_response(self._show(self._book.get(_id(request)), request))

    async def _update(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._book.get(_id(request), 400)
        _check_status(body)
        return web.json_response(self._show(self._book.update(_id(request), body), request))

    async def _delete(self, request: web.Request) -> web.Response:
        order = self._book.move_to_trash(_id(request), force=request.query.get("force") == "true")
        return web.json_response(self._show(order, request))

    async def _batch(self, request: web.Request) -> web.Response:
        """Never validates a status (surprise 2), and answers 200 with an error per item (rec 50)."""
        updates = (await _body(request)).get("update", [])
        if len(updates) > _BATCH:
            raise WooError(413, "woocommerce_rest_request_entity_too_large", "Unable to accept more than 100 items.")
        return web.json_response({"update": [self._batch_item(item, request) for item in updates]})

    def _batch_item(self, item: Order, request: web.Request) -> Order:
        try:
            return self._show(self._book.update(int(item["id"]), item), request)
        except WooError as error:
            return {"id": item["id"], "error": error.body}

    async def _notes(self, request: web.Request) -> web.Response:
        self._order_of_notes(request)
        return web.json_response(self._book.notes.get(_id(request), []))

    async def _add_note(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._order_of_notes(request)
        if not body.get("note"):
            raise WooError(400, "rest_missing_callback_param", "Missing parameter(s): note")
        note = self._book.add_note(_id(request), str(body["note"]), customer=bool(body.get("customer_note")))
        return web.json_response(note, status=201)

    def _order_of_notes(self, request: web.Request) -> None:
        if _id(request) not in self._book.orders and _id(request) not in self._book.trash:
            raise WooError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")

    async def _refunds(self, request: web.Request) -> web.Response:
        return web.json_response(self._book.refunds.get(_id(request), []))

    async def _add_refund(self, request: web.Request) -> web.Response:
        return web.json_response(self._book.add_refund(_id(request), await _body(request)), status=201)

    async def _webhooks(self, _: web.Request) -> web.Response:
        return web.json_response([hook.shown() for hook in self._deliveries.hooks.values()])

    async def _add_webhook(self, request: web.Request) -> web.Response:
        body = await _body(request)
        if body.get("topic") not in TOPICS:
            raise WooError(
                400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid."
            )
        hook = self._deliveries.add(
            str(body["topic"]), str(body["delivery_url"]), str(body.get("secret", "")), str(body.get("name", ""))
        )
        return web.json_response(hook.shown(), status=201)

    async def _set_webhook(self, request: web.Request) -> web.Response:
        hook = self._deliveries.hooks.get(_id(request))
        if hook is None:
            raise WooError(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
        hook.status = str((await _body(request)).get("status", hook.status))
        return web.json_response(hook.shown())

    async def _system_status(self, _: web.Request) -> web.Response:
        return web.json_response({"environment": {"home_url": self._base(), "version": "10.0.2", "wp_cron": True}})

    def _show(self, order: Order, request: web.Request) -> Order:
        shown = render(order, self._base())
        fields = request.query.get("_fields", "")
        return pick(shown, fields) if fields else shown


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise WooError(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    return body if isinstance(body, dict) else {}


def _check_status(body: dict[str, Any]) -> None:
    if "status" in body and body["status"] not in STATUSES:
        raise WooError(
            400,
            "rest_invalid_param",
            "Invalid parameter(s): status",
            {"status": 400, "params": {"status": "status is not one of the known ones."}},
        )
