"""Fetching orders by reference."""

import pytest
from aiohttp import web
from connector_woocommerce.fake import FakeShop
from connector_woocommerce.plugin import WooCommercePlugin

from connector_core.sdk import OrderRef, RetryLater
from tests.plugins.woocommerce.conftest import MakePlugin

DOCUMENT = "woocommerce.order"


class CarelessShop(FakeShop):
    """Lists orders that nobody asked for, as a shop does that drops a parameter."""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/wp-json/wc/v3/orders", self._everything)

    async def _everything(self, _: web.Request) -> web.Response:
        return web.json_response([{"id": 15, "status": "pending"}, {"id": 16, "status": "pending"}])


def test_batch_gives_each_order_as_it_is_now(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    refs = [OrderRef(shop.place_order()) for _ in range(3)]
    shop.edit_order(refs[1], total="77.00")
    found = plugin.fetch_orders(refs, DOCUMENT)
    assert list(found) == refs
    assert found[refs[1]]["total"] == "77.00"


def test_more_than_a_page_comes_in_few_calls(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    refs = [OrderRef(shop.place_order()) for _ in range(150)]
    assert len(plugin.fetch_orders(refs, DOCUMENT)) == 150
    assert len(shop.calls) == 2


def test_trash_deleted_and_cart_are_gone(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    refs = [OrderRef(shop.place_order()) for _ in range(2)] + [OrderRef(shop.place_order(status="checkout-draft"))]
    shop.trash_order(refs[0])
    shop.trash_order(refs[1], force=True)
    assert plugin.fetch_orders(refs, DOCUMENT) == {}


@pytest.mark.parametrize("ref", ["", "0", "-1", "1,2", "abc", "9" * 30, "１２"])
def test_reference_that_is_no_id_is_never_asked_for(shop: FakeShop, plugin: WooCommercePlugin, ref: str) -> None:
    shop.place_order()
    assert plugin.fetch_orders([OrderRef(ref)], DOCUMENT) == {}
    assert not shop.calls


def test_truncated_answer_means_later(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    ref = OrderRef(shop.place_order())
    shop.arm("truncated")
    with pytest.raises(RetryLater):
        plugin.fetch_orders([ref], DOCUMENT)


def test_order_that_was_not_asked_for_is_left_out(connect: MakePlugin) -> None:
    careless = CarelessShop()
    careless.start()
    found = connect(careless).fetch_orders([OrderRef("15")], DOCUMENT)
    careless.stop()
    assert set(found) == {"15"}
