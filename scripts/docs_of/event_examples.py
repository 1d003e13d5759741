"""Examples for `asyncapi.yaml`, encoded by the code that encodes the real ones."""

from datetime import UTC, datetime
from typing import Any

import orjson

from connector_core.domain.cloudevent import encode_event, encode_order_event, headers
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent
from scripts.docs_of.event_facts import EVENTS, example_facts

_AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
_ORDER = OrderId("019c12f0-5c00-7aaa-8aaa-000000000001")
_EVENT = EventId("019c12f0-5c00-7bbb-8bbb-000000000002")
_THING = "019c12f0-5c00-7ccc-8ccc-000000000003"
_RECORD = {
    "id": 1042,
    "status": "pending",
    "currency": "EUR",
    "total": "89.90",
    "number": "1042",
    "date_modified_gmt": "2026-01-31T12:00:00",
    "billing": {"first_name": "Erika", "last_name": "Mustermann", "country": "DE", "phone": "+49 1512 3456789"},
}


def order_event_examples() -> list[dict[str, Any]]:
    hint = encode_order_event(_order_event(OrderChange.RECEIVED))
    return [
        _shown("hint", "The order is read at its system.", hint) | {"headers": headers(hint)},
        _shown("record", "The order comes along.", encode_order_event(_order_event(OrderChange.CHANGED, _RECORD))),
        _shown("withdrawn", "Nothing is to be paid any more.", encode_order_event(_order_event(OrderChange.WITHDRAWN))),
    ]


def event_example(kind: EventType) -> dict[str, Any]:
    said = EVENTS[kind]
    order = _ORDER if said.order else None
    event = Event(_EVENT, kind, _AT, "connector", order, _THING, data=example_facts(kind))
    return _shown(kind.value.rpartition(".")[0], said.words, encode_event(event, "https://pay.example.com"))


def _order_event(change: OrderChange, record: dict[str, Any] | None = None) -> OrderEvent:
    return OrderEvent(
        id=f"1042-{change}",
        source="https://erp.example.com/orders",
        connection=ConnectionId("woo-main"),
        order_ref=OrderRef("1042"),
        change=change,
        at=_AT,
        record=record,
        document="woocommerce.order" if record else "",
    )


def _shown(name: str, words: str, body: bytes) -> dict[str, Any]:
    return {"name": name, "summary": words, "payload": orjson.loads(body)}
