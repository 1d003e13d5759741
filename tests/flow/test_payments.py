"""What the PSP reports, in whatever order and however often (faults.md 33 to 44)."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from connector_core.domain.message import Purpose
from connector_core.domain.payment import PaymentFlag, PaymentKind, PaymentState, WriteBackFact, WriteBackState
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from tests.flow.house import REFUSED, House, open_house, told


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def linked(house: House) -> tuple[str, str]:
    """A new order and the address of its PayLink."""
    ref = house.shop.place_order(total="33.90")
    state = await house.until(lambda order: bool(told(order)), ref)
    return ref, state.links[0].url


def paid(state: OrderState) -> bool:
    return state.request is not None and state.request.state is RequestState.PAID


def written_back(state: OrderState) -> bool:
    return bool(state.write_backs) and all(w.state is WriteBackState.DONE for w in state.write_backs)


async def test_a_payment_is_recorded_receipted_and_booked_once(house: House) -> None:
    ref, url = await linked(house)
    await house.pay(url)
    state = await house.until(
        lambda order: paid(order) and written_back(order) and bool(told(order, Purpose.RECEIPT)), ref
    )
    assert state.request is not None
    assert state.request.captured == 3390
    assert [p.psp_ref for p in state.payments] == [t.uuid for t in house.lyra.ledger.transactions]
    assert [booked.psp_ref for booked in house.shop.paid_orders()[ref]] == [state.payments[0].psp_ref]
    assert len(house.messages("receipt")) == 1


@pytest.mark.fault(34)
async def test_a_refused_card_is_an_attempt_and_not_the_end(house: House) -> None:
    ref, url = await linked(house)
    await house.pay(url, REFUSED)
    refused = await house.until(lambda order: bool(order.payments), ref)
    assert refused.payments[0].state is PaymentState.FAILED
    assert refused.request is not None
    assert refused.request.state is RequestState.OPEN
    await house.pay(url)
    done = await house.until(lambda order: paid(order) and written_back(order), ref)
    assert [p.state for p in done.payments] == [PaymentState.FAILED, PaymentState.DONE]
    assert len(house.shop.paid_orders()[ref]) == 1


@pytest.mark.fault(33)
async def test_a_notification_that_comes_fifty_times_at_once_has_one_effect(house: House) -> None:
    ref, url = await linked(house)
    await house.fault(house.lyra_url, operation="ipn", mode="drop", count=1)
    await house.pay(url)
    transaction = next(iter(house.lyra.ledger.transactions))
    body = notification(transaction.uuid, transaction.order_id or "", 3390)
    answers = await asyncio.gather(*(post_notification(house, body) for _ in range(50)))
    assert set(answers) == {200}
    state = await house.until(lambda order: paid(order) and written_back(order), ref)
    await house.settles()
    assert len(state.payments) == 1
    assert len(house.messages("receipt")) == 1
    assert len(house.shop.paid_orders()[ref]) == 1


@pytest.mark.fault(36)
async def test_a_payment_whose_notification_never_came_is_found(house: House) -> None:
    ref, url = await linked(house)
    await house.fault(house.lyra_url, operation="ipn", mode="drop", count=100)
    await house.pay(url)
    state = await house.until(lambda order: paid(order) and written_back(order), ref)
    assert len(state.payments) == 1


@pytest.mark.fault(36)
async def test_an_expired_link_closes_the_request_and_the_shop_hears_of_it(house: House) -> None:
    ref, _ = await linked(house)
    state = await house.order(ref)
    assert state is not None
    await house.lyra_expire(state.links[0].psp_link)
    ended = await house.until(written_back, ref)
    assert ended.request is not None
    assert ended.request.state is RequestState.EXPIRED
    assert [w.fact for w in ended.write_backs] == [WriteBackFact.EXPIRED]


async def test_a_refund_made_at_the_psp_reaches_the_shop_once(house: House) -> None:
    ref, url = await linked(house)
    await house.pay(url)
    state = await house.until(lambda order: paid(order) and written_back(order), ref)
    await capture_and_refund(house, state.payments[0].psp_ref, 1000)
    refunded = await house.until(lambda order: len(order.payments) == 2 and written_back(order), ref)
    assert refunded.request is not None
    assert (refunded.request.captured, refunded.request.refunded) == (3390, 1000)
    assert refunded.payments[1].kind is PaymentKind.REFUND
    assert WriteBackFact.REFUNDED in [w.fact for w in refunded.write_backs]


@pytest.mark.fault(44)
async def test_a_link_paid_twice_is_recorded_twice_and_flagged(house: House) -> None:
    ref, url = await linked(house)
    await house.fault(house.lyra_url, operation="page", mode="allow_double_payment", count=5)
    await house.pay(url)
    await house.until(paid, ref)
    await house.pay(url)
    state = await house.until(lambda order: len(order.payments) == 2, ref)
    assert state.request is not None
    assert state.request.captured == 6780
    assert [p.flag for p in state.payments] == [PaymentFlag.NONE, PaymentFlag.SURPLUS]


@pytest.mark.fault(39)
async def test_money_of_no_order_of_ours_is_kept_and_answered(house: House) -> None:
    body = notification("0123456789abcdef0123456789abcdef", "SOMEBODY-ELSE", 500)
    assert [await post_notification(house, body) for _ in range(2)] == [200, 200]
    assert (await house.store.counts())["payments.unallocated"] == 1


@pytest.mark.fault(37)
async def test_nothing_of_a_forged_notification_is_believed(house: House) -> None:
    ref, url = await linked(house)
    await house.fault(house.lyra_url, operation="ipn", mode="drop", count=1)
    state = await house.order(ref)
    assert state is not None
    forged = notification("0123456789abcdef0123456789abcdef", state.links[0].psp_order, 3390, key="wrong")
    browser = notification("0123456789abcdef0123456789abcdef", state.links[0].psp_order, 3390, key_name="sha256_hmac")
    assert [await post_notification(house, body) for body in (forged, browser)] == [401, 401]
    assert url
    await house.settles(0.3)
    after = await house.order(ref)
    assert after is not None
    assert after.payments == ()


def notification(uuid: str, order_id: str, amount: int, *, key: str = "", key_name: str = "password") -> bytes:
    """A signed notification of a captured payment, as reference/lyra.md 3 describes it."""
    answer = {
        "shopId": "12345678",
        "orderCycle": "CLOSED",
        "orderStatus": "PAID",
        "serverDate": "2026-11-24T06:00:00+00:00",
        "orderDetails": {"orderTotalAmount": amount, "orderCurrency": "EUR", "mode": "TEST", "orderId": order_id},
        "transactions": [
            {
                "shopId": "12345678",
                "uuid": uuid,
                "amount": amount,
                "currency": "EUR",
                "paymentMethodType": "CARD",
                "status": "PAID",
                "detailedStatus": "CAPTURED",
                "operationType": "DEBIT",
                "creationDate": "2026-11-24T06:00:00+00:00",
                "orderDetails": {"orderId": order_id, "mode": "TEST"},
                "transactionDetails": {"cardDetails": {"effectiveBrand": "VISA"}},
                "_type": "V4/PaymentTransaction",
            }
        ],
        "_type": "V4/Payment",
    }
    text = json.dumps(answer)
    secret = (key or "testpassword_house0123456789").encode()
    form = {
        "kr-hash": hmac.new(secret, text.encode(), hashlib.sha256).hexdigest(),
        "kr-hash-algorithm": "sha256_hmac",
        "kr-hash-key": key_name,
        "kr-answer-type": "V4/Payment",
        "kr-answer": text,
    }
    return urlencode(form).encode()


async def post_notification(house: House, body: bytes) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with house.http.post(f"{house.url}/psp/main/notifications", data=body, headers=headers) as answer:
        return answer.status


async def capture_and_refund(house: House, uuid: str, amount: int) -> None:
    """As somebody does it in Lyra's Back Office."""
    login = base64.b64encode(b"12345678:testpassword_house0123456789").decode()
    async with house.http.post(f"{house.lyra_url}/_sandbox/capture", json={"uuid": uuid}) as captured:
        assert captured.status == 200
    async with house.http.post(
        f"{house.lyra_url}/api-payment/V4/Transaction/CancelOrRefund",
        json={"uuid": uuid, "amount": amount, "currency": "EUR"},
        headers={"Authorization": f"Basic {login}"},
    ) as answer:
        assert (await answer.json())["status"] == "SUCCESS"
