"""The demo shop behaves as the recordings show."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from connector_woocommerce.auth import oauth_query
from connector_woocommerce.fake import FakeShop, FakeShopConfig, serve
from connector_woocommerce.plugin import WooCommercePlugin

from connector_core.domain.phone import parse_phone
from connector_core.sdk import WebhookRequest
from connector_core.sdk.http import HttpAnswer, HttpClient
from connector_core.sdk.testing.vendor import load_sandbox
from tests.plugins.woocommerce.conftest import recording


class Listener:
    """What a webhook address receives, and what it answers."""

    def __init__(self) -> None:
        self.answer = 200
        self.got: list[WebhookRequest] = []
        self.more = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def wait(self, enough: Callable[[list[WebhookRequest]], bool]) -> list[WebhookRequest]:
        """The signed deliveries, as soon as there are enough."""
        with self.more:
            assert self.more.wait_for(lambda: enough(self.deliveries()), 5), f"got {len(self.deliveries())}"
            return self.deliveries()

    def deliveries(self) -> list[WebhookRequest]:
        return [request for request in self.got if "x-wc-webhook-topic" in request.headers]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(listener.answer)
                self.send_header("content-length", "0")
                self.end_headers()
                with listener.more:
                    listener.got.append(WebhookRequest(headers, body))
                    listener.more.notify_all()

            def log_message(self, *_: Any) -> None: ...

        return Handler


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def web(shop: FakeShop) -> Iterator[HttpClient]:
    client = HttpClient(shop.url)
    yield client
    client.close()


def call(shop: FakeShop, web: HttpClient, method: str, resource: str, body: Any = None, **query: str) -> HttpAnswer:
    path = f"/wp-json/wc/v3/{resource}"
    config = shop.config
    signed = oauth_query(method, shop.url + path, query, config.consumer_key, config.consumer_secret)
    return web.send(method, path, query=signed, json_body=body)


def same_kinds(ours: Any, theirs: Any, where: str = "order") -> None:
    """Key for key and kind for kind; lists are compared by their first item."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        assert ours.keys() >= theirs.keys() - {"email_templates", "targetHints"}, where
        for key in theirs.keys() & ours.keys():
            same_kinds(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(theirs, list) and isinstance(ours, list):
        if ours and theirs:
            same_kinds(ours[0], theirs[0], f"{where}[]")
    else:
        assert type(ours) is type(theirs), where


def test_order_has_the_recorded_shape(shop: FakeShop, web: HttpClient) -> None:
    ours = call(shop, web, "GET", f"orders/{shop.place_order()}").json()
    same_kinds(ours, recording("02-read-order")["response"]["json"])


@pytest.mark.parametrize(
    ("name", "method", "resource", "body"),
    [
        ("25-error-404-unknown-order", "GET", "orders/999999", None),
        ("26-error-put-unknown-order", "PUT", "orders/999999", {"set_paid": True}),
    ],
)
def test_recorded_errors(shop: FakeShop, web: HttpClient, name: str, method: str, resource: str, body: Any) -> None:
    theirs = recording(name)["response"]
    ours = call(shop, web, method, resource, body)
    assert (ours.status, ours.json()) == (theirs["status"], theirs["json"])


def test_refund_without_the_flag_calls_the_gateway_and_fails_as_recorded(shop: FakeShop, web: HttpClient) -> None:
    theirs = recording("45-error-refund-api")["response"]
    ours = call(shop, web, "POST", f"orders/{shop.place_order(set_paid=True)}/refunds", {"amount": "1.00"})
    assert (ours.status, ours.json()) == (theirs["status"], theirs["json"])


def test_set_paid_does_nothing_for_an_order_on_hold(shop: FakeShop, web: HttpClient) -> None:
    ref = shop.place_order(status="on-hold")
    order = call(shop, web, "PUT", f"orders/{ref}", {"set_paid": True, "transaction_id": "T"}).json()
    assert (order["status"], order["date_paid"], order["transaction_id"]) == ("on-hold", None, "T")


def test_batch_does_not_validate(shop: FakeShop, web: HttpClient) -> None:
    ref = int(shop.place_order(set_paid=True))
    updates = {"update": [{"id": ref, "status": "bogus"}, {"id": 999999}]}
    answer = call(shop, web, "POST", "orders/batch", updates)
    assert answer.status == 200
    assert answer.json()["update"][0]["status"] == "pending"
    assert answer.json()["update"][1]["error"]["code"] == "woocommerce_rest_shop_order_invalid_id"


def test_past_the_end_the_total_is_zero(shop: FakeShop, web: HttpClient) -> None:
    shop.place_order()
    answer = call(shop, web, "GET", "orders", page="9")
    assert (answer.json(), answer.headers["x-wp-total"]) == ([], "0")


def test_modified_after_is_exclusive_and_site_local_without_a_zone(shop: FakeShop, web: HttpClient) -> None:
    date = shop.order(shop.place_order())["date_modified_gmt"]
    assert call(shop, web, "GET", "orders", modified_after=f"{date}Z").json() == []
    assert len(call(shop, web, "GET", "orders", modified_after=date).json()) == 1
    assert call(shop, web, "GET", "orders", modified_after=date, dates_are_gmt="true").json() == []


def test_deliveries_are_signed_and_collapse(shop: FakeShop, plugin: WooCommercePlugin, listener: Listener) -> None:
    shop.set_webhook_url(listener.url)
    ref = shop.place_order()
    shop.edit_order(ref, total="50.00")
    shop.edit_order(ref, total="51.00")
    deliveries = listener.wait(lambda got: len(got) >= 2)
    assert [json.loads(d.body)["total"] for d in deliveries] == ["51.00", "51.00"]
    assert len({plugin.parse_webhook(d).events[0].id for d in deliveries}) == 1


def test_ping_comes_first_and_unsigned(shop: FakeShop, plugin: WooCommercePlugin, listener: Listener) -> None:
    shop.set_webhook_url(listener.url)
    shop.place_order()
    listener.wait(lambda got: len(got) >= 1)
    pings = [request for request in listener.got if "x-wc-webhook-topic" not in request.headers]
    assert len(pings) == 4
    assert all(not plugin.parse_webhook(ping).events for ping in pings)


def test_failed_delivery_never_comes_again_and_the_seventh_disables(shop: FakeShop, listener: Listener) -> None:
    listener.answer = 500
    shop.set_webhook_url(listener.url)
    created = shop.on_loop(lambda: shop._deliveries.hooks[1])
    refs = [shop.place_order() for _ in range(7)]
    listener.wait(lambda got: len(got) >= len(refs))
    until(lambda: shop.on_loop(lambda: created.status) == "disabled")
    shop.place_order()
    orders = [json.loads(delivery.body)["id"] for delivery in listener.deliveries()]
    assert sorted(orders) == [int(ref) for ref in refs]


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_dropped_webhook_stands_in_the_ledger(shop: FakeShop, listener: Listener) -> None:
    shop.set_webhook_url(listener.url)
    shop.arm("drop_webhook")
    lost, kept = shop.place_order(), shop.place_order()
    listener.wait(lambda got: any(json.loads(d.body)["id"] == int(kept) for d in got))
    log: Any = shop.ledger()["webhooks"]
    assert [entry["status"] for entry in log if entry["order"] == int(lost)] == [0]


def test_nobody_at_the_webhook_address_harms_nothing(shop: FakeShop) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        shop.set_webhook_url(f"http://127.0.0.1:{closed.getsockname()[1]}/hook")
    assert shop.order(shop.place_order())["status"] == "pending"


def test_orders_are_placed_changed_and_cancelled_over_http(shop: FakeShop, web: HttpClient) -> None:
    order = web.request("POST", "/_sandbox/orders", json_body={"billing": {"phone": "0151 23456789"}}).json()
    assert order["billing"]["phone"] == "0151 23456789"
    assert order["billing"]["last_name"]
    changed = web.request("POST", f"/_sandbox/orders/{order['id']}/change").json()
    assert float(changed["total"]) > float(order["total"])
    cancelled = web.request("POST", f"/_sandbox/orders/{order['id']}/cancel").json()
    assert cancelled["status"] == "cancelled"
    ledger = web.request("GET", "/_sandbox/ledger").json()
    assert [row["status"] for row in ledger["orders"]] == ["cancelled"]


def test_page_shows_orders_under_a_strict_policy(shop: FakeShop, web: HttpClient) -> None:
    ref = shop.place_order(billing={"first_name": "<script>alert(1)</script>"})
    answer = web.request("GET", "/", query={"lang": "de"})
    page = answer.body.decode()
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "<script>alert" not in page
    assert f"Bestellung {ref}" in page
    assert "Zahlung offen" in page
    assert "Payment due" in web.request("GET", "/").body.decode()


def test_buttons_of_the_page_work(shop: FakeShop, web: HttpClient) -> None:
    assert web.request("POST", "/shop/orders").status == 303
    (ref,) = (str(order["id"]) for order in shop.ledger()["orders"])  # type: ignore[attr-defined]  # JSON values
    before = shop.order(ref)["total"]
    web.request("POST", f"/shop/orders/{ref}/change")
    assert shop.order(ref)["total"] != before
    web.request("POST", f"/shop/orders/{ref}/cancel")
    assert shop.order(ref)["status"] == "cancelled"
    assert {web.request("GET", f"/shop/{name}").status for name in ("shop.css", "shop.js", "shop.svg")} == {200}


def test_open_page_hears_of_a_change(shop: FakeShop) -> None:
    host, port = shop.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as page:
        page.sendall(b"GET /shop/events HTTP/1.1\r\nHost: shop\r\n\r\n")
        got = page.recv(4096)
        shop.place_order()
        while b"event: changed" not in got:
            part = page.recv(4096)
            assert part
            got += part


def test_every_random_phone_can_be_reached() -> None:
    shop = FakeShop(FakeShopConfig(seed=3))
    for _ in range(60):
        billing = shop.order(shop.place_order())["billing"]
        assert parse_phone(billing["phone"], billing["country"]).startswith("+4")


def test_manifest_names_the_sandbox() -> None:
    assert load_sandbox(WooCommercePlugin.manifest) is serve


def test_sandbox_takes_its_options() -> None:
    made = serve("127.0.0.1", 0, {"name": "Teeladen", "webhook_secret": "abcdefghij0123456789", "secure": "1"})
    assert made.settings()["webhook_secrets"] == ["abcdefghij0123456789"]
    assert made.settings()["auth"] == "basic"
    made.stop()
