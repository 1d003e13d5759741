"""What stands before the doors: genuine bodies of every peer, raw connections, and the whole database to compare.

Everything is made as reference/lyra.md 3, reference/messaging.md A5 and reference/woocommerce.md 6 describe it, with
none of the product's own code.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.payment import WriteBackState
from connector_core.domain.state import OrderState
from tests.flow.house import House, told

WEBHOOK, NOTIFICATIONS, STATUSES = "/webhooks/shop", "/psp/main/notifications", "/channels/whatsapp/webhook"
POST_DOORS = (WEBHOOK, NOTIFICATIONS, STATUSES)
READ_DOORS = ("/healthz", "/readyz", "/metrics", "/openapi.json")
WEBHOOK_SECRET, REST_PASSWORD = "whsecsandbox0123456789", "testpassword_house0123456789"
BROWSER_KEY, APP_SECRET = "house", "app-secret"
MARK = "echo7391canary"
"""Stands in all hostile input: no answer may bring it back."""

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str
    headers: Mapping[str, str]
    text: str


def woo(body: bytes, secret: str = WEBHOOK_SECRET) -> Headers:
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Signature": base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode(),
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Delivery-ID": "0123456789abcdef",
    }


def meta(body: bytes, secret: str = APP_SECRET) -> Headers:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def digest(text: str, key: str) -> str:
    """HMAC-SHA-256 in hex."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(path: str, content: bytes) -> tuple[bytes, Headers]:
    """A body that carries `content` to this door under a genuine signature."""
    if path == WEBHOOK:
        return content, woo(content)
    if path == STATUSES:
        return content, meta(content)
    text = content.decode("latin-1")
    return form(text, hmac.new(REST_PASSWORD.encode(), text.encode(), hashlib.sha256).hexdigest()), FORM


def form(text: str, digest: str, **changed: str | None) -> bytes:
    """The five fields of a notification; `changed` ones by name with underscores, None for one that is left out."""
    fields = {
        "kr-hash": digest,
        "kr-hash-algorithm": "sha256_hmac",
        "kr-hash-key": "password",
        "kr-answer-type": "V4/Payment",
        "kr-answer": text,
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return urlencode({name: value for name, value in fields.items() if value is not None}).encode()


def ipn_text(psp_order: str, uuid: str, amount: int = 2000, **changed: Any) -> str:
    """A notification's `kr-answer`; `changed` are fields of its transaction or, for `shopId` and `mode`, of all."""
    shop, mode = changed.pop("shopId", "12345678"), changed.pop("mode", "TEST")
    details = {"orderTotalAmount": amount, "orderCurrency": "EUR", "mode": mode, "orderId": psp_order}
    transaction = {
        "shopId": shop,
        "uuid": uuid,
        "amount": amount,
        "currency": "EUR",
        "paymentMethodType": "CARD",
        "status": "PAID",
        "detailedStatus": "CAPTURED",
        "operationType": "DEBIT",
        "creationDate": "2026-11-24T06:00:00+00:00",
        "orderDetails": details,
        "transactionDetails": {"cardDetails": {"effectiveBrand": "VISA"}},
        "_type": "V4/PaymentTransaction",
        **changed,
    }
    answer = {
        "shopId": shop,
        "orderCycle": "CLOSED",
        "orderStatus": "PAID",
        "serverDate": "2026-11-24T06:00:00+00:00",
        "orderDetails": details,
        "transactions": [transaction],
        "_type": "V4/Payment",
    }
    return json.dumps(answer)


def ipn(text: str) -> bytes:
    """The text under the shop's own signature."""
    return signed(NOTIFICATIONS, text.encode())[0]


def statuses(message: Message, *delivery: str) -> bytes:
    """One webhook of WhatsApp with these statuses of one message."""
    item = {
        "id": message.provider_id,
        "timestamp": "1764000000",
        "recipient_id": message.to.removeprefix("+"),
        "biz_opaque_callback_data": message.id,
    }
    items = [{**item, "status": status} for status in delivery]
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "106540352242922"}, "statuses": items}
    entry = [{"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


async def post(house: House, path: str, body: Any, headers: Headers | None = None) -> Answer:
    async with house.http.post(house.url + path, data=body, headers=headers or {}, allow_redirects=False) as answer:
        return Answer(answer.status, answer.content_type, answer.headers, await answer.text())


async def ask(house: House, method: str, path: str, headers: Headers | None = None) -> Answer:
    async with house.http.request(method, house.url + path, headers=headers or {}, allow_redirects=False) as answer:
        return Answer(answer.status, answer.content_type, answer.headers, await answer.text())


def dump(house: House) -> dict[str, list[Any]]:
    """Every row of every table; without the marks that the polling and the readiness check keep moving."""
    moving = ("poll:", "check")
    with sqlite3.connect(house.folder / "paylink.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}
    database.close()
    tables["cursors"] = [row for row in tables["cursors"] if not str(row[0]).startswith(moving)]
    return tables


def news(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[Any]:
    """The rows that are new, gone or changed; empty when nothing is."""
    return [
        (name, row)
        for name in sorted(before.keys() | after.keys())
        for row in [*before.get(name, []), *after.get(name, [])]
        if (row in before.get(name, [])) != (row in after.get(name, []))
    ]


async def at_rest(house: House) -> dict[str, list[Any]]:
    """The database once nothing has changed in it for a while."""
    deadline = asyncio.get_running_loop().time() + 15
    before, same = dump(house), 0
    while same < 5:
        assert asyncio.get_running_loop().time() < deadline, "it never comes to rest"
        await asyncio.sleep(0.1)
        now = dump(house)
        before, same = now, same + 1 if now == before else 0
    return before


def finished(state: OrderState) -> bool:
    """Paid, booked, and the receipt is on the phone: nothing is left to do."""
    booked = bool(state.write_backs) and all(w.state is WriteBackState.DONE for w in state.write_backs)
    told_all = all(message.delivery.rank >= Delivery.DELIVERED.rank for message in state.messages)
    return booked and bool(told(state, Purpose.RECEIPT)) and told_all and not state.steps


async def paid_order(house: House) -> OrderState:
    """An order that has come to its end, so that everything in the database stands still."""
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    assert await house.pay(state.links[0].url) == 303
    return await house.until(finished, ref)


async def bytes_of(house: House, data: bytes, patience: float = 8.0) -> bytes:
    """What comes back on a connection of its own until the daemon ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    try:
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(patience):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def problem_of(answer: Answer) -> dict[str, Any]:
    """The problem details (RFC 9457) of an answer that says no and gives nothing back of what was sent."""
    assert answer.kind == "application/problem+json", (answer.status, answer.text)
    problem: dict[str, Any] = json.loads(answer.text)
    assert problem["status"] == answer.status
    assert {"type", "title", "detail"} <= set(problem)
    assert MARK not in answer.text
    assert all(MARK not in value for value in answer.headers.values())
    return problem


async def slowest_health(house: House, seconds: float) -> float:
    """The longest that /healthz took to answer during this time, asked on a connection of its own."""
    end = asyncio.get_running_loop().time() + seconds
    slowest = 0.0
    while (began := asyncio.get_running_loop().time()) < end:
        assert b'"ok"' in await bytes_of(house, b"GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n")
        slowest = max(slowest, asyncio.get_running_loop().time() - began)
        await asyncio.sleep(0.02)
    return slowest
