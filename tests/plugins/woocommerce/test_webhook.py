"""Deliveries as real shops made them, and what must not get through."""

import json
from typing import Any

import pytest
from connector_woocommerce.fake.delivery import sign
from connector_woocommerce.plugin import WooCommercePlugin
from connector_woocommerce.settings import WooCommerceSettings

from connector_core.sdk import (
    ConnectionId,
    InvalidInput,
    OrderChange,
    SignatureInvalid,
    WebhookRequest,
)
from tests.plugins.woocommerce.conftest import recording

SECRET = "whsec_0123456789abcdef"
OTHER = "another0secret0of0the0shop"


def plugin_with(*secrets: str) -> WooCommercePlugin:
    settings = WooCommerceSettings.model_validate(
        {
            "url": "https://shop.example",
            "consumer_key": "ck_1234",
            "consumer_secret": "cs_1234",
            "webhook_secrets": list(secrets),
        }
    )
    return WooCommercePlugin(ConnectionId("woo-main"), settings)


def recorded(name: str) -> WebhookRequest:
    delivery = recording(name)
    headers = {key.lower(): value for key, value in delivery["headers"].items()}
    return WebhookRequest(headers, delivery["body"].encode())


def signed(body: Any, secret: str = SECRET, **headers: str) -> WebhookRequest:
    """`body`: the bytes, or what they are to say in JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest({"x-wc-webhook-signature": sign(secret, raw), **headers}, raw)


def test_recorded_order_created() -> None:
    (event,) = plugin_with(SECRET).parse_webhook(recorded("62-webhook-order-created")).events
    assert (event.order_ref, event.change, event.record) == ("154", OrderChange.RECEIVED, None)
    assert event.at.isoformat() == "2026-11-23T09:17:52+00:00"
    assert event.source == "https://shop.example"


def test_recorded_order_updated() -> None:
    (event,) = plugin_with(SECRET).parse_webhook(recorded("63-webhook-order-updated")).events
    assert event.order_ref == "155"


def test_recorded_order_deleted_withdraws() -> None:
    (event,) = plugin_with(SECRET).parse_webhook(recorded("64-webhook-order-deleted")).events
    assert (event.order_ref, event.change) == ("156", OrderChange.WITHDRAWN)


def test_recorded_ping_is_answered_200_and_changes_nothing() -> None:
    answer = plugin_with(SECRET).parse_webhook(recorded("61-webhook-ping"))
    assert (answer.status, list(answer.events)) == (200, [])


def test_ping_with_more_in_it_is_no_ping() -> None:
    with pytest.raises(SignatureInvalid):
        plugin_with(SECRET).parse_webhook(WebhookRequest({}, b"webhook_id=1&id=15"))


@pytest.mark.fault(37)
def test_ping_that_claims_a_signature_is_no_ping() -> None:
    with pytest.raises(SignatureInvalid):
        plugin_with(SECRET).parse_webhook(signed(b"webhook_id=1", OTHER))


@pytest.mark.fault(67)
def test_both_secrets_open_while_one_is_changed() -> None:
    plugin = plugin_with(OTHER, SECRET)
    assert plugin.parse_webhook(recorded("62-webhook-order-created")).events
    assert plugin.parse_webhook(signed({"id": 3}, OTHER)).events


@pytest.mark.fault(37)
def test_wrong_secret_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        plugin_with(OTHER).parse_webhook(recorded("62-webhook-order-created"))


@pytest.mark.fault(37)
@pytest.mark.parametrize("signature", ["", "====", "Z" * 44, "ü", "a" * 10_000])
def test_odd_signatures_are_refused(signature: str) -> None:
    request = recorded("62-webhook-order-created")
    headers = {**request.headers, "x-wc-webhook-signature": signature}
    with pytest.raises(SignatureInvalid):
        plugin_with(SECRET).parse_webhook(WebhookRequest(headers, request.body))


@pytest.mark.fault(37)
def test_signature_with_anything_else_in_it_is_refused() -> None:
    request = signed({"id": 3})
    headers = {"x-wc-webhook-signature": "!" + request.headers["x-wc-webhook-signature"]}
    with pytest.raises(SignatureInvalid):
        plugin_with(SECRET).parse_webhook(WebhookRequest(headers, request.body))


@pytest.mark.fault(45)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b'"15"', b"null"])
def test_signed_body_that_is_no_order_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        plugin_with(SECRET).parse_webhook(signed(body))
    assert caught.value.status == 400


@pytest.mark.fault(45)
def test_size_of_a_delivery_is_bounded() -> None:
    order = json.dumps({"id": 3}).encode()
    assert plugin_with(SECRET).parse_webhook(signed(order.ljust(2 * 1024 * 1024))).events
    with pytest.raises(InvalidInput) as caught:
        plugin_with(SECRET).parse_webhook(signed(order.ljust(2 * 1024 * 1024 + 1)))
    assert caught.value.status == 413


@pytest.mark.parametrize("status", ["checkout-draft", "auto-draft", "trash"])
def test_cart_that_nobody_ordered_is_no_event(status: str) -> None:
    body = {**json.loads(recording("62-webhook-order-created")["body"]), "status": status}
    assert not plugin_with(SECRET).parse_webhook(signed(body)).events


def test_cancelled_order_is_withdrawn() -> None:
    body = {**json.loads(recording("62-webhook-order-created")["body"]), "status": "cancelled"}
    (event,) = plugin_with(SECRET).parse_webhook(signed(body)).events
    assert event.change is OrderChange.WITHDRAWN


def test_error_document_in_place_of_an_order_is_named() -> None:
    body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}}
    with pytest.raises(InvalidInput, match="lost the right"):
        plugin_with(SECRET).parse_webhook(signed(body))


def test_order_with_a_code_of_its_own_is_no_error_document() -> None:
    body = {**json.loads(recording("62-webhook-order-created")["body"]), "code": "SPRING"}
    assert plugin_with(SECRET).parse_webhook(signed(body)).events


def test_order_deleted_again_is_another_event_and_a_delivery_made_twice_is_not() -> None:
    plugin = plugin_with(SECRET)
    deliveries = [signed({"id": 156}, **{"x-wc-webhook-delivery-id": name}) for name in ("d-1", "d-1", "d-2")]
    first, again, later = (plugin.parse_webhook(delivery).events[0] for delivery in deliveries)
    assert first.id == again.id
    assert later.id != first.id


def test_delivery_of_another_resource_is_no_event() -> None:
    body = {"id": 11, "status": "publish", "date_modified_gmt": "2026-11-23T09:17:52"}
    assert not plugin_with(SECRET).parse_webhook(signed(body, **{"x-wc-webhook-resource": "product"})).events


def test_same_state_has_one_event_id_and_a_change_within_the_second_another() -> None:
    plugin = plugin_with(SECRET)
    body = json.loads(recording("62-webhook-order-created")["body"])
    (first,) = plugin.parse_webhook(signed(body)).events
    (again,) = plugin.parse_webhook(signed(body)).events
    (changed,) = plugin.parse_webhook(signed({**body, "total": "35.00"})).events
    assert first.id == again.id
    assert changed.id != first.id


@pytest.mark.fault(33)
def test_what_an_earlier_version_has_taken_has_the_same_name_after_an_update() -> None:
    """These names lie in the databases of merchants: another one would take the delivery a second time."""
    plugin = plugin_with(SECRET)
    (told,) = plugin.parse_webhook(recorded("62-webhook-order-created")).events
    assert told.id == "154-20261123T091752-223411dc2606"
    deleted = signed({"id": 156}, **{"x-wc-webhook-delivery-id": "d" * 65})
    assert plugin.parse_webhook(deleted).events[0].id == "156-trash-d91323a5298f"


def test_event_shows_no_buyer() -> None:
    (event,) = plugin_with(SECRET).parse_webhook(recorded("62-webhook-order-created")).events
    assert "Groß" not in repr(event)
    assert "23456789" not in repr(event)


@pytest.mark.parametrize("secret", ["short", "with&ampersand0123456", "with space 0123456789"])
def test_secret_that_wordpress_would_change_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        plugin_with(secret)
