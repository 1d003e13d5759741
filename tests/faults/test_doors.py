"""Forged, replayed, broken and endless input at every door: nothing changes, and others are served meanwhile.

(faults.md 33, 37, 38 and 45; invariants I4 and I9). tests/faults/test_hostile_input.py has what orders bring.
"""

import asyncio
import gzip
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults import doorway
from tests.faults.doorway import (
    BROWSER_KEY,
    FORM,
    MARK,
    NOTIFICATIONS,
    POST_DOORS,
    READ_DOORS,
    REST_PASSWORD,
    STATUSES,
    WEBHOOK,
    Headers,
    ask,
    at_rest,
    form,
    ipn,
    ipn_text,
    meta,
    news,
    paid_order,
    post,
    problem_of,
    signed,
    slowest_health,
    statuses,
    woo,
)
from tests.flow.house import House, open_house

NEW = "0123456789abcdef0123456789abcdef"
"""The id of a transaction that was never made."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def digest(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def forged_notifications(psp_order: str) -> dict[str, bytes]:
    text = ipn_text(psp_order, NEW, 2000, comment=MARK)
    good, browser = digest(text, REST_PASSWORD), digest(text, BROWSER_KEY)
    return {
        "no signature": form(text, ""),
        "field left out": form(text, good, kr_hash=None),
        "a guessed key": form(text, digest(text, "testpassword_guess")),
        "the browser's return": form(text, browser, kr_hash_key="sha256_hmac"),
        "the browser's hash as ours": form(text, browser),
        "our hash under the browser's name": form(text, good, kr_hash_key="sha256_hmac"),
        "no name of the key": form(text, good, kr_hash_key=None),
        "another algorithm": form(text, good, kr_hash_algorithm="sha512_hmac"),
        "amount changed afterwards": form(text.replace("2000", "2001"), good),
        "a blank more": form(text + " ", good),
        "signature with a letter more": form(text, good + "0"),
        "old form fields": form(text, good) + b"&vads_amount=2000",
        "a field twice": form(text, good) + b"&kr-hash=" + good.encode(),
        "another shop's, genuinely signed": ipn(ipn_text(psp_order, NEW, shopId="87654321")),
        "the live world's, genuinely signed": ipn(ipn_text(psp_order, NEW, mode="PRODUCTION")),
        "another answer type": form(text, good, kr_answer_type="V4/Charge"),
    }


@pytest.mark.fault(37, 68)
async def test_no_forged_notification_changes_anything(house: House) -> None:
    state = await paid_order(house)
    before = await at_rest(house)
    bodies = forged_notifications(state.links[0].psp_order)
    for name, body in bodies.items():
        answer = await post(house, NOTIFICATIONS, body, FORM)
        assert answer.status in (400, 401), (name, answer)
        problem_of(answer)
    assert news(before, await at_rest(house)) == []
    counted = (await ask(house, "GET", "/metrics")).text
    assert 'paylink_ipn_total{psp="main",result="bad_signature"} 12.0' in counted


@pytest.mark.fault(37)
async def test_no_forged_order_event_or_status_changes_anything(house: House) -> None:
    state = await paid_order(house)
    before = await at_rest(house)
    order = json.dumps({"id": int(state.order.order_ref), "status": "cancelled", "note": MARK}).encode()
    failed = statuses(state.messages[0], "failed")
    base64_of_hex = {**woo(order), "X-WC-Webhook-Signature": digest(order.decode(), doorway.WEBHOOK_SECRET)}
    forged: list[tuple[str, bytes, Headers]] = [
        (WEBHOOK, order, {}),
        (WEBHOOK, order, woo(order, "another-shop's-secret")),
        (WEBHOOK, order, woo(order + b" ")),
        (WEBHOOK, order, meta(order)),
        (WEBHOOK, order, base64_of_hex),
        (WEBHOOK, order, {**woo(order), "X-WC-Webhook-Signature": "é" * 40}),
        (WEBHOOK, b"webhook_id=1&" + MARK.encode(), {}),
        (STATUSES, failed, {}),
        (STATUSES, failed, meta(failed, "another-app's-secret")),
        (STATUSES, failed, meta(failed + b" ")),
        (STATUSES, failed, {"X-Hub-Signature-256": meta(failed)["X-Hub-Signature-256"].replace("sha256", "sha1")}),
        (STATUSES, failed, {"X-Hub-Signature": meta(failed)["X-Hub-Signature-256"]}),
        (STATUSES, failed, {"X-Hub-Signature-256": "sha256="}),
        (STATUSES, failed, {"X-Hub-Signature-256": "sha256=" + "é" * 64}),
    ]
    for path, body, headers in forged:
        answer = await post(house, path, body, headers)
        assert answer.status == 401, (path, headers)
        problem_of(answer)
    assert news(before, await at_rest(house)) == []


@pytest.mark.fault(37)
@pytest.mark.parametrize(
    "query",
    [
        "",
        "hub.mode=subscribe&hub.challenge=" + MARK,
        "hub.mode=subscribe&hub.verify_token=guess&hub.challenge=" + MARK,
        "hub.mode=unsubscribe&hub.verify_token=verify&hub.challenge=" + MARK,
        "hub.mode=subscribe&hub.verify_token=%ff%00&hub.challenge=" + MARK,
    ],
    ids=["nothing", "no token", "wrong token", "wrong mode", "no text"],
)
async def test_who_does_not_know_the_token_learns_nothing(house: House, query: str) -> None:
    answer = await ask(house, "GET", f"{STATUSES}?{query}")
    assert answer.status == 401
    problem_of(answer)
    right = await ask(house, "GET", f"{STATUSES}?hub.mode=subscribe&hub.verify_token=verify&hub.challenge=42")
    assert (right.status, right.text) == (200, "42")


@pytest.mark.fault(33, 38, 50)
async def test_what_was_told_before_has_no_effect_again(house: House) -> None:
    """Old deliveries under genuine signatures, in reverse order, and three times each."""
    ref = house.shop.place_order(total="20.00")
    placed = json.dumps(house.shop.order(ref)).encode()
    state = await paid_order(house)
    await house.until(lambda order: bool(order.messages and order.messages[0].provider_id), ref)
    transaction = next(iter(house.lyra.ledger.transactions))
    paid = ipn(ipn_text(state.links[0].psp_order, transaction.uuid, transaction.amount))
    sent = statuses(state.messages[0], "delivered", "sent")
    await house.lyra_expire(next(o.id for o in house.lyra.ledger.orders if o.id != state.links[0].psp_link))
    await house.until(lambda order: bool(order.write_backs) and not order.steps, ref)
    before = await at_rest(house)
    for path, body, headers in [
        (STATUSES, sent, meta(sent)),
        (NOTIFICATIONS, paid, FORM),
        (WEBHOOK, placed, woo(placed)),
    ]:
        answers = [await post(house, path, body, headers) for _ in range(3)]
        assert [answer.status for answer in answers] == [200] * 3
    assert news(before, await at_rest(house)) == []


@pytest.mark.fault(33)
async def test_a_thousand_at_once_have_one_effect(house: House) -> None:
    """Each of them is answered with 2xx, and other callers are served meanwhile."""
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(order.messages and order.messages[0].provider_id), ref)
    await house.fault(house.lyra_url, operation="ipn", mode="drop", count=1)
    await house.pay(state.links[0].url)
    transaction = next(iter(house.lyra.ledger.transactions))
    paid = ipn(ipn_text(state.links[0].psp_order, transaction.uuid, transaction.amount))
    read = statuses(state.messages[0], "read")
    placed = json.dumps(house.shop.order(ref)).encode()
    served = asyncio.create_task(slowest_health(house, 2.0))
    for path, body, headers in [
        (NOTIFICATIONS, paid, FORM),
        (STATUSES, read, meta(read)),
        (WEBHOOK, placed, woo(placed)),
    ]:
        answers = await asyncio.gather(*(post(house, path, body, headers) for _ in range(1000)))
        assert {answer.status for answer in answers} == {200}
    done = await house.until(doorway.finished, ref)
    assert [payment.psp_ref for payment in done.payments] == [transaction.uuid]
    assert len(house.shop.paid_orders()[ref]) == 1
    assert (len(house.messages("receipt")), len(house.messages())) == (1, 2)
    assert await served < 5.0
    kinds = [row[2] for row in (await at_rest(house))["events"]]
    assert kinds.count("payment.captured.v1") == 1
    assert len(kinds) == len({json.dumps(row, default=str) for row in doorway.dump(house)["events"]})


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no utf-8": b'{"id": "\xff\xfe' + MARK.encode() + b'"}',
    "bare bytes": bytes(range(256)),
    "nul bytes": b'{"id": 1, "status": "' + b"\x00" * 100 + MARK.encode() + b'"}',
    "escaped nul": b'{"object": "whatsapp_business_account\\u0000", "id": "\\u0000' + MARK.encode() + b'"}',
    "half a surrogate": b'{"id": "\\ud800' + MARK.encode() + b'"}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 60_000 + b"1" + b"}" * 60_000,
    "deep without an end": b"[" * 65 + b'"' + b'\\"' * 500_000,
    "a number without end": b'{"id": ' + b"9" * 100_000 + b"}",
    "infinite": b'{"id": Infinity, "total": NaN}',
    "no object": b'"' + MARK.encode() + b'"',
    "truncated": b'{"id": 1, "status": "pen',
    "ten megabytes": b'{"x": "' + b"x" * 10_000_000 + b'"}',
}


@pytest.mark.fault(45)
@pytest.mark.parametrize("path", POST_DOORS)
async def test_broken_bodies_change_nothing_whether_signed_or_not(house: House, path: str) -> None:
    await paid_order(house)
    before = await at_rest(house)
    served = asyncio.create_task(slowest_health(house, 2.0))
    for name, content in BROKEN.items():
        body, headers = signed(path, content)
        for sent, under in ((io.BytesIO(body), headers), (io.BytesIO(content), {})):
            answer = await post(house, path, sent, under)
            assert 400 <= answer.status < 500, (name, answer)
            problem_of(answer)
    assert await served < 3.0
    assert news(before, await at_rest(house)) == []


@pytest.mark.fault(45)
@pytest.mark.parametrize("path", [*POST_DOORS, *READ_DOORS])
async def test_endless_and_packed_bodies_are_not_read_to_their_end(house: House, path: str) -> None:
    """10 MB in chunks, and 2 kB that would be 2 MB: refused before a byte is unpacked."""

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    bomb = gzip.compress(b"[" * 2_000_000)
    assert problem_of(await post(house, path, stream()))["status"] == 413
    for packed in ("gzip", "GZIP", "deflate", "br", "gzip, identity"):
        body, headers = signed(path, bomb) if path in POST_DOORS else (bomb, {})
        answer = await post(house, path, io.BytesIO(body), {**headers, "Content-Encoding": packed})
        assert problem_of(answer)["status"] == 415
    assert (await ask(house, "GET", "/healthz")).status == 200


@pytest.mark.fault(45)
async def test_half_a_request_is_no_request(house: House) -> None:
    """Who hangs up in the middle of a notification is not counted as a forger."""
    body = ipn(ipn_text("NOBODY", NEW))
    _, writer = await asyncio.open_connection("127.0.0.1", house.port)
    head = b"POST /psp/main/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    writer.write(head + body[:-10])
    await writer.drain()
    writer.close()
    await house.settles(0.3)
    assert "bad_signature" not in (await ask(house, "GET", "/metrics")).text


@pytest.mark.fault(45)
async def test_wrong_methods_and_unknown_names(house: House) -> None:
    for path in (*POST_DOORS, *READ_DOORS):
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND", MARK.upper()):
            answer = await ask(house, method, path)
            assert answer.status == 405, (method, path)
            assert problem_of(answer)
            assert answer.headers["Allow"]
    strange = [
        "nobody" + MARK,
        "%00" + MARK,
        "%ff" + MARK,
        "..%2f" + MARK,
        "x" * 8000 + MARK,
        "shop/",
        "shop%2f" + MARK,
    ]
    for pattern in ("/webhooks/{}", "/psp/{}/notifications", "/channels/{}/webhook", "/{}"):
        for name in strange:
            answer = await post(house, pattern.format(name), b"x")
            assert answer.status == 404, (pattern, name[-30:])
            problem_of(answer)


@pytest.mark.fault(53)
async def test_a_preview_robot_that_opens_the_link_changes_nothing(house: House) -> None:
    """The link leads to the PSP's page and to no door of ours: looking can neither count nor change anything."""
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(order.messages and order.messages[0].provider_id), ref)
    ledger = house.lyra.ledger
    told = len(ledger.deliveries)
    for agent in ("WhatsApp/2.23", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0"):
        for method in ("HEAD", "GET"):
            async with house.http.request(method, state.links[0].url, headers={"User-Agent": agent}) as answer:
                assert answer.status == 200
    await house.settles(0.3)
    after = await house.order(ref)
    assert after is not None
    assert after.payments == ()
    assert (after.request, after.messages) == (state.request, after.messages)
    assert (len(ledger.deliveries), [order.status for order in ledger.orders]) == (told, ["RUNNING"])
    assert await house.pay(state.links[0].url) == 303
    await house.until(doorway.finished, ref)
