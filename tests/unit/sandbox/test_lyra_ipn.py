"""Notifications: signature, content, repeats, and the faults that a shop must survive."""

import asyncio
import json
from typing import Any

import pytest

from connector_core.sandbox.lyra import LyraConfig, LyraSandbox
from connector_core.sandbox.lyra.notifier import signed_form
from connector_core.sandbox.lyra.values import Notice
from tests.unit.sandbox.lyra_client import (
    ACCEPTED,
    HMAC_KEY,
    PASSWORD,
    REFUSED,
    SHOP,
    Client,
    Shop,
    genuine,
    listening,
    running,
)

QUICK: dict[str, Any] = {"retry_seconds": (0.01, 0.01)}


async def paid(lyra: Client, shop: Shop, **more: object) -> dict[str, Any]:
    lyra.sandbox.ipn_url = shop.url
    order = await lyra.order(**more)
    await lyra.pay(order)
    return order


def test_the_signature_meets_the_published_vectors() -> None:
    text = (
        '{"shopId":"69876357","orderCycle":"CLOSED","orderStatus":"PAID","orderDetails":{"orderTotalAmount":990,'
        '"orderCurrency":"EUR","mode":"TEST","orderId":"myOrderId-1234"},"transactions":[],"_type":"V4/Payment"}'
    )
    assert signed_form(text, PASSWORD)["kr-hash"] == "4e2aeb344260425179e91100e4cd2fa31991f6f1b480df235a4835cabddd62bb"
    assert signed_form(text, HMAC_KEY)["kr-hash"] == "481f34feb9db184bc13f5f0aefa8c56879b9ecadab464869ccb42a5d4656cef8"
    unicode = signed_form('{"orderId":"café-1","url":"https://x/y"}', PASSWORD)
    assert unicode["kr-hash"] == "4df980fed3eb55e071d54a785800a2eae8e7fb4691391c55a54ae3596c9e952f"


async def test_a_payment_is_notified_with_a_genuine_signature() -> None:
    async with listening() as shop, running() as lyra:
        await paid(lyra, shop, metadata={"link": "Grüße"})
        (content,) = await shop.wait(1)
        form = shop.forms[0]
        booked = (await lyra.ledger())["transactions"][0]
    assert genuine(form)
    assert (form["kr-hash-algorithm"], form["kr-answer-type"]) == ("sha256_hmac", "V4/Payment")
    assert (content["orderCycle"], content["orderStatus"], content["_type"]) == ("CLOSED", "PAID", "V4/Payment")
    details = content["orderDetails"]
    assert (details["orderTotalAmount"], details["orderCurrency"], details["orderId"]) == (4990, "EUR", "S42")
    assert details["mode"] == "TEST"
    (transaction,) = content["transactions"]
    assert (transaction["uuid"], transaction["detailedStatus"]) == (booked["uuid"], "AUTHORISED")
    assert transaction["metadata"] == {"link": "Grüße"}
    assert transaction["transactionDetails"]["cardDetails"]["pan"] == "497010XXXXXX0055"
    assert ACCEPTED not in form["kr-answer"]


async def test_a_refusal_leaves_the_cycle_open() -> None:
    async with listening() as shop, running() as lyra:
        lyra.sandbox.ipn_url = shop.url
        await lyra.pay(await lyra.order(), REFUSED)
        (content,) = await shop.wait(1)
    assert (content["orderCycle"], content["orderStatus"]) == ("OPEN", "UNPAID")
    assert content["transactions"][0]["detailedStatus"] == "REFUSED"


async def test_the_orders_own_address_goes_first() -> None:
    async with listening() as own, listening() as other, running() as lyra:
        await paid(lyra, other, ipnTargetUrl=own.url)
        await own.wait(1)
        assert other.forms == []


async def test_what_is_not_taken_comes_again_and_is_counted() -> None:
    async with listening(500, 404, 200) as shop, running(**QUICK) as lyra:
        await paid(lyra, shop)
        await shop.wait(3)
        await settled(lyra, 3)
        notifications = (await lyra.ledger())["notifications"]
    assert [(one["attempt"], one["http_status"]) for one in notifications] == [(1, 500), (2, 404), (3, 200)]
    assert {one["detailedStatus"] for one in notifications} == {"AUTHORISED"}
    assert len({form["kr-hash"] for form in shop.forms}) == 1


async def test_a_shop_that_is_away_is_an_attempt_without_an_answer() -> None:
    async with running(retry_seconds=(), ipn_url="http://127.0.0.1:9/ipn") as lyra:
        await lyra.pay(await lyra.order())
        await settled(lyra, 1)
        assert [one["http_status"] for one in (await lyra.ledger())["notifications"]] == [0]


async def test_stopping_ends_repeats_at_once() -> None:
    async with listening(500) as shop, running(retry_seconds=(600.0,)) as lyra:
        await paid(lyra, shop)
        await shop.wait(1)
        await lyra.sandbox.stop()
    assert len(shop.forms) == 1


async def test_a_dropped_notification_never_arrives() -> None:
    async with listening() as shop, running() as lyra:
        await lyra.fault("ipn", "drop")
        await paid(lyra, shop, orderId="lost")
        await paid(lyra, shop, orderId="seen")
        assert [c["orderDetails"]["orderId"] for c in await shop.wait(1)] == ["seen"]


async def test_a_duplicate_is_the_same_twice() -> None:
    async with listening() as shop, running() as lyra:
        await lyra.fault("ipn", "duplicate")
        await paid(lyra, shop)
        await shop.wait(2)
    assert shop.forms[0] == shop.forms[1]


async def test_a_forged_one_is_signed_with_the_browsers_key_and_its_repeat_is_genuine() -> None:
    async with listening(401) as shop, running(**QUICK) as lyra:
        await lyra.fault("ipn", "forge")
        await paid(lyra, shop)
        await shop.wait(2)
        await settled(lyra, 2)
        assert [one["forged"] for one in (await lyra.ledger())["notifications"]] == [True, False]
    assert [genuine(form) for form in shop.forms] == [False, True]
    assert genuine(shop.forms[0], HMAC_KEY)


async def test_a_delayed_one_is_overtaken() -> None:
    async with listening() as shop, running() as lyra:
        await lyra.fault("ipn", "delay", seconds=0.3)
        await paid(lyra, shop, orderId="first")
        await paid(lyra, shop, orderId="second")
        assert [c["orderDetails"]["orderId"] for c in await shop.wait(2)] == ["second", "first"]


async def test_a_reordered_one_waits_for_the_next() -> None:
    async with listening() as shop, running() as lyra:
        await lyra.fault("ipn", "reorder", seconds=60)
        await paid(lyra, shop, orderId="first")
        await paid(lyra, shop, orderId="second")
        assert [c["orderDetails"]["orderId"] for c in await shop.wait(2)] == ["second", "first"]


async def test_a_payment_while_the_sandbox_is_down_is_not_notified() -> None:
    async with listening() as shop:
        sandbox = LyraSandbox(LyraConfig(SHOP, PASSWORD, HMAC_KEY, shop.url))
        await sandbox.start()
        await sandbox.stop()
        await sandbox.stop()
        sandbox._notifier.send(Notice("0", "AUTHORISED", shop.url, "{}"))
        await asyncio.sleep(0)
        assert shop.forms == []
        assert sandbox.ledger.deliveries == []


async def test_a_reordered_one_without_a_next_comes_late() -> None:
    async with listening() as shop, running() as lyra:
        await lyra.fault("ipn", "reorder", seconds=0.05)
        await paid(lyra, shop)
        await shop.wait(1)


async def test_a_cancellation_keeps_the_uuid_and_says_unpaid() -> None:
    async with listening() as shop, running() as lyra:
        await paid(lyra, shop)
        uuid = (await shop.wait(1))[0]["transactions"][0]["uuid"]
        answer = await lyra.ok("Transaction/CancelOrRefund", {"uuid": uuid, "amount": 4990, "currency": "EUR"})
        content = (await shop.wait(2))[1]
        assert await lyra.code("Transaction/CancelOrRefund", {"uuid": uuid}) == "PSP_105"
    assert (answer["uuid"], answer["detailedStatus"], answer["_type"]) == (uuid, "CANCELLED", "V4/Transaction")
    assert (content["orderStatus"], content["transactions"][0]["uuid"]) == ("UNPAID", uuid)


async def test_a_refund_is_a_credit_of_its_own_and_says_paid() -> None:
    async with listening() as shop, running() as lyra:
        await paid(lyra, shop)
        uuid = (await shop.wait(1))[0]["transactions"][0]["uuid"]
        assert (await lyra.switch("capture", {"uuid": uuid}))[1]["detailedStatus"] == "CAPTURED"
        credit = await lyra.ok("Transaction/CancelOrRefund", {"uuid": uuid, "amount": 990, "currency": "EUR"})
        content = (await shop.wait(2))[1]
        debit = await lyra.ok("Transaction/Get", {"uuid": uuid})
        given = await lyra.ok("Order/Get", {"orderId": "S42", "operationType": "CREDIT"})
    assert credit["uuid"] != uuid
    assert (credit["operationType"], credit["amount"]) == ("CREDIT", 990)
    assert credit["transactionDetails"]["parentTransactionUuid"] == uuid
    assert (content["orderStatus"], content["transactions"][0]["operationType"]) == ("PAID", "CREDIT")
    assert content["transactions"][0]["transactionDetails"]["creationContext"] == "REFUND"
    assert debit["transactionDetails"]["cardDetails"]["captureResponse"]["refundAmount"] == 990
    assert [one["uuid"] for one in given["transactions"]] == [credit["uuid"]]


@pytest.mark.parametrize(
    ("captured", "ask", "code"),
    [
        (True, {"amount": 4991}, "PSP_510"),
        (True, {"resolutionMode": "CANCELLATION_ONLY"}, "PSP_075"),
        (False, {"resolutionMode": "REFUND_ONLY"}, "PSP_076"),
        (False, {"amount": 100}, "PSP_102"),
        (False, {"currency": "USD"}, "INT_010"),
        (False, {"resolutionMode": "PLEASE"}, "INT_001"),
    ],
)
async def test_money_back_that_cannot_be_is_refused(captured: bool, ask: dict[str, Any], code: str) -> None:
    async with running(capture_at_once=captured) as lyra:
        await lyra.pay(await lyra.order())
        uuid = (await lyra.ledger())["transactions"][0]["uuid"]
        assert await lyra.code("Transaction/CancelOrRefund", {"uuid": uuid} | ask) == code


async def test_no_more_is_given_back_than_was_paid() -> None:
    async with running(capture_at_once=True) as lyra:
        await lyra.pay(await lyra.order())
        uuid = (await lyra.ledger())["transactions"][0]["uuid"]
        await lyra.ok("Transaction/CancelOrRefund", {"uuid": uuid, "amount": 4000})
        assert await lyra.code("Transaction/CancelOrRefund", {"uuid": uuid, "amount": 991}) == "PSP_511"
        await lyra.ok("Transaction/CancelOrRefund", {"uuid": uuid, "amount": 990})
        assert await lyra.code("Transaction/CancelOrRefund", {"uuid": uuid, "amount": 1}) == "PSP_104"


async def test_part_of_an_uncaptured_amount_is_taken_away_by_an_update() -> None:
    async with running() as lyra:
        await lyra.pay(await lyra.order())
        uuid = (await lyra.ledger())["transactions"][0]["uuid"]
        answer = await lyra.ok("Transaction/Update", {"uuid": uuid, "cardUpdate": {"amount": 990, "currency": "EUR"}})
        more = {"uuid": uuid, "cardUpdate": {"amount": 991, "currency": "EUR"}}
        assert await lyra.code("Transaction/Update", more) == "PSP_546"
    assert (answer["uuid"], answer["amount"]) == (uuid, 990)


async def test_an_abandoned_page_is_notified_only_when_the_shop_wants_it() -> None:
    async with listening() as shop, running(notify_abandons=True) as lyra:
        lyra.sandbox.ipn_url = shop.url
        await lyra.post((await lyra.order())["paymentURL"] + "/abandon")
        (content,) = await shop.wait(1)
    assert (content["orderStatus"], content["transactions"]) == ("ABANDONED", [])
    assert json.loads(shop.forms[0]["kr-answer"])["orderDetails"]["orderId"] == "S42"


async def settled(lyra: Client, count: int) -> None:
    """Until the sandbox has noted that many deliveries: the shop sees one before its answer is booked."""
    while len(lyra.sandbox.ledger.deliveries) < count:
        await lyra.sandbox.ledger.changed(lyra.sandbox.ledger.version)
