"""The REST API: envelope, authentication, payment orders and their refusals."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.sandbox.lyra_client import SHOP, running


def iso(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat(timespec="seconds")


async def test_a_created_order_answers_in_the_recorded_shape() -> None:
    async with running() as lyra:
        envelope = await lyra.call(
            "Charge/CreatePaymentOrder",
            {
                "amount": 10000,
                "currency": "EUR",
                "orderId": "myOrderId-1234",
                "channelOptions": {"channelType": "URL"},
                "locale": "de_DE",
                "expirationDate": (wanted := iso(days=3)),
                "metadata": {"paylink": "7"},
                "customer": {"email": "sample@example.com"},
            },
        )
    answer = envelope["answer"]
    assert (envelope["webService"], envelope["status"], envelope["mode"], envelope["serverUrl"], envelope["_type"]) == (
        "Charge/CreatePaymentOrder",
        "SUCCESS",
        "TEST",
        lyra.base,
        "V4/WebService/Response",
    )
    assert re.fullmatch(re.escape(lyra.base) + "/t/[a-z0-9]{8}", answer["paymentURL"])
    assert re.fullmatch("[0-9a-f]{32}", answer["paymentOrderId"])
    assert answer["paymentOrderStatus"] == "RUNNING"
    assert (answer["amount"], answer["currency"], answer["orderId"]) == (10000, "EUR", "myOrderId-1234")
    assert (answer["expirationDate"], answer["locale"]) == (wanted, "de_DE")
    assert answer["channelDetails"] == {"channelType": "URL", "_type": "V4/ChannelDetails"}
    assert answer["customer"]["email"] == "sample@example.com"
    assert (answer["dataCollectionForm"], answer["_type"]) == (False, "V4/PaymentOrder")
    assert None not in answer.values()


async def test_a_wrong_password_is_told_as_int_905_over_http_200() -> None:
    async with running() as lyra:
        envelope = await lyra.call("Charge/SDKTest", {"value": "x"}, password="testpassword_wrong")
    assert envelope["status"] == "ERROR"
    assert envelope["answer"] == {
        "errorCode": "INT_905",
        "errorMessage": "invalid username or password",
        "detailedErrorCode": None,
        "detailedErrorMessage": None,
        "ticket": "null",
        "shopId": SHOP,
        "_type": "V4/WebService/WebServiceError",
    }


async def test_the_credential_probe_returns_its_value() -> None:
    async with running() as lyra:
        assert (await lyra.ok("Charge/SDKTest", {"value": "probe"}))["value"] == "probe"


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("INT_009", {"amount": 0}),
    ("INT_009", {"amount": -1}),
    ("INT_009", {"amount": 9.9}),
    ("INT_009", {"amount": "990"}),
    ("INT_009", {"amount": True}),
    ("INT_010", {"currency": "euro"}),
    ("PSP_606", {"currency": "BHD"}),
    ("INT_013", {"orderId": "INV/2026/00012"}),
    ("INT_013", {"orderId": "x" * 65}),
    ("INT_854", {"channelOptions": {"channelType": "WECHAT"}}),
    ("PSP_500", {"channelOptions": {"channelType": "WHATSAPP", "whatsAppOptions": {"phoneNumber": "0"}}}),
    ("INT_855", {"expirationDate": "tomorrow"}),
    ("INT_855", {"expirationDate": "2026-11-24T10:00:00"}),
    ("PSP_1007", {"expirationDate": "2021-10-05T21:59:59+00:00"}),
    ("PSP_1007", {"expirationDate": iso(days=92)}),
    ("INT_856", {"locale": "de-DE"}),
    ("INT_091", {"metadata": {"nested": {}}}),
    ("INT_926", {"ipnTargetUrl": "not a url"}),
    ("INT_920", {"returnUrl": "javascript:alert(1)"}),
    ("INT_851", {"paymentReceiptEmail": "nobody"}),
    ("INT_881", {"paymentMethods": "CARDS"}),
    ("INT_015", {"customer": {"email": "fake-email"}}),
    ("INT_023", {"customer": {"billingDetails": {"phoneNumber": "1" * 33}}}),
    ("INT_022", {"customer": {"billingDetails": {"country": "Germany"}}}),
    ("INT_001", {"customer": "Jane"}),
    ("PSP_1999", {"merchantComment": "paid with 4970 1000 0000 0055"}),
    ("INT_900", {"ammount": 1}),
]


@pytest.mark.parametrize(("code", "change"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
async def test_an_invalid_field_is_refused_with_its_own_code(code: str, change: dict[str, Any]) -> None:
    async with running() as lyra:
        assert await lyra.code("Charge/CreatePaymentOrder", {"amount": 990, "currency": "EUR"} | change) == code
        assert (await lyra.ledger())["orders"] == []


async def test_the_detail_names_the_field_and_its_value() -> None:
    async with running() as lyra:
        ask = {"amount": 1, "currency": "EUR", "customer": {"email": "fake-email"}}
        envelope = await lyra.call("Charge/CreatePaymentOrder", ask)
    assert envelope["answer"]["detailedErrorMessage"] == "Invalid input value [name=customer.email, value=fake-email]"


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"\xff"])
async def test_a_body_that_is_no_json_object_is_int_902(body: bytes) -> None:
    async with running() as lyra:
        assert await lyra.code("Charge/CreatePaymentOrder", body) == "INT_902"


async def test_an_unknown_web_service_is_int_901() -> None:
    async with running() as lyra:
        assert await lyra.code("Charge/CreatePaymentOrders", {}) == "INT_901"


async def test_the_same_order_id_twice_makes_two_orders() -> None:
    async with running() as lyra:
        first, second = await lyra.order(), await lyra.order()
        assert first["paymentOrderId"] != second["paymentOrderId"]
        assert (await lyra.ledger())["calls"] == {"Charge/CreatePaymentOrder": 2}


async def test_an_open_order_can_be_changed_and_keeps_its_url() -> None:
    async with running() as lyra:
        order = await lyra.order(metadata={"a": "b"})
        key = {"paymentOrderId": order["paymentOrderId"]}
        change = {"amount": 100, "currency": "USD", "expirationDate": (later := iso(days=60))}
        changed = await lyra.ok("Charge/PaymentOrder/Update", key | change)
        assert changed == await lyra.ok("Charge/PaymentOrder/Get", key)
        assert (changed["amount"], changed["currency"], changed["expirationDate"]) == (100, "USD", later)
        assert (changed["paymentURL"], changed["metadata"]) == (order["paymentURL"], {"a": "b"})
        other = key | change | {"channelOptions": {"channelType": "SMS"}}
        assert await lyra.code("Charge/PaymentOrder/Update", other) == "PSP_1017"


async def test_a_cancelled_order_is_closed_to_everything_but_reading() -> None:
    async with running() as lyra:
        order = await lyra.order()
        key = {"paymentOrderId": order["paymentOrderId"]}
        assert (await lyra.ok("Charge/PaymentOrder/Cancel", key))["paymentOrderStatus"] == "CANCELLED"
        assert await lyra.code("Charge/PaymentOrder/Cancel", key) == "PSP_1101"
        assert await lyra.code("Charge/PaymentOrder/Update", key | {"amount": 1, "currency": "EUR"}) == "PSP_1101"
        assert await lyra.status(order) == "CANCELLED"
        assert (await lyra.pay(order))[0] == 409


async def test_lyras_other_spelling_of_cancelled_can_be_set() -> None:
    async with running(cancelled_status="CANCELED") as lyra:
        order = await lyra.order()
        answer = await lyra.ok("Charge/PaymentOrder/Cancel", {"paymentOrderId": order["paymentOrderId"]})
    assert answer["paymentOrderStatus"] == "CANCELED"


@pytest.mark.parametrize(("code", "key"), [("PSP_1052", None), ("INT_840", "short"), ("PSP_1000", "0" * 32)])
async def test_a_payment_order_id_that_leads_nowhere_is_refused(code: str, key: str | None) -> None:
    async with running() as lyra:
        assert await lyra.code("Charge/PaymentOrder/Get", {"paymentOrderId": key}) == code


async def test_an_order_that_nobody_tried_to_pay_has_no_transactions() -> None:
    async with running() as lyra:
        await lyra.order(orderId="S42")
        assert await lyra.code("Order/Get", {"orderId": "S42"}) == "PSP_010"
        assert await lyra.code("Transaction/Get", {"uuid": "0" * 32}) == "PSP_010"


async def test_the_public_url_leads_the_payment_url() -> None:
    async with running(public_url="https://pay.example.org/") as lyra:
        assert (await lyra.order())["paymentURL"].startswith("https://pay.example.org/t/")


async def test_what_it_knows_survives_an_outage() -> None:
    async with running() as lyra:
        order = await lyra.order()
        await lyra.sandbox.stop()
        await lyra.sandbox.start(port=int(lyra.base.rsplit(":", 1)[1]))
        assert await lyra.status(order) == "RUNNING"
