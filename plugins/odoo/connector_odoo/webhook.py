"""Webhook deliveries: the addon's, signed by Standard Webhooks, and those of automation rules, which sign nothing."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connector_core.sdk import InvalidInput, OrderChange, Record, SignatureInvalid, WebhookAnswer, WebhookRequest
from connector_odoo.documents import DOCUMENTS
from connector_odoo.event import EventMaker
from connector_odoo.settings import OdooSettings, secret_bytes

MAX_BODY = 64 * 2**10
"""Bytes. The addon sends 300, an automation rule the fields that somebody ticked."""
TOLERANCE = 300
"""Seconds that clock and delivery may differ by, either way."""
_CHANGES = {
    "sale_order.confirmed": OrderChange.RECEIVED,
    "sale_order.changed": OrderChange.CHANGED,
    "sale_order.cancelled": OrderChange.WITHDRAWN,
    "invoice.posted": OrderChange.RECEIVED,
    "invoice.changed": OrderChange.CHANGED,
    "invoice.cancelled": OrderChange.WITHDRAWN,
    "paylink.send": OrderChange.RECEIVED,
    "paylink.resend": OrderChange.CHANGED,
    "paylink.cancel": OrderChange.WITHDRAWN,
}
_WISHES = frozenset({"paylink.send", "paylink.resend"})
"""A person has pressed the button: the buyer is asked though the document has not changed."""


def read_webhook(request: WebhookRequest, settings: OdooSettings, events: EventMaker) -> WebhookAnswer:
    """Raises `SignatureInvalid` and `InvalidInput`. Every delivery is a hint: the document is read again."""
    if len(request.body) > MAX_BODY:
        raise InvalidInput("The delivery is too large.", field="body", status=413)
    if "webhook-signature" not in request.headers and settings.webhook_token is not None:
        _verify_token(request, settings.webhook_token.get_secret_value())
        return _of_rule(_parse(request.body), request.body, events)
    verify(request, settings)
    return _of_addon(_parse(request.body), request.headers["webhook-id"], events)


def verify(request: WebhookRequest, settings: OdooSettings) -> None:
    """Raises `SignatureInvalid` unless one of the secrets signed id, moment and these bytes a short while ago."""
    headers = request.headers
    stamp = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + request.body
    given = [text[3:] for text in headers.get("webhook-signature", "")[:2_000].split() if text.startswith("v1,")]
    keys = [secret_bytes(secret.get_secret_value()) for secret in settings.webhook_secrets]
    expected = [hmac.new(key, signed, hashlib.sha256).digest() for key in keys]
    matches = [hmac.compare_digest(digest, _decoded(text)) for digest in expected for text in given]
    if not any(matches) or not headers.get("webhook-id"):
        raise SignatureInvalid(
            "A webhook delivery is not signed with our secret.",
            cure="Enter the same secret in the PayLink settings of Odoo and in the settings of the connection.",
        )
    if not stamp.isascii() or not stamp.isdigit() or abs(int(stamp[:15]) - time.time()) > TOLERANCE:
        raise SignatureInvalid(
            "A webhook delivery is older or newer than five minutes.", cure="Set the clocks of both machines."
        )


def sign(secret: str, webhook_id: str, stamp: int, body: bytes) -> str:
    """The header `webhook-signature` (conventions 3.2)."""
    text = f"{webhook_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret_bytes(secret), text, hashlib.sha256).digest()).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _verify_token(request: WebhookRequest, token: str) -> None:
    if not hmac.compare_digest(request.query.get("token", "").encode(), token.encode()):
        raise SignatureInvalid(
            "A delivery came without our token.", cure="Put ?token= and the token behind the address in the rule."
        )


def _parse(body: bytes) -> dict[str, Any]:
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("The delivery holds no JSON.", field="body") from None
    if not isinstance(record, dict):
        raise InvalidInput("The delivery holds no event.", field="body")
    return record


def _of_addon(body: dict[str, Any], webhook_id: str, events: EventMaker) -> WebhookAnswer:
    """`check` and types that a later addon may send are answered and make no event."""
    kind = body.get("type")
    if not isinstance(kind, str):
        raise InvalidInput("The delivery has no type.", field="type")
    if kind not in _CHANGES:
        return WebhookAnswer()
    data = body.get("data")
    if not isinstance(data, dict):
        raise InvalidInput("The delivery names no document.", field="data")
    model, number = _document(data.get("model"), data.get("id"))
    record = _cancelled(data, number) if kind == "paylink.cancel" else None
    event = events.told(webhook_id[:128], model, number, _CHANGES[kind], _moment(body.get("timestamp")), record)
    return WebhookAnswer([replace(event, send_again=kind in _WISHES)])


def _of_rule(body: dict[str, Any], raw: bytes, events: EventMaker) -> WebhookAnswer:
    """Odoo's own "Send Webhook Notification": no id, no moment, no second try."""
    model, number = _document(body.get("_model"), body.get("_id"))
    now = datetime.now(UTC)
    digest = hashlib.sha256(raw).hexdigest()[:12]
    event_id = f"{model}:{number}-rule-{now:%Y%m%dT%H%M%S}-{digest}"
    return WebhookAnswer([events.told(event_id, model, number, OrderChange.CHANGED, now)])


def _document(model: Any, number: Any) -> tuple[str, int]:
    if model not in DOCUMENTS:
        raise InvalidInput("The delivery names a document that is neither order nor invoice.", field="model")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**10:
        raise InvalidInput("The delivery names no document's id.", field="id")
    return str(model), number


def _cancelled(data: dict[str, Any], number: int) -> Record:
    """ "Cancel link" is a wish that no field of plain Odoo holds, so the signed event itself carries it."""
    name, written = data.get("name"), data.get("write_date")
    return {"id": number, "name": str(name)[:64], "write_date": str(written)[:19], "is_given_up": True}


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.now(UTC)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
