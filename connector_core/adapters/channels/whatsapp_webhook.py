"""WhatsApp's webhooks: the signature over the raw bytes, then statuses and inbound messages (messaging.md A5)."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, SecretStr, ValidationError

from connector_core.adapters.channels.keywords import keyword_of
from connector_core.adapters.channels.whatsapp_errors import graph_error, sentence_of
from connector_core.domain.errors import InvalidInput, SignatureInvalid
from connector_core.domain.message import Delivery, InboundMessage, MessageStatus

MAX_BODY = 3 * 1024 * 1024
"""Bytes; Meta's own limit (reference/messaging.md A5)."""

_SIGNATURE = "x-hub-signature-256"
_DELIVERY = {
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "played": Delivery.READ,
    "failed": Delivery.FAILED,
}
_NOT_FROM_A_BUYER = ("system",)
_YEAR_3000 = 32_503_680_000

_Item = TypeVar("_Item", bound=BaseModel)


def _time(value: object) -> datetime:
    seconds = int(str(value))
    if not 0 <= seconds < _YEAR_3000:
        raise ValueError("is no Unix time in seconds")
    return datetime.fromtimestamp(seconds, UTC)


_UnixTime = Annotated[datetime, BeforeValidator(_time)]


class _Status(BaseModel):
    id: str
    status: str
    timestamp: _UnixTime
    biz_opaque_callback_data: str = ""
    errors: list[dict[str, Any]] = []


class _Inbound(BaseModel):
    id: str
    type: str = ""
    timestamp: _UnixTime
    sender: str = ""
    text: dict[str, Any] = {}
    button: dict[str, Any] = {}
    interactive: dict[str, Any] = {}


def verify_signature(secrets: Sequence[SecretStr], headers: Mapping[str, str], body: bytes) -> None:
    """Raises `SignatureInvalid` unless one of the app secrets signed exactly these bytes; compares in constant time."""
    kind, _, given = headers.get(_SIGNATURE, "").partition("=")
    signature = given.strip().lower().encode("utf-8", "replace")
    expected = [
        hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest().encode() for secret in secrets
    ]
    matches = [hmac.compare_digest(signature, ours) for ours in expected]
    if kind != "sha256" or not any(matches):
        raise SignatureInvalid(
            "A WhatsApp webhook is not signed with our app secret.",
            cure="If it comes from Meta, put the Meta app's secret (App settings, Basic) into the secret file.",
        )


def parse_webhook(body: bytes) -> tuple[tuple[MessageStatus, ...], tuple[InboundMessage, ...]]:
    """The statuses and inbound messages of a verified body; an item that cannot be read is left out.

    Raises `InvalidInput` for what is no webhook of a WhatsApp account. What buyers wrote is looked at for a keyword and
    not kept.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidInput("A WhatsApp webhook is no JSON.", field="body") from None
    if not isinstance(document, dict) or document.get("object") != "whatsapp_business_account":
        raise InvalidInput("A webhook is not of a WhatsApp account.", field="object")
    values = list(_values(document))
    statuses = [_status(item) for value in values for item in _items(value, "statuses", _Status)]
    inbound = [_inbound(item) for value in values for item in _messages(value)]
    return tuple(s for s in statuses if s), tuple(m for m in inbound if m)


def _values(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in _dicts(document.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict):
                yield value


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _items(value: dict[str, Any], name: str, model: type[_Item]) -> Iterator[_Item]:
    for item in _dicts(value.get(name)):
        try:
            yield model.model_validate({name: part for name, part in item.items() if part is not None})
        except ValidationError:
            continue  # one odd item must not cost the others of the batch; Meta adds kinds at any time


def _messages(value: dict[str, Any]) -> Iterator[_Inbound]:
    """A buyer who hides the number has a business-scoped user id only (reference/messaging.md A8)."""
    contacts = _dicts(value.get("contacts"))
    user = str(contacts[0].get("user_id", "")) if len(contacts) == 1 else ""
    for message in _dicts(value.get("messages")):
        sender = message.get("from") or message.get("from_user_id") or user
        yield from _items({"messages": [{**message, "sender": sender}]}, "messages", _Inbound)


def _status(item: _Status) -> MessageStatus | None:
    delivery = _DELIVERY.get(item.status)
    if delivery is None:
        return None
    error = graph_error({"error": item.errors[0]}) if item.errors else None
    return MessageStatus(
        provider_id=item.id,
        delivery=delivery,
        at=item.timestamp,
        attempt_id=item.biz_opaque_callback_data,
        error_code=str(error.code) if error else "",
        error=f"{sentence_of(error.code)} {error.details}".strip() if error else "",
    )


def _inbound(item: _Inbound) -> InboundMessage | None:
    if not item.sender or item.type in _NOT_FROM_A_BUYER:
        return None
    sender = f"+{item.sender}" if item.sender.isdigit() else item.sender
    return InboundMessage(item.id, sender, item.timestamp, keyword_of(_words(item)))


def _words(item: _Inbound) -> str:
    """What was typed or tapped; a quick reply carries its payload or id beside the words."""
    reply = item.interactive.get("button_reply")
    tapped = reply if isinstance(reply, dict) else {}
    said = (item.text.get("body"), item.button.get("payload"), item.button.get("text"))
    options = [word for word in (*said, tapped.get("id"), tapped.get("title")) if isinstance(word, str)]
    return next((word for word in options if keyword_of(word)), "")
