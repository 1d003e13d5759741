"""Payments enter the shop's books once, whatever happens on the way (faults.md 54 to 60)."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from connector_woocommerce.fake import FakeShop, FakeShopConfig
from connector_woocommerce.plugin import WooCommercePlugin

from connector_core.sdk import (
    AuthenticationError,
    Money,
    RateLimited,
    WriteBackFact,
    WriteBackOutcome,
    WriteBackResult,
)
from tests.plugins.woocommerce.conftest import MakePlugin, MakeUpdate

DONE, ALREADY, REFUSED, RETRY = (
    WriteBackOutcome.DONE,
    WriteBackOutcome.ALREADY,
    WriteBackOutcome.REFUSED,
    WriteBackOutcome.RETRY,
)


def our_notes(order: Mapping[str, Any]) -> list[str]:
    return [note["note"] for note in order["notes"] if "[paylink " in note["note"]]


def write(plugin: WooCommercePlugin, *updates: Any) -> list[WriteBackResult]:
    return list(plugin.write_back(updates))


@pytest.mark.parametrize("status", ["pending", "failed", "on-hold", "cancelled"])
def test_unpaid_order_becomes_paid(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate, status: str) -> None:
    ref = shop.place_order(status=status)
    (result,) = write(plugin, paid(shop, ref))
    order = shop.order(ref)
    assert result.outcome is DONE
    assert (order["status"], order["transaction_id"]) == ("processing", "lyra-tx-1")
    assert order["date_paid_gmt"]
    assert len(our_notes(order)) == 1
    assert "Mit PayLink bezahlt" in our_notes(order)[0]
    assert len(shop.paid_orders()[ref]) == 1


def test_downloads_are_completed(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order(needs_processing=False)
    write(plugin, paid(shop, ref))
    assert shop.order(ref)["status"] == "completed"


def test_status_of_the_shops_choice(shop: FakeShop, connect: MakePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order()
    assert write(connect(shop, paid_status="completed"), paid(shop, ref))[0].outcome is DONE
    assert shop.order(ref)["status"] == "completed"


@pytest.mark.fault(55)
def test_status_that_the_shop_does_not_have_is_refused_with_its_words(
    shop: FakeShop, connect: MakePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order()
    (result,) = write(connect(shop, paid_status="bezahlt"), paid(shop, ref))
    assert result.outcome is REFUSED
    assert "status" in result.message
    assert shop.order(ref)["status"] == "pending"


@pytest.mark.fault(56)
@pytest.mark.parametrize("call", ["PUT ", "POST .*/notes"])
def test_cut_after_it_was_done_is_found_and_not_repeated(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate, call: str
) -> None:
    ref = shop.place_order()
    update = paid(shop, ref)
    shop.arm("do_then_cut", call)
    assert write(plugin, update)[0].outcome is RETRY
    assert write(plugin, update)[0].outcome is ALREADY
    assert write(plugin, update)[0].outcome is ALREADY
    assert len(our_notes(shop.order(ref))) == 1
    assert len(shop.paid_orders()[ref]) == 1


@pytest.mark.fault(54, 56)
@pytest.mark.parametrize("kind", ["cut_before", "error", "html", "truncated"])
def test_fault_at_the_write_ends_in_one_booking(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate, kind: str
) -> None:
    ref = shop.place_order()
    update = paid(shop, ref)
    shop.arm(kind, "PUT ")
    assert write(plugin, update)[0].outcome is RETRY
    assert write(plugin, update)[0].outcome in (DONE, ALREADY)
    assert len(shop.paid_orders()[ref]) == 1
    assert len(our_notes(shop.order(ref))) == 1


def test_after_a_fault_the_rest_of_the_batch_is_left_for_later(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate
) -> None:
    refs = [shop.place_order() for _ in range(3)]
    updates = [paid(shop, ref, id=f"update-{ref}") for ref in refs]
    shop.arm("error", f"PUT .*/{refs[1]}")
    assert [result.outcome for result in write(plugin, *updates)] == [DONE, RETRY, RETRY]
    assert [result.outcome for result in write(plugin, *updates)] == [ALREADY, DONE, DONE]


def test_one_order_has_one_writer_at_a_time(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order()
    update = paid(shop, ref)
    shop.arm("slow", "GET .*/notes", times=4, seconds=0.05)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: write(plugin, update)[0].outcome, range(4)))
    assert sorted(results) == [ALREADY, ALREADY, ALREADY, DONE]
    assert len(our_notes(shop.order(ref))) == 1


def test_rate_limit_stops_the_batch(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order()
    shop.arm("rate_limit", "PUT ")
    with pytest.raises(RateLimited):
        write(plugin, paid(shop, ref))


def test_read_only_key_pauses_the_connection(connect: MakePlugin, paid: MakeUpdate) -> None:
    shop = FakeShop(FakeShopConfig(writable=False))
    shop.start()
    ref = shop.place_order()
    with pytest.raises(AuthenticationError, match="Read/Write"):
        write(connect(shop), paid(shop, ref))
    shop.stop()


@pytest.mark.fault(55)
@pytest.mark.parametrize("status", ["refunded", "checkout-draft"])
def test_payment_of_an_order_that_takes_none_is_refused(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate, status: str
) -> None:
    ref = shop.place_order(status=status)
    (result,) = write(plugin, paid(shop, ref))
    assert result.outcome is REFUSED
    assert result.cure
    assert shop.order(ref)["status"] == status


def test_order_in_the_trash_stays_there(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order()
    update = paid(shop, ref)
    shop.trash_order(ref)
    assert write(plugin, update)[0].outcome is REFUSED
    assert shop.order(ref)["status"] == "trash"


def test_completed_order_is_never_downgraded(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order(transaction_id="lyra-tx-1", set_paid=True)
    shop.edit_order(ref, status="completed")
    before = shop.order(ref)["date_modified_gmt"]
    assert write(plugin, paid(shop, ref))[0].outcome is ALREADY
    assert (shop.order(ref)["status"], shop.order(ref)["date_modified_gmt"]) == ("completed", before)


def test_order_paid_by_another_transaction_is_reported_and_not_overwritten(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order(transaction_id="paypal-9", set_paid=True)
    assert write(plugin, paid(shop, ref))[0].outcome is REFUSED
    assert shop.order(ref)["transaction_id"] == "paypal-9"


def test_order_marked_by_hand_gets_the_transaction(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order()
    shop.edit_order(ref, status="processing")
    assert write(plugin, paid(shop, ref))[0].outcome is DONE
    assert shop.order(ref)["transaction_id"] == "lyra-tx-1"
    assert write(plugin, paid(shop, ref))[0].outcome is ALREADY


def test_cancelled_order_stays_cancelled_where_the_shop_wants_it(
    shop: FakeShop, connect: MakePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order(status="cancelled")
    assert write(connect(shop, late_payment="refuse"), paid(shop, ref))[0].outcome is REFUSED
    assert shop.order(ref)["status"] == "cancelled"


@pytest.mark.fault(42)
def test_two_parts_make_an_order_paid_once(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order(total="30.00")
    first = paid(shop, ref, id="part-1", amount=Money(1000, "EUR"), captured=Money(1000, "EUR"))
    second = paid(shop, ref, id="part-2", psp_ref="lyra-tx-2", amount=Money(2000, "EUR"))
    assert write(plugin, first)[0].outcome is DONE
    assert shop.order(ref)["status"] == "pending"
    assert "10,00 EUR von 30,00 EUR" in our_notes(shop.order(ref))[0]
    assert [result.outcome for result in write(plugin, second, first)] == [DONE, ALREADY]
    assert (shop.order(ref)["status"], shop.order(ref)["transaction_id"]) == ("processing", "lyra-tx-2")
    assert len(our_notes(shop.order(ref))) == 2


@pytest.mark.fault(40)
def test_order_that_grew_meanwhile_is_not_called_paid(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order(total="30.00")
    update = paid(shop, ref)
    shop.edit_order(ref, total="45.00")
    (result,) = write(plugin, update)
    assert shop.order(ref)["status"] == "pending"
    assert "30.00 EUR of 45.00 EUR" in result.message


@pytest.mark.fault(41)
def test_other_currency_is_never_converted(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order()
    francs = Money(3390, "CHF")
    assert write(plugin, paid(shop, ref, amount=francs, asked=francs, captured=francs))[0].outcome is REFUSED


def test_long_transaction_is_recognised_after_the_shop_cut_it(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order()
    assert write(plugin, paid(shop, ref, psp_ref="t" * 140))[0].outcome is DONE
    shop.edit_order(ref, meta_data=[{"id": m["id"], "key": m["key"]} for m in shop.order(ref)["meta_data"]])
    assert write(plugin, paid(shop, ref, psp_ref="t" * 140))[0].outcome is ALREADY


def test_notes_can_be_switched_off(shop: FakeShop, connect: MakePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order()
    write(connect(shop, notes=False), paid(shop, ref))
    assert our_notes(shop.order(ref)) == []


@pytest.mark.parametrize("fact", [WriteBackFact.EXPIRED, WriteBackFact.CHARGED_BACK])
def test_fact_without_a_status_is_one_note(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate, fact: WriteBackFact
) -> None:
    ref = shop.place_order()
    update = paid(shop, ref, fact=fact, language="en")
    assert [write(plugin, update)[0].outcome for _ in range(2)] == [DONE, ALREADY]
    assert shop.order(ref)["status"] == "pending"
    assert len(our_notes(shop.order(ref))) == 1


def refund(paid: MakeUpdate, shop: FakeShop, ref: str, cents: int, name: str) -> Any:
    return paid(shop, ref, id=name, fact=WriteBackFact.REFUNDED, amount=Money(cents, "EUR"), psp_ref=f"lyra-{name}")


@pytest.mark.fault(59)
def test_refund_is_booked_once_even_when_the_answer_is_lost(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order(total="30.00", set_paid=True)
    update = refund(paid, shop, ref, 500, "refund-1")
    shop.arm("do_then_cut", "POST .*/refunds")
    assert [write(plugin, update)[0].outcome for _ in range(3)] == [RETRY, ALREADY, ALREADY]
    assert [row["amount"] for row in shop.order(ref)["refund_rows"]] == ["5.00"]


def test_two_equal_refunds_are_two(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order(total="30.00", set_paid=True)
    updates = [refund(paid, shop, ref, 500, name) for name in ("refund-1", "refund-2")]
    assert [result.outcome for result in write(plugin, *updates)] == [DONE, DONE]
    assert len(shop.order(ref)["refund_rows"]) == 2


def test_refund_that_a_person_booked_is_claimed_once(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order(total="30.00", set_paid=True)
    shop.on_loop(lambda: shop._book.add_refund(int(ref), {"amount": "5.00", "reason": "Kulanz", "api_refund": False}))
    updates = [refund(paid, shop, ref, 500, name) for name in ("refund-1", "refund-2")]
    assert [result.outcome for result in write(plugin, *updates)] == [ALREADY, DONE]
    assert [result.outcome for result in write(plugin, *updates)] == [ALREADY, ALREADY]
    assert len(shop.order(ref)["refund_rows"]) == 2


def test_full_refund_closes_the_order(shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate) -> None:
    ref = shop.place_order(total="30.00", set_paid=True)
    (result,) = write(plugin, refund(paid, shop, ref, 3000, "refund-1"))
    assert (result.outcome, shop.order(ref)["status"]) == (DONE, "refunded")
    assert result.source_ref == str(shop.order(ref)["refund_rows"][0]["id"])


def test_refund_over_the_total_is_refused_and_not_taken_for_an_outage(
    shop: FakeShop, plugin: WooCommercePlugin, paid: MakeUpdate
) -> None:
    ref = shop.place_order(total="30.00", set_paid=True)
    (result,) = write(plugin, refund(paid, shop, ref, 500_000, "refund-1"))
    assert result.outcome is REFUSED
    assert "Invalid refund amount" in result.message
