"""The check names what is wrong and the way out, and changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from connector_woocommerce.fake import FakeShop, FakeShopConfig
from connector_woocommerce.plugin import WooCommercePlugin

from connector_core.sdk import AuthenticationError, OrderRef, Probe
from tests.plugins.woocommerce.conftest import MakePlugin

HOOK = "http://127.0.0.1:9/webhooks/woo-main"


def probes(plugin: WooCommercePlugin) -> dict[str, Probe]:
    return {probe.name: probe for probe in plugin.check()}


@pytest.fixture
def secure() -> Iterator[FakeShop]:
    server = FakeShop(FakeShopConfig(secure=True))
    server.start()
    yield server
    server.stop()


def test_all_is_well_and_nothing_was_changed(shop: FakeShop, connect: MakePlugin) -> None:
    ref = shop.place_order()
    before = shop.order(ref)
    shop.set_webhook_url(HOOK)
    assert [probe for probe in connect(shop, webhook_url=HOOK).check() if not probe.ok] == []
    assert shop.order(ref) == before


def test_read_only_key_fails_the_write_probe_alone(connect: MakePlugin) -> None:
    shop = FakeShop(FakeShopConfig(writable=False, webhook_url=HOOK))
    shop.start()
    found = probes(connect(shop))
    shop.stop()
    assert {name for name, probe in found.items() if not probe.ok} == {"write_back"}
    assert "Read/Write" in found["write_back"].cure


def test_missing_webhooks_are_named(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    probe = probes(plugin)["webhook"]
    assert not probe.ok
    assert "order.created" in probe.detail


def test_webhooks_of_another_address_do_not_count(shop: FakeShop, connect: MakePlugin) -> None:
    shop.set_webhook_url("http://127.0.0.1:9/elsewhere")
    assert not probes(connect(shop, webhook_url=HOOK))["webhook"].ok


def test_webhook_that_the_shop_switched_off_is_named(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    shop.set_webhook_url(HOOK)
    shop.on_loop(lambda: setattr(shop._deliveries.hooks[2], "status", "disabled"))
    probe = probes(plugin)["webhook"]
    assert "switched off: order.updated" in probe.detail


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"consumer_secret": "cs_wrong"}, "signature"),
        ({"consumer_key": "ck_wrong"}, "signature"),
        ({"auth": "basic"}, "no password over http"),
    ],
)
def test_wrong_key_over_http_is_explained(
    shop: FakeShop, connect: MakePlugin, changes: dict[str, Any], words: str
) -> None:
    probe = probes(connect(shop, **changes))["fetch"]
    assert words in probe.detail
    assert probe.cure


@pytest.mark.parametrize("auth", ["basic", "query"])
def test_key_and_secret_open_where_the_shop_sees_https(secure: FakeShop, connect: MakePlugin, auth: str) -> None:
    ref = OrderRef(secure.place_order())
    assert ref in connect(secure, auth=auth).fetch_orders([ref], "woocommerce.order")


@pytest.mark.parametrize("changes", [{"consumer_key": "ck_wrong"}, {"consumer_secret": "cs_wrong"}])
def test_wrong_key_over_https_is_an_authentication_error(
    secure: FakeShop, connect: MakePlugin, changes: dict[str, Any]
) -> None:
    with pytest.raises(AuthenticationError):
        connect(secure, **changes).fetch_orders([OrderRef("1001")], "woocommerce.order")


def test_shop_behind_a_wrong_path_points_to_permalinks(shop: FakeShop, connect: MakePlugin) -> None:
    probe = probes(connect(shop, url=f"{shop.url}/blog"))["fetch"]
    assert "permalinks" in probe.cure


@pytest.mark.parametrize(
    "url",
    ["shop.example", "https://user:pass@shop.example", "https://shop.example/wp-json/wc/v3", "ftp://shop.example"],
)
def test_address_that_cannot_work_is_refused_at_once(shop: FakeShop, connect: MakePlugin, url: str) -> None:
    with pytest.raises(ValueError, match=r"address|https"):
        connect(shop, url=url)
