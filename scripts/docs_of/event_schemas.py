"""The schemas of what goes over RabbitMQ: order events on their way in, what has happened on its way out."""

from typing import Any

from connector_core.domain.cloudevent import MAX_TEXT, ORDER_TYPE_PATTERN, event_type
from connector_core.domain.event import EventType
from scripts.docs_of.event_facts import EVENTS, facts_schema

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
_RFC3339 = r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"


def order_event_schema() -> dict[str, Any]:
    properties = {
        "specversion": {"const": "1.0"},
        "id": _printable("With source it identifies the event: a second one with both alike changes nothing."),
        "source": _printable("Who says so, a URI reference."),
        "type": {
            "type": "string",
            "maxLength": MAX_TEXT,
            "pattern": ORDER_TYPE_PATTERN,
            "description": "A reverse DNS name of the publisher's own, then order.received.v1, order.changed.v1 or "
            "order.withdrawn.v1.",
        },
        "subject": _printable("The same as data.order_ref, or left out."),
        "time": _time("When it happened."),
        "datacontenttype": {"type": "string", "description": "application/json, or left out."},
        "data": _order_data(),
    }
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": properties,
    }


def envelope_schema() -> dict[str, Any]:
    """What all events on their way out have in common."""
    data = {
        "type": "object",
        "required": ["order_id", "actor", "cause", "facts"],
        "properties": {
            "order_id": {"type": ["string", "null"], "description": "The connector's id of the order; null: no order."},
            "actor": {"type": "string", "description": "Who did it: connector."},
            "cause": {"type": "string", "description": "Why, in a sentence; often empty."},
            "facts": {"type": "object"},
        },
    }
    properties = {
        "specversion": {"const": "1.0"},
        "id": _printable("Unique; a repeat has the same one."),
        "source": _printable("This installation: its public_url, else paylink-connector."),
        "type": {"type": "string"},
        "subject": _printable("The id of the thing that the event is about."),
        "time": _time("When it happened, in UTC."),
        "datacontenttype": {"const": "application/json"},
        "data": data,
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def event_schema(kind: EventType) -> dict[str, Any]:
    """One event on its way out: the envelope, and what is its own."""
    said = EVENTS[kind]
    order = {"type": "string" if said.order else "null"}
    own = {
        "type": {"const": event_type(kind)},
        "subject": {"description": f"The id of the {said.subject}."},
        "data": {"properties": {"order_id": order, "facts": facts_schema(kind)}},
    }
    return {"description": said.words, "allOf": [{"$ref": "#/components/schemas/Event"}], "properties": own}


def _order_data() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["connection", "order_ref"],
        "properties": {
            "connection": _printable("The [connections.NAME] of the configuration that the order belongs to."),
            "order_ref": _printable("The order's id in its system."),
            "record": {
                "type": ["object", "null"],
                "description": "The order itself, as its system writes it. It is believed and mapped as it is; without "
                "it the connection's plugin reads the order.",
            },
            "document": {
                "type": ["string", "null"],
                "maxLength": MAX_TEXT,
                "pattern": r"^[^\x00-\x1f\x7f]*$",
                "description": "The kind of record; left out: the first that the plugin names.",
            },
            "send_again": {
                "type": "boolean",
                "description": "A person wants the buyer asked once more: for what has expired too, and though nothing "
                "has changed.",
            },
            "actor": {
                "type": ["string", "null"],
                "maxLength": MAX_TEXT,
                "pattern": r"^[^\x00-\x1f\x7f]*$",
                "description": "Who has done it, where that is known: the timeline names them.",
            },
        },
    }


def headers_schema() -> dict[str, Any]:
    names = ("specversion", "id", "source", "type", "subject", "time")
    properties = {f"cloudEvents_{name}": {"type": "string"} for name in names}
    return {
        "type": "object",
        "description": "The event's attributes once more, for routing and tools.",
        "properties": properties,
    }


def _printable(words: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": _PRINTABLE, "description": words}


def _time(words: str) -> dict[str, Any]:
    return {"type": "string", "format": "date-time", "pattern": _RFC3339, "description": words}
