"""Deliveries of the addon and of automation rules, and what must not get through."""

import json
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from connector_odoo.fake import FakeOdoo
from connector_odoo.plugin import OdooPlugin
from connector_odoo.settings import OdooSettings
from connector_odoo.webhook import TOLERANCE, sign

from connector_core.sdk import (
    ConnectionId,
    InvalidInput,
    OrderChange,
    SignatureInvalid,
    WebhookAnswer,
    WebhookRequest,
)
from tests.plugins.odoo.conftest import only
from tests.plugins.odoo.listener import Listener
from tests.plugins.odoo.stories import drain

SECRET = "whsec_0123456789abcdef0123456789abcdef"
OTHER = "whsec_ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
TOKEN = "token0123456789abcdef0123"
DATA = {"model": "sale.order", "id": 17, "name": "S00017", "company_id": 1, "write_date": "2026-11-23 09:18:20"}


def plugin_with(*secrets: str, **changes: Any) -> OdooPlugin:
    values = {"url": "https://odoo.example", "database": "merchant", "login": "paylink", "password": "key-1234"}
    settings = OdooSettings.model_validate({**values, "webhook_secrets": secrets or (SECRET,), **changes})
    return OdooPlugin(ConnectionId("odoo-main"), settings)


def delivery(body: Any, secret: str = SECRET, stamp: int | None = None, name: str = "msg_1") -> WebhookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    moment = int(time.time()) if stamp is None else stamp
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret, name, moment, raw),
    }
    return WebhookRequest(headers, raw)


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": "2026-11-23T09:18:20+00:00", "data": {**DATA, **data}}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("sale_order.confirmed", OrderChange.RECEIVED),
        ("sale_order.changed", OrderChange.CHANGED),
        ("sale_order.cancelled", OrderChange.WITHDRAWN),
        ("paylink.send", OrderChange.RECEIVED),
        ("paylink.resend", OrderChange.CHANGED),
        ("paylink.cancel", OrderChange.WITHDRAWN),
    ],
)
def test_what_the_addon_tells_of_an_order(kind: str, change: OrderChange) -> None:
    (told,) = plugin_with().parse_webhook(delivery(event(kind))).events
    assert (told.id, told.order_ref, told.change) == ("msg_1", "sale.order:17", change)
    assert told.document == "odoo.sale_order"
    assert told.at.isoformat() == "2026-11-23T09:18:20+00:00"
    assert told.source == "https://odoo.example/merchant"


@pytest.mark.parametrize("kind", ["invoice.posted", "invoice.changed", "invoice.cancelled"])
def test_what_the_addon_tells_of_an_invoice(kind: str) -> None:
    (told,) = plugin_with().parse_webhook(delivery(event(kind, model="account.move", id=4))).events
    assert (told.order_ref, told.document) == ("account.move:4", "odoo.invoice")


def test_only_the_wish_to_cancel_comes_with_a_record() -> None:
    """No field of plain Odoo holds it; of everything else the document itself knows more."""
    (told,) = plugin_with().parse_webhook(delivery(event("paylink.cancel"))).events
    assert told.record == {"id": 17, "name": "S00017", "write_date": "2026-11-23 09:18:20", "is_given_up": True}
    (told,) = plugin_with().parse_webhook(delivery(event("paylink.send"))).events
    assert told.record is None


@pytest.mark.parametrize(
    ("kind", "wished"), [("paylink.send", True), ("paylink.resend", True), ("sale_order.changed", False)]
)
def test_only_who_presses_the_button_has_it_sent_again(kind: str, wished: bool) -> None:
    (told,) = plugin_with().parse_webhook(delivery(event(kind))).events
    assert told.send_again is wished


@pytest.mark.parametrize("kind", ["check", "sale_order.admired"])
def test_check_and_unknown_types_are_answered_and_change_nothing(kind: str) -> None:
    assert plugin_with().parse_webhook(delivery(event(kind))) == WebhookAnswer()


@pytest.mark.fault(67)
def test_both_secrets_open_while_one_is_changed() -> None:
    plugin = plugin_with(OTHER, SECRET)
    for secret in (SECRET, OTHER):
        assert plugin.parse_webhook(delivery(event("sale_order.changed"), secret)).events


@pytest.mark.fault(67)
def test_delivery_signed_with_two_keys_needs_one_of_ours() -> None:
    request = delivery(event("sale_order.changed"))
    both = f"v1,{'A' * 43}= {request.headers['webhook-signature']} v1a,other"
    signed = WebhookRequest({**request.headers, "webhook-signature": both}, request.body)
    assert plugin_with().parse_webhook(signed).events


@pytest.mark.fault(37)
@pytest.mark.parametrize("signature", ["", "v1,", "v1,====", "v1,ü", "v2,abc", "a" * 10_000, "v1," + "Z" * 44])
def test_odd_signatures_are_refused(signature: str) -> None:
    request = delivery(event("sale_order.confirmed"))
    with pytest.raises(SignatureInvalid):
        plugin_with().parse_webhook(WebhookRequest({**request.headers, "webhook-signature": signature}, request.body))


@pytest.mark.fault(37)
@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_is_needed(header: str) -> None:
    request = delivery(event("sale_order.confirmed"))
    headers = {name: value for name, value in request.headers.items() if name != header}
    with pytest.raises(SignatureInvalid):
        plugin_with().parse_webhook(WebhookRequest(headers, request.body))


@pytest.mark.fault(37)
def test_signature_covers_id_moment_and_body() -> None:
    request = delivery(event("sale_order.confirmed"))
    for headers, body in [
        ({**request.headers, "webhook-id": "msg_2"}, request.body),
        ({**request.headers, "webhook-timestamp": str(int(request.headers["webhook-timestamp"]) - 1)}, request.body),
        (request.headers, request.body.replace(b"17", b"18")),
    ]:
        with pytest.raises(SignatureInvalid):
            plugin_with().parse_webhook(WebhookRequest(headers, body))


@pytest.mark.fault(38)
@pytest.mark.parametrize("away", [-TOLERANCE - 5, TOLERANCE + 5])
def test_delivery_of_another_time_is_refused(away: int) -> None:
    with pytest.raises(SignatureInvalid, match="five minutes"):
        plugin_with().parse_webhook(delivery(event("sale_order.confirmed"), stamp=int(time.time()) + away))


@pytest.mark.fault(38)
@pytest.mark.parametrize(
    ("stamp", "taken"),
    [
        ("999999700", True),
        ("999999699", False),
        ("1000000300", True),
        ("1000000301", False),
        ("000001000000000", True),
        ("0000001000000000", False),
    ],
)
def test_clocks_may_be_five_minutes_apart_to_the_second(
    monkeypatch: pytest.MonkeyPatch, stamp: str, taken: bool
) -> None:  # fmt: skip
    monkeypatch.setattr("connector_odoo.webhook.time", SimpleNamespace(time=lambda: 1_000_000_000))
    raw = json.dumps(event("sale_order.changed")).encode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": sign(SECRET, "msg_1", cast(int, stamp), raw),
    }
    with nullcontext() if taken else pytest.raises(SignatureInvalid, match="five minutes"):
        plugin_with().parse_webhook(WebhookRequest(headers, raw))


@pytest.mark.fault(45)
def test_signatures_are_looked_for_to_a_bound() -> None:
    request = delivery(event("sale_order.changed"))
    ours = request.headers["webhook-signature"]
    for padding, taken in ((2_000 - len(ours), True), (2_001 - len(ours), False)):
        headers = {**request.headers, "webhook-signature": "x" * (padding - 1) + " " + ours}
        with nullcontext() if taken else pytest.raises(SignatureInvalid):
            plugin_with().parse_webhook(WebhookRequest(headers, request.body))


@pytest.mark.fault(37)
def test_signature_with_anything_else_in_it_is_refused() -> None:
    request = delivery(event("sale_order.confirmed"))
    odd = request.headers["webhook-signature"].replace("v1,", "v1,!")
    with pytest.raises(SignatureInvalid):
        plugin_with().parse_webhook(WebhookRequest({**request.headers, "webhook-signature": odd}, request.body))


@pytest.mark.fault(45)
def test_delivery_that_is_too_large_is_not_even_checked() -> None:
    largest = json.dumps(event("sale_order.changed")).encode().ljust(64 * 1024)
    assert plugin_with().parse_webhook(delivery(largest)).events
    with pytest.raises(InvalidInput, match="too large"):
        plugin_with().parse_webhook(WebhookRequest({}, largest + b" "))


def test_the_greatest_id_that_odoo_can_give_is_taken() -> None:
    (told,) = plugin_with().parse_webhook(delivery(event("sale_order.changed", id=2**31 - 1))).events
    assert told.order_ref == "sale.order:2147483647"


def test_ids_end_below_ten_digits_more_than_odoo_has() -> None:
    (told,) = plugin_with().parse_webhook(delivery(event("sale_order.changed", id=10**10 - 1))).events
    assert told.order_ref == "sale.order:9999999999"
    with pytest.raises(InvalidInput, match="names no document's id"):
        plugin_with().parse_webhook(delivery(event("sale_order.changed", id=10**10)))


def test_long_names_are_cut() -> None:
    cancel = event("paylink.cancel", name="S" * 65, write_date="2026-11-23 09:18:20.123456")
    (told,) = plugin_with().parse_webhook(delivery(cancel, name="m" * 129)).events
    assert told.id == "m" * 128
    assert told.record == {"id": 17, "name": "S" * 64, "write_date": "2026-11-23 09:18:20", "is_given_up": True}


@pytest.mark.parametrize("text", ["2026-11-23T09:18:20", "2026-11-23T11:18:20+02:00"])
def test_moment_of_any_zone_is_utc(text: str) -> None:
    (told,) = plugin_with().parse_webhook(delivery({**event("sale_order.changed"), "timestamp": text})).events
    assert told.at.isoformat() == "2026-11-23T09:18:20+00:00"


def test_event_without_a_readable_moment_is_of_now() -> None:
    before = datetime.now(UTC)
    (told,) = plugin_with().parse_webhook(delivery({**event("sale_order.changed"), "timestamp": "soon"})).events
    assert before <= told.at <= datetime.now(UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"type": 5}',
        b'{"type": "sale_order.changed"}',
        b'{"type": "sale_order.changed", "data": []}',
        b"[" * 60_000,
        json.dumps(event("sale_order.changed", model="res.users")).encode(),
        json.dumps(event("sale_order.changed", id=0)).encode(),
        json.dumps(event("sale_order.changed", id=True)).encode(),
        json.dumps(event("sale_order.changed", id="17")).encode(),
        json.dumps(event("sale_order.changed", id=10**30)).encode(),
    ],
    ids=range(12),
)
def test_signed_nonsense_is_named(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        plugin_with().parse_webhook(delivery(body))


# Automation rules of Odoo 17 and later, without the addon

RULE = {"_action": "Send webhook(#364)", "_id": 10, "_model": "sale.order", "amount_total": 23.8, "state": "sale"}


def by_rule(body: Any, token: str = TOKEN) -> WebhookRequest:
    return WebhookRequest({"content-type": "application/json"}, json.dumps(body).encode(), {"token": token})


def test_rule_with_our_token_is_a_hint() -> None:
    """As Odoo 19 delivered it (reference/odoo.md 8)."""
    (told,) = plugin_with(webhook_token=TOKEN).parse_webhook(by_rule(RULE)).events
    assert (told.order_ref, told.change, told.record) == ("sale.order:10", OrderChange.CHANGED, None)


def test_rule_that_says_the_same_again_later_is_another_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no id of its own: what differs, in its words or in the second, is new."""

    class Clock(datetime):
        second = 1

        @classmethod
        def now(cls, tz: Any = None) -> "Clock":
            return cls(2026, 11, 23, 9, 18, cls.second, tzinfo=tz)

    monkeypatch.setattr("connector_odoo.webhook.datetime", Clock)
    plugin = plugin_with(webhook_token=TOKEN)
    ids = {plugin.parse_webhook(by_rule(rule)).events[0].id for rule in (RULE, {**RULE, "state": "sent"})}
    Clock.second = 2
    ids |= {plugin.parse_webhook(by_rule(RULE)).events[0].id for _ in range(2)}
    assert len(ids) == 3
    assert "sale.order:10-rule-20261123T091802-04e7f08b6b8b" in ids


@pytest.mark.fault(37)
def test_rule_without_our_token_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        plugin_with(webhook_token=TOKEN).parse_webhook(by_rule(RULE, "token0123456789abcdef0124"))
    with pytest.raises(SignatureInvalid):
        plugin_with(webhook_token=TOKEN).parse_webhook(WebhookRequest({}, json.dumps(RULE).encode()))
    with pytest.raises(SignatureInvalid):
        plugin_with().parse_webhook(by_rule(RULE))


def test_rule_of_another_model_is_named() -> None:
    with pytest.raises(InvalidInput):
        plugin_with(webhook_token=TOKEN).parse_webhook(by_rule({**RULE, "_model": "res.partner"}))


def test_token_does_not_replace_a_wrong_signature() -> None:
    request = delivery(event("sale_order.changed"), OTHER)
    with pytest.raises(SignatureInvalid):
        plugin_with(webhook_token=TOKEN).parse_webhook(WebhookRequest(request.headers, request.body, {"token": TOKEN}))


# As the demo Odoo delivers


@only((19, True))
def test_confirmed_order_is_delivered_and_signed(odoo: FakeOdoo, plugin: OdooPlugin, listener: Listener) -> None:
    odoo.set_webhook_url(listener.url)
    ref = odoo.place_order()
    (request, *_) = listener.wait(lambda got: len(got) >= 1)
    (told,) = plugin.parse_webhook(request).events
    assert (told.order_ref, told.change) == (ref, OrderChange.RECEIVED)


@only((19, True))
def test_delivery_that_is_not_taken_comes_again_with_the_same_id(
    odoo: FakeOdoo, plugin: OdooPlugin, listener: Listener
) -> None:
    listener.answer = 503
    odoo.set_webhook_url(listener.url)
    odoo.place_order()
    listener.wait(lambda got: len(got) >= 1)
    listener.answer = 200
    got = listener.wait(lambda got: len(got) >= 2)
    assert len({request.headers["webhook-id"] for request in got}) == 1
    assert len({plugin.parse_webhook(request).events[0].id for request in got}) == 1


@only((19, True))
def test_delivery_that_is_lost_is_found_by_the_poll(odoo: FakeOdoo, plugin: OdooPlugin, listener: Listener) -> None:
    odoo.set_webhook_url(listener.url)
    odoo.arm("drop_webhook", times=50)
    ref = odoo.place_order()
    assert ref in [told.order_ref for told in drain(plugin)[0]]
