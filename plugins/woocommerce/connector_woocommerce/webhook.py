"""Webhook deliveries: verified over the raw bytes, then read as hints (reference/woocommerce.md 6)."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from typing import Any

from connector_core.sdk import InvalidInput, OrderEvent, SignatureInvalid, WebhookAnswer, WebhookRequest
from connector_woocommerce.event import EventMaker
from connector_woocommerce.settings import WooCommerceSettings

MAX_BODY = 2 * 2**20
"""Bytes. An order of one item has 3 kB."""
_PING = re.compile(rb"webhook_id=\d{1,20}\Z")


def read_webhook(request: WebhookRequest, settings: WooCommerceSettings, events: EventMaker) -> WebhookAnswer:
    """Raises `SignatureInvalid` and `InvalidInput`.

    A ping is not signed: it is answered with the 200 that WooCommerce waits for, and changes nothing. The delivery id
    is not unique (surprise 3), so no event is told apart by it; topic and source are not signed, so nothing that
    matters hangs on them.
    """
    if len(request.body) > MAX_BODY:
        raise InvalidInput("The delivery is too large.", field="body", status=413)
    if _is_ping(request):
        return WebhookAnswer()
    verify(request, settings)
    record = _parse(request.body)
    event = _event(record, request, events)
    return WebhookAnswer(events=[event] if event else [])


def verify(request: WebhookRequest, settings: WooCommerceSettings) -> None:
    """Raises `SignatureInvalid` unless one of the secrets signed these bytes."""
    try:
        given = base64.b64decode(request.headers.get("x-wc-webhook-signature", ""), validate=True)
    except (binascii.Error, ValueError):
        given = b""
    keys = [secret.get_secret_value().encode() for secret in settings.webhook_secrets]
    matches = [hmac.compare_digest(hmac.new(key, request.body, hashlib.sha256).digest(), given) for key in keys]
    if not any(matches):
        raise SignatureInvalid(
            "A webhook delivery is not signed with our secret.",
            cure="Enter the same secret in the shop's webhooks and in the settings of the connection.",
        )


def _is_ping(request: WebhookRequest) -> bool:
    return "x-wc-webhook-signature" not in request.headers and _PING.match(request.body) is not None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("The delivery holds no JSON.", field="body") from None
    if not isinstance(record, dict):
        raise InvalidInput("The delivery holds no order.", field="body")
    if "id" not in record and "code" in record:
        raise InvalidInput(
            "The shop delivers an error instead of the order: the user who made the webhook lost the right to read it.",
            field="body",
            status=422,
            cure="Save the webhook again as a shop manager.",
        )
    return record


def _event(record: dict[str, Any], request: WebhookRequest, events: EventMaker) -> OrderEvent | None:
    """The body of a deletion is the bare id, whatever the topic says."""
    if set(record) == {"id"}:
        delivery = request.headers.get("x-wc-webhook-delivery-id", "")[:64]
        return events.withdrawn(record, hashlib.sha256(delivery.encode()).hexdigest()[:12])
    if request.headers.get("x-wc-webhook-resource", "order") != "order":
        return None
    return events.from_record(record)
