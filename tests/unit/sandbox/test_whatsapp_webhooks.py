import asyncio
from typing import Any

import pytest
from aiohttp import web

from tests.unit.sandbox.whatsapp_bed import PHONE, Bed, bed, paylink


async def test_statuses_arrive_signed_in_the_shape_of_the_real_ones() -> None:
    async with bed() as it:
        message_id = await it.send_paylink()
        await it.until(lambda: it.receiver.statuses() == ["sent", "delivered"])
        first = it.receiver.bodies[0]
    assert all(it.receiver.valid)
    assert first["object"] == "whatsapp_business_account"
    assert first["entry"][0]["id"] == "222"
    change = first["entry"][0]["changes"][0]
    assert change["field"] == "messages"
    assert change["value"]["metadata"] == {"display_phone_number": "15550100199", "phone_number_id": "111"}
    assert change["value"]["statuses"] == [
        {
            "id": message_id,
            "status": "sent",
            "timestamp": "1790000000",
            "recipient_id": PHONE,
            "biz_opaque_callback_data": "attempt-1",
            "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"},
        }
    ]


async def test_no_opaque_data_is_echoed_where_none_was_sent() -> None:
    async with bed() as it:
        body = paylink()
        del body["biz_opaque_callback_data"]
        await it.send(body)
        await it.until(lambda: bool(it.receiver.statuses()))
    assert "biz_opaque_callback_data" not in it.receiver.values()[0]["statuses"][0]


async def test_reading_the_chat_reports_read_once() -> None:
    async with bed() as it:
        await it.send_paylink()
        await it.until(lambda: it.receiver.statuses() == ["sent", "delivered"])
        for _ in range(2):
            await it.post(f"/chat/{PHONE}/read")
        await it.until(lambda: len(it.receiver.statuses()) >= 3)
        assert (await it.ledger())["messages"][0]["status"] == "read"
    assert it.receiver.statuses() == ["sent", "delivered", "read"]


async def test_a_message_read_at_once_is_never_reported_delivered() -> None:
    async with bed(delivered_after=1.0) as it:
        await it.send_paylink()
        await it.post(f"/chat/{PHONE}/read")
        await it.until(lambda: "read" in it.receiver.statuses())
        await asyncio.sleep(1.1)
    assert sorted(it.receiver.statuses()) == ["read", "sent"]


async def test_an_answer_of_the_buyer_arrives_signed_with_its_text() -> None:
    async with bed() as it:
        await it.post(f"/chat/{PHONE}/messages", data={"text": "Grüße / STOP"})
        await it.until(lambda: bool(it.receiver.bodies))
        ledger = await it.ledger()
    (value,) = it.receiver.values()
    assert it.receiver.valid == [True]
    assert value["contacts"] == [{"profile": {"name": "Demo Buyer"}, "wa_id": PHONE}]
    (message,) = value["messages"]
    assert (message["from"], message["type"], message["text"]) == (PHONE, "text", {"body": "Grüße / STOP"})
    assert message["timestamp"] == "1790000000"
    assert ledger["inbound"][0]["id"] == message["id"]


async def test_a_refused_webhook_is_posted_again_and_every_try_is_in_the_ledger() -> None:
    async with bed(delivered_after=60) as it:
        it.receiver.answers = [500, 302]
        message_id = await it.send_paylink()
        await it.until(lambda: len(it.receiver.bodies) == 3)
        await asyncio.sleep(0.01)
        webhooks = (await it.ledger())["webhooks"]
    assert it.receiver.bodies[0] == it.receiver.bodies[2]
    assert [(w["message_id"], w["status"], w["attempt"], w["http_status"]) for w in webhooks] == [
        (message_id, "sent", 1, 500),
        (message_id, "sent", 2, 302),
        (message_id, "sent", 3, 200),
    ]


async def test_a_webhook_is_given_up_after_the_last_pause() -> None:
    async with bed(delivered_after=60) as it:
        it.receiver.answers = [500] * 9
        await it.send_paylink()
        await it.until(lambda: len(it.receiver.bodies) == 3)
        await asyncio.sleep(0.06)
    assert len(it.receiver.bodies) == 3


async def test_a_receiver_that_is_away_costs_no_message() -> None:
    async with bed() as it:
        it.sandbox.webhook_url = "http://127.0.0.1:9/hook"
        await it.send_paylink()
        await asyncio.sleep(0.05)
        ledger = await it.ledger()
    assert ledger["messages"][0]["status"] == "delivered"
    assert ledger["webhooks"][0]["http_status"] == 0


async def test_many_statuses_share_a_webhook_up_to_the_limit() -> None:
    async with bed(batch=7, concurrency=1, delivered_after=60) as it:
        await asyncio.gather(*(it.send(paylink(to=f"4915100000{n:03}")) for n in range(60)))
        await it.until(lambda: len(it.receiver.statuses()) == 60)
        sizes = [len(value["statuses"]) for value in it.receiver.values()]
    assert 1 < max(sizes) <= 7


async def test_subscribing_shakes_hands_as_the_real_service_does() -> None:
    asked: list[Any] = []

    def answer(query: Any) -> web.Response:
        asked.append(dict(query))
        return web.Response(text=query["hub.challenge"])

    async with bed(subscribed=False) as it:
        it.receiver.handshake = answer
        status, _ = await it.post("/_sandbox/subscribe", json={"url": it.receiver.url})
        assert status == 200
        assert it.sandbox.webhook_url == it.receiver.url
    assert asked[0]["hub.mode"] == "subscribe"
    assert asked[0]["hub.verify_token"] == "verify"


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (web.Response, "hub.challenge"),
        (lambda: web.Response(status=403), "403"),
        (lambda: web.Response(status=302, headers={"Location": "/"}), "302"),
    ],
)
async def test_a_wrong_handshake_subscribes_nothing(answer: Any, complaint: str) -> None:
    async with bed(subscribed=False) as it:
        it.receiver.handshake = lambda _: answer()
        status, text = await it.post("/_sandbox/subscribe", json={"url": it.receiver.url})
        assert it.sandbox.webhook_url == ""
    assert status == 400
    assert complaint in text


@pytest.mark.parametrize("body", [{"url": "ftp://x"}, {}, [], {"url": "http://127.0.0.1:9/"}])
async def test_an_address_that_cannot_be_reached_is_named(body: object) -> None:
    async with bed(subscribed=False) as it:
        status, text = await it.post("/_sandbox/subscribe", json=body)
    assert status == 400
    assert "url" in text


async def _statuses_under(it: Bed, count: int) -> list[str]:
    await it.send_paylink()
    await it.until(lambda: len(it.receiver.statuses()) >= count)
    await asyncio.sleep(0.06)
    return it.receiver.statuses()


async def test_fault_drop_loses_one_status() -> None:
    async with bed() as it:
        await it.fault(operation="status", mode="drop")
        assert await _statuses_under(it, 1) == ["delivered"]


async def test_fault_duplicate_repeats_one_status() -> None:
    async with bed() as it:
        await it.fault(operation="status", mode="duplicate")
        assert await _statuses_under(it, 3) == ["sent", "sent", "delivered"]


async def test_fault_reorder_lets_delivered_come_before_sent() -> None:
    async with bed() as it:
        await it.fault(operation="status", mode="reorder")
        assert await _statuses_under(it, 2) == ["delivered", "sent"]


async def test_a_reordered_last_status_comes_after_its_seconds() -> None:
    async with bed(delivered_after=60) as it:
        await it.fault(operation="status", mode="reorder", seconds=0.02)
        assert await _statuses_under(it, 1) == ["sent"]


async def test_fault_delay_holds_a_status_back() -> None:
    async with bed() as it:
        await it.fault(operation="status", mode="delay", seconds=0.1)
        assert await _statuses_under(it, 2) == ["delivered", "sent"]


async def test_fault_forge_adds_a_status_that_nobody_may_believe() -> None:
    async with bed(delivered_after=60) as it:
        await it.fault(operation="status", mode="forge")
        statuses = await _statuses_under(it, 2)
        webhooks = (await it.ledger())["webhooks"]
    assert sorted(zip(statuses, it.receiver.valid, strict=True)) == [("read", False), ("sent", True)]
    assert {(w["status"], w["forged"]) for w in webhooks} == {("read", True), ("sent", False)}


async def test_fault_fail_ends_a_message_with_its_code() -> None:
    async with bed() as it:
        await it.fault(operation="status", mode="fail", code=131026, to=PHONE)
        assert await _statuses_under(it, 1) == ["failed"]
        (status,) = it.receiver.values()[0]["statuses"]
        assert (await it.ledger())["messages"][0]["status"] == "failed"
    assert status["errors"][0]["code"] == 131026
    assert status["errors"][0]["error_data"]["details"]
    assert "pricing" not in status


async def test_stop_ends_everything_that_was_on_its_way() -> None:
    before = asyncio.all_tasks()
    async with bed(delivered_after=60, retry_seconds=(60.0,)) as it:
        it.receiver.answers = [500]
        await it.send_paylink()
        await it.until(lambda: bool(it.receiver.bodies))
    assert asyncio.all_tasks() == before
