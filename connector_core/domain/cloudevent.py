"""Structured CloudEvents 1.0 JSON: how order events come in and how what has happened goes out (conventions 3.1)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from connector_core.domain.errors import InvalidInput
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent

PREFIX = "com.paylink-connector"
"""Reverse-DNS prefix of every type of ours; whoever publishes order events may use a prefix of their own."""
CONTENT_TYPE = "application/cloudevents+json"
MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_TEXT = 250
"""Source and id together are a dedupe key, which holds 512 characters."""

ORDER_TYPE_PATTERN = r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+order\.(received|changed|withdrawn)\.v1$"
_ORDER_TYPE = re.compile(ORDER_TYPE_PATTERN)
_TIME = re.compile(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$")
_MIRRORED = ("specversion", "id", "source", "type", "subject", "time")
_NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def order_event_type(change: OrderChange) -> str:
    """The full type: ``com.paylink-connector.order.received.v1``."""
    return f"{PREFIX}.order.{change.value}.v1"


def event_type(kind: EventType) -> str:
    """The full type; the routing key is the type without `PREFIX`."""
    return f"{PREFIX}.{kind.value}"


def decode_order_event(body: bytes) -> OrderEvent:
    """Reads one order event. Raises `InvalidInput` whose `field` names the attribute (``data.connection``) at fault.

    Unknown attributes and unknown members of `data` are left aside, as CloudEvents asks for.
    """
    envelope = _parse(body)
    if envelope.get("specversion") != "1.0":
        raise _wrong("specversion", 'must be "1.0"')
    data = _object(envelope, "data", "data")
    order_ref = _text(data, "order_ref", "data.order_ref")
    if envelope.get("subject", order_ref) != order_ref:
        raise _wrong("subject", "must be the same as data.order_ref, or left out")
    return OrderEvent(
        id=_text(envelope, "id", "id"),
        source=_text(envelope, "source", "source"),
        connection=ConnectionId(_text(data, "connection", "data.connection")),
        order_ref=OrderRef(order_ref),
        change=_change(_text(envelope, "type", "type")),
        at=_time(_text(envelope, "time", "time")),
        record=None if data.get("record") is None else _object(data, "record", "data.record"),
        document=_text(data, "document", "data.document") if data.get("document") else "",
        send_again=data.get("send_again") is True,
        actor=_text(data, "actor", "data.actor") if data.get("actor") else "",
    )


def encode_order_event(event: OrderEvent) -> bytes:
    """The body that `decode_order_event` reads."""
    data: dict[str, Any] = {"connection": event.connection, "order_ref": event.order_ref}
    if event.document:
        data["document"] = event.document
    if event.record is not None:
        data["record"] = event.record
    if event.send_again:
        data["send_again"] = True
    if event.actor:
        data["actor"] = event.actor
    return _encode(order_event_type(event.change), event.id, event.source, event.order_ref, event.at, data)


def encode_event(event: Event, source: str) -> bytes:
    """What has happened, for the events exchange; `source` is a URI reference that names this installation."""
    data = {"order_id": event.order_id, "actor": event.actor, "cause": event.cause, "facts": dict(event.data)}
    subject = event.subject or event.order_id or event.id
    return _encode(event_type(event.type), event.id, source, subject, event.at, data)


def headers(body: bytes) -> dict[str, str]:
    """The attributes of a structured event, mirrored as ``cloudEvents_...`` for routing and tools."""
    envelope = orjson.loads(body)
    return {f"cloudEvents_{name}": str(envelope[name]) for name in _MIRRORED if name in envelope}


def _encode(kind: str, event_id: str, source: str, subject: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return orjson.dumps(envelope, default=str)


def _parse(body: bytes) -> Mapping[str, Any]:
    if len(body) > MAX_BYTES:
        raise _wrong("body", f"is larger than {MAX_BYTES // 1024} KiB", status=413)
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _wrong("body", f"is no JSON ({error.msg})") from None
    if not isinstance(envelope, dict):
        raise _wrong("body", "must be one JSON object, the CloudEvent")
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _deeper_than(envelope, MAX_DEPTH):
        raise _wrong("body", f"is nested deeper than {MAX_DEPTH} levels")
    return envelope


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return True


def _text(values: Mapping[str, Any], name: str, field: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(field, "is missing" if value is None else "must be a text that is not empty")
    if len(value) > MAX_TEXT:
        raise _wrong(field, f"is longer than {MAX_TEXT} characters")
    if _NOT_PRINTABLE.search(value):
        raise _wrong(field, "contains control characters")
    return value


def _object(values: Mapping[str, Any], name: str, field: str) -> Mapping[str, Any]:
    value = values.get(name)
    if not isinstance(value, dict):
        raise _wrong(field, "is missing" if value is None else "must be a JSON object")
    return value


def _change(kind: str) -> OrderChange:
    match = _ORDER_TYPE.match(kind)
    if not match:
        raise _wrong("type", "must be <reverse DNS name>.order.received.v1, .order.changed.v1 or .order.withdrawn.v1")
    return OrderChange(match.group(1))


def _time(text: str) -> datetime:
    try:
        if not _TIME.match(text):
            raise ValueError
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("time", "must be an RFC 3339 time with its zone, such as 2026-01-31T12:00:00Z") from None


def _wrong(field: str, what: str, status: int = 400) -> InvalidInput:
    return InvalidInput(
        f"The order event cannot be used: {field} {what}.",
        field=field,
        status=status,
        cure="Correct the publisher; docs/reference/asyncapi.yaml describes the event with examples.",
    )
