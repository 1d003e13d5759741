"""What must not get in: each door says why, and nothing else changes (faults.md 37, 45 and 64; invariant I9)."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import io
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector_core.adapters.web import limits
from connector_core.domain.step import StepState
from tests.flow.house import House, open_house

WEBHOOK_SECRET = "whsecsandbox0123456789"
CARD = "4970 1000 0000 0055"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def rows(house: House) -> dict[str, int]:
    """How much every table holds."""
    with sqlite3.connect(house.folder / "paylink.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counted = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    database.close()
    return {name: count for name, count in counted.items() if name != "cursors"}


async def refused(house: House, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Status and problem details of a request that must change nothing."""
    before = rows(house)
    async with house.http.post(house.url + path, data=io.BytesIO(body), headers=headers) as answer:
        status, kind, text = answer.status, answer.content_type, await answer.text()
    await house.settles(0.2)
    assert rows(house) == before
    assert kind == "application/problem+json", text
    problem: dict[str, Any] = json.loads(text)
    assert problem["status"] == status
    assert problem["detail"]
    return status, problem


def woo(body: bytes, secret: str = WEBHOOK_SECRET, topic: str = "order.created") -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Signature": signature,
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Event": topic.partition(".")[2],
        "X-WC-Webhook-Delivery-ID": "0123456789abcdef",
        "X-WC-Webhook-ID": "1",
        "X-WC-Webhook-Source": "http://shop.example/",
    }


ORDER = json.dumps({"id": 4711, "status": "pending", "date_modified_gmt": "2026-11-24T06:00:00"}).encode()


@pytest.mark.fault(37)
async def test_a_wrongly_signed_webhook(house: House) -> None:
    status, _ = await refused(house, "/webhooks/shop", ORDER, woo(ORDER, "another-secret-0123456789"))
    assert status == 401


@pytest.mark.fault(37)
async def test_an_unsigned_webhook(house: House) -> None:
    headers = woo(ORDER)
    del headers["X-WC-Webhook-Signature"]
    assert (await refused(house, "/webhooks/shop", ORDER, headers))[0] == 401


@pytest.mark.fault(45)
async def test_truncated_json_with_a_good_signature(house: House) -> None:
    body = ORDER[:-10]
    assert (await refused(house, "/webhooks/shop", body, woo(body)))[0] == 400


@pytest.mark.fault(45)
async def test_ten_megabytes(house: House) -> None:
    body = b'{"id": 1, "x": "' + b"x" * 10_000_000 + b'"}'
    status, problem = await refused(house, "/webhooks/shop", body, woo(body))
    assert status == 413
    assert str(limits.MOST_BYTES) in problem["detail"]


@pytest.mark.fault(45)
async def test_ten_megabytes_without_a_length(house: House) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    before = rows(house)
    async with house.http.post(f"{house.url}/webhooks/shop", data=stream()) as answer:
        assert answer.status == 413
    assert rows(house) == before


@pytest.mark.fault(45)
async def test_a_packed_body(house: House) -> None:
    body = gzip.compress(b"x" * 1_000_000)
    headers = {**woo(body), "Content-Encoding": "gzip"}
    assert (await refused(house, "/webhooks/shop", body, headers))[0] == 415


@pytest.mark.fault(45)
async def test_a_thousand_levels(house: House) -> None:
    body = b"[" * 1_000 + b"]" * 1_000
    assert (await refused(house, "/webhooks/shop", body, woo(body)))[0] == 400


@pytest.mark.fault(45)
async def test_a_body_that_drips(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ_SECONDS", 0.3)

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x"
            await asyncio.sleep(0.1)

    async with house.http.post(f"{house.url}/webhooks/shop", data=drip()) as answer:
        assert answer.status == 408


async def test_a_connection_that_does_not_exist(house: House) -> None:
    status, problem = await refused(house, "/webhooks/nobody", ORDER, woo(ORDER))
    assert status == 404
    assert "[connections]" in problem["detail"]
    assert "nobody" not in str(problem)


@pytest.mark.fault(37, 45)
async def test_a_payment_notification_without_its_fields(house: House) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await refused(house, "/psp/main/notifications", b"kr-answer=%7B%7D", headers))[0] in (400, 401)
    assert (await refused(house, "/psp/main/notifications", b"\xff\xfe\x00", headers))[0] in (400, 401)


@pytest.mark.fault(37)
async def test_message_statuses_with_a_wrong_signature(house: House) -> None:
    body = b'{"object": "whatsapp_business_account", "entry": []}'
    headers = {"X-Hub-Signature-256": "sha256=" + "0" * 64, "Content-Type": "application/json"}
    assert (await refused(house, "/channels/whatsapp/webhook", body, headers))[0] == 401


@pytest.mark.fault(64)
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"total": "-5.00"}, "amount"),
        ({"total": "0.00"}, "amount"),
        ({"total": "10.50", "currency": "JPY"}, "amount"),
        ({"total": "12.00", "currency": "XXQ"}, "currency"),
        ({"billing": {"first_name": "Ada", "phone": "", "country": "DE"}}, "phone"),
        ({"billing": {"first_name": "Ada", "phone": "12", "country": "DE"}}, "phone"),
    ],
)
async def test_an_order_that_cannot_be_asked_for_is_parked_with_cause_and_cure(
    house: House, fields: dict[str, Any], named: str
) -> None:
    ref = house.shop.place_order(**fields)
    parked = await house.until(lambda state: any(s.state is StepState.PARKED for s in state.steps), ref)
    step = parked.steps[0]
    assert named in f"{step.cause} {step.cure}".lower()
    assert step.cure
    assert parked.request is None
    assert house.lyra.ledger.orders == []
    assert house.messages() == []


@pytest.mark.fault(64)
async def test_a_parked_order_goes_on_when_it_was_corrected(house: House) -> None:
    ref = house.shop.place_order(billing={"first_name": "Ada", "phone": "", "country": "DE"})
    await house.until(lambda state: any(s.state is StepState.PARKED for s in state.steps), ref)
    await house.settles(1.1)  # WooCommerce dates its changes to the second
    house.shop.edit_order(ref, billing={"first_name": "Ada", "phone": "0151 23456789", "country": "DE"})
    sent = await house.until(lambda state: bool(state.messages), ref)
    assert sent.steps == () or all(step.state is not StepState.PARKED for step in sent.steps)


@pytest.mark.fault(64)
@pytest.mark.parametrize("name", ["😀 Zoë O'Brien-Łukasz", "محمد علي", "x" * 200, "A\x07B"])
async def test_strange_names_are_no_reason_to_stop(house: House, name: str) -> None:
    billing = {"first_name": name, "last_name": "", "phone": "+4915123456789", "country": "DE"}
    ref = house.shop.place_order(billing=billing)
    await house.until(lambda state: bool(state.messages and state.messages[0].provider_id), ref)


@pytest.mark.fault(52)
async def test_no_card_number_survives_any_door(house: House) -> None:
    """Nowhere: not in a table, not in a file of the database (invariant I8)."""
    note = {"first_name": f"Ada {CARD}", "last_name": CARD, "phone": "+4915123456789", "country": "DE"}
    ref = house.shop.place_order(billing=note, customer_note=f"card {CARD}")
    await house.until(lambda state: bool(state.messages and state.messages[0].provider_id), ref)
    async with house.http.post(
        f"{house.phone_url}/chat/4915123456789/messages", data={"text": f"my card is {CARD}"}, allow_redirects=False
    ) as answer:
        assert answer.status == 303
    await house.settles(0.3)
    for file in house.folder.iterdir():
        content = file.read_bytes()
        assert CARD.encode() not in content
        assert CARD.replace(" ", "").encode() not in content


@pytest.mark.fault(52)
async def test_a_buyer_who_says_stop_is_not_written_to_again(house: House) -> None:
    billing = {"first_name": "Ada", "phone": "+4915123456789", "country": "DE"}
    ref = house.shop.place_order(billing=billing)
    await house.until(lambda state: bool(state.messages and state.messages[0].provider_id), ref)
    await house.opt_out("+4915123456789")
    second = house.shop.place_order(billing=billing)
    parked = await house.until(lambda state: any(s.state is StepState.PARKED for s in state.steps), second)
    assert "opted out" in parked.steps[-1].cause or any("opted out" in step.cause for step in parked.steps)
    assert len(house.messages()) == 1
