"""Polling against the shop: nothing missed, nothing twice, one id with the webhook."""

import json
from functools import partial
from typing import Any

import pytest
from connector_woocommerce.event import EventMaker
from connector_woocommerce.fake import FakeShop
from connector_woocommerce.plugin import WooCommercePlugin
from connector_woocommerce.poll import PAGE_SIZE

from connector_core.sdk import ConfigurationError, ConnectionId, OrderChange, OrderEvent, RateLimited, RetryLater
from tests.plugins.woocommerce.conftest import MakePlugin, settings_for


def drain(plugin: WooCommercePlugin, cursor: Any = None) -> tuple[list[OrderEvent], Any, int]:
    """All pages: (events, cursor, number of pages). Cursors go through JSON as the core keeps them."""
    events: list[OrderEvent] = []
    for pages in range(1, 100):
        page = plugin.poll(cursor)
        events += page.events
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return events, cursor, pages
    raise AssertionError("the poll never ends")


def test_first_poll_looks_back_and_the_next_sees_only_news(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    old = [shop.place_order(), shop.place_order()]
    events, cursor, _ = drain(plugin)
    assert sorted(event.order_ref for event in events) == old
    new = shop.place_order()
    events, cursor, _ = drain(plugin, cursor)
    assert [event.order_ref for event in events] == [new]
    assert drain(plugin, cursor)[0] == []


def modify(shop: FakeShop, ref: str, date: str) -> None:
    shop._book.orders[int(ref)].update(date_modified_gmt=date)


@pytest.mark.fault(61)
def test_more_orders_in_one_second_than_a_page_holds(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    refs = {shop.place_order() for _ in range(2 * PAGE_SIZE + 5)}
    for ref in refs:
        shop.on_loop(partial(modify, shop, ref, "2030-01-01T00:00:00"))
    events, cursor, pages = drain(plugin)
    assert len(events) == len(refs)
    assert {event.order_ref for event in events} == refs
    assert pages <= 8  # each of the three twice, and what comes behind
    assert drain(plugin, cursor)[0] == []


@pytest.mark.fault(61)
def test_orders_that_move_while_a_crowded_second_is_paged_shift_no_other_out_of_sight(
    shop: FakeShop, plugin: WooCommercePlugin
) -> None:
    """Our own write-backs change orders while they are listed, and every later row moves up by one."""
    refs = [shop.place_order() for _ in range(2 * PAGE_SIZE + 50)]
    for ref in refs:
        shop.on_loop(partial(modify, shop, ref, "2030-01-01T00:00:00"))
    page = plugin.poll(None)
    events = list(page.events)
    for ref in [event.order_ref for event in events[:30]]:
        shop.on_loop(partial(modify, shop, ref, "2030-01-01T00:10:00"))
    more, cursor, _ = drain(plugin, json.loads(json.dumps(page.cursor)))
    assert {event.order_ref for event in [*events, *more]} == set(refs)
    assert drain(plugin, cursor)[0] == []


@pytest.mark.fault(61)
def test_the_overlap_reaches_behind_the_newest_after_many_pages_too(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    """What a webhook lost and a page missed lies within the overlap, and is found by the next poll."""
    for index, ref in enumerate([shop.place_order() for _ in range(2 * PAGE_SIZE)]):
        shop.on_loop(partial(modify, shop, ref, f"2030-01-01T00:{index // 60:02d}:{index % 60:02d}"))
    _, cursor, _ = drain(plugin)
    late = shop.place_order()
    shop.on_loop(partial(modify, shop, late, "2030-01-01T00:00:20"))
    assert [event.order_ref for event in drain(plugin, cursor)[0]] == [late]


@pytest.mark.fault(61)
def test_many_orders_over_many_seconds(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    refs = [shop.place_order() for _ in range(3 * PAGE_SIZE)]
    for index, ref in enumerate(refs):
        date = f"2030-01-01T00:{index // 60:02d}:{index % 60:02d}"
        shop.on_loop(partial(modify, shop, ref, date))
    events, _, _ = drain(plugin)
    assert len(events) == len(refs)
    assert {event.order_ref for event in events} == set(refs)


@pytest.mark.fault(61)
def test_change_in_the_same_second_as_the_cursor_is_not_missed(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    ref = shop.place_order()
    date = shop.order(ref)["date_modified_gmt"]
    _, cursor, _ = drain(plugin)
    shop.edit_order(ref, total="99.00")
    shop.on_loop(lambda: shop._book.orders[int(ref)].update(date_modified_gmt=date))
    events, _, _ = drain(plugin, cursor)
    assert [event.order_ref for event in events] == [ref]


@pytest.mark.fault(61, 62)
def test_webhook_and_poll_agree_on_the_id(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    ref = shop.place_order()
    delivered = {key: value for key, value in shop.order(ref).items() if key not in ("notes", "refund_rows")}
    maker = EventMaker(ConnectionId("woo-main"), settings_for(shop))
    event = maker.from_record(delivered)
    assert event is not None
    assert event.id in [polled.id for polled in plugin.poll(None).events]


def test_cancelled_order_is_withdrawn(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    ref = shop.place_order()
    _, cursor, _ = drain(plugin)
    shop.edit_order(ref, status="cancelled")
    assert [event.change for event in drain(plugin, cursor)[0]] == [OrderChange.WITHDRAWN]


@pytest.mark.fault(63)
def test_order_in_the_trash_is_withdrawn_once_although_no_date_shows_it(
    shop: FakeShop, plugin: WooCommercePlugin
) -> None:
    before = shop.place_order()
    shop.trash_order(before)
    ref = shop.place_order()
    _, cursor, _ = drain(plugin)
    shop.trash_order(ref)
    events, cursor, _ = drain(plugin, cursor)
    assert [(event.order_ref, event.change) for event in events] == [(ref, OrderChange.WITHDRAWN)]
    assert drain(plugin, cursor)[0] == []


def test_carts_are_not_orders(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    shop.place_order(status="checkout-draft")
    assert drain(plugin)[0] == []


@pytest.mark.parametrize("kind", ["error", "html", "truncated", "cut_before", "do_then_cut"])
def test_fault_means_later_and_loses_nothing(shop: FakeShop, plugin: WooCommercePlugin, kind: str) -> None:
    ref = shop.place_order()
    shop.arm(kind)
    with pytest.raises(RetryLater):
        plugin.poll(None)
    assert [event.order_ref for event in drain(plugin)[0]] == [ref]


def test_rate_limit_of_a_host_is_kept(shop: FakeShop, plugin: WooCommercePlugin) -> None:
    shop.arm("rate_limit", seconds=9)
    with pytest.raises(RateLimited) as caught:
        plugin.poll(None)
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == 9


def test_slow_shop_meets_the_time_limit(shop: FakeShop, connect: MakePlugin) -> None:
    shop.arm("slow", seconds=3)
    with pytest.raises(RetryLater):
        connect(shop, timeout_seconds=1).poll(None)


def test_damaged_cursor_is_named(plugin: WooCommercePlugin) -> None:
    with pytest.raises(ConfigurationError, match="damaged"):
        plugin.poll({"since": "yesterday"})
