"""The contract of what goes over RabbitMQ is well formed, and the code keeps it."""

import copy
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from connector_core.adapters.rabbitmq import Topology
from connector_core.domain.cloudevent import CONTENT_TYPE, decode_order_event, encode_event, encode_order_event, headers
from connector_core.domain.errors import InvalidInput
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent
from tests.docs.asyncapi import document, faults, message_of, messages, references, resolve, undocumented
from tests.docs.asyncapi_shape import SHAPE

ORDER_EVENT = "#/components/schemas/OrderEvent"
ORDER_EXAMPLES = messages()["OrderEvent"]["examples"]
AT = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)


def test_the_document_has_the_shape_of_asyncapi() -> None:
    Draft202012Validator.check_schema(SHAPE)
    assert [error.message for error in Draft202012Validator(SHAPE).iter_errors(document())] == []
    broken = copy.deepcopy(document())
    broken["channels"]["orders"]["bindings"]["amqp"]["exchange"]["autodelete"] = True
    assert list(Draft202012Validator(SHAPE).iter_errors(broken))


def test_every_reference_leads_somewhere() -> None:
    found = set(references(document()))
    assert len(found) > 50
    for reference in found:
        assert resolve(reference)


def test_every_schema_is_used_and_is_one() -> None:
    used = {reference.rpartition("/")[2] for reference in references(document())}
    for name, schema in document()["components"]["schemas"].items():
        Draft7Validator.check_schema(schema)
        assert name in used, f"{name} is used nowhere"


def test_exchanges_and_queues_are_those_that_are_declared() -> None:
    names, channels = Topology(), document()["channels"]
    assert channels["orders"]["bindings"]["amqp"]["exchange"]["name"] == names.orders
    assert channels["orderQueue"]["bindings"]["amqp"]["queue"]["name"] == names.orders
    assert channels["orderQueue"]["x-queue-arguments"] == names.orders_arguments()
    assert channels["deadLetters"]["bindings"]["amqp"]["queue"]["name"] == names.dead
    assert channels["deadLetters"]["x-queue-arguments"] == names.dead_arguments()
    assert channels["events"]["bindings"]["amqp"]["exchange"]["name"] == names.events


def test_every_event_type_is_a_message_of_the_exchange_of_events() -> None:
    kinds = {kind.value for kind in EventType}
    channel = document()["channels"]["events"]
    assert set(channel["parameters"]["type"]["enum"]) == kinds
    assert {resolve(item["$ref"])["name"] for item in channel["messages"].values()} == kinds


def test_the_mapping_to_this_amqp_is_said_to_be_ours() -> None:
    assert "this mapping to AMQP 0-9-1 is ours" in document()["info"]["description"]
    assert {message["contentType"] for message in messages().values()} == {CONTENT_TYPE}


@pytest.mark.parametrize("name", messages())
def test_examples_fit_their_schema(name: str) -> None:
    message = messages()[name]
    for example in message["examples"]:
        assert faults(message["payload"]["$ref"], example["payload"]) == []
        if "headers" in example:
            assert example["headers"] == headers(orjson.dumps(example["payload"]))
            assert faults(message["headers"]["$ref"], example["headers"]) == []


@pytest.mark.parametrize("example", ORDER_EXAMPLES, ids=lambda example: str(example["name"]))
def test_examples_of_order_events_can_be_taken(example: dict[str, Any]) -> None:
    event = decode_order_event(orjson.dumps(example["payload"]))
    assert event.connection == "woo-main"
    assert event.record == example["payload"]["data"].get("record")
    assert encode_order_event(event) == orjson.dumps(example["payload"])


def test_every_change_of_an_order_has_an_example() -> None:
    shown = {decode_order_event(orjson.dumps(example["payload"])).change for example in ORDER_EXAMPLES}
    assert shown == set(OrderChange)


MISSING: Any = Ellipsis
ODD = [
    *((path, MISSING) for path in ("specversion", "id", "source", "type", "time", "data")),
    *((path, MISSING) for path in ("data.connection", "data.order_ref")),
    ("specversion", "0.3"), ("id", ""), ("id", 7), ("id", "x" * 256), ("id", "a\nb"), ("source", None),
    ("type", "order.received.v1"), ("type", "com.example.order.received.v2"), ("type", "com.example.order.paid.v1"),
    ("time", "2026-01-31"), ("time", "2026-01-31T12:00:00"), ("time", "yesterday"), ("data", []),
    ("data.connection", ""), ("data.order_ref", 1042), ("data.record", "text"), ("data.record", []),
    ("data.document", "x" * 256), ("data.document", 7), ("subject", 7),
]  # fmt: skip
FINE = [
    ("subject", MISSING), ("datacontenttype", MISSING), ("data.record", None), ("data.record", {}),
    ("data.document", ""), ("data.document", None), ("type", "org.example-1.erp.order.changed.v1"),
    ("time", "2026-01-31t12:00:00.5+01:00"), ("traceparent", "00-1-2-01"), ("data.more", {"a": [1]}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), ODD, ids=str)
def test_what_the_schema_refuses_is_refused(path: str, value: Any) -> None:
    event = changed(path, value)
    assert faults(ORDER_EVENT, event)
    with pytest.raises(InvalidInput):
        decode_order_event(orjson.dumps(event))


@pytest.mark.parametrize(("path", "value"), FINE, ids=str)
def test_what_the_schema_allows_is_taken(path: str, value: Any) -> None:
    event = changed(path, value)
    assert faults(ORDER_EVENT, event) == []
    assert decode_order_event(orjson.dumps(event)).order_ref == "1042"


def changed(path: str, value: Any) -> dict[str, Any]:
    """The first example with one member changed or taken out."""
    event: dict[str, Any] = copy.deepcopy(ORDER_EXAMPLES[0]["payload"])
    *outer, name = path.split(".")
    inner = event[outer[0]] if outer else event
    inner.pop(name, None)
    if value is not MISSING:
        inner[name] = value
    return event


@pytest.mark.parametrize("change", OrderChange)
def test_an_encoded_order_event_fits_the_schema(change: OrderChange) -> None:
    event = OrderEvent("e-1", "/erp", ConnectionId("shop"), OrderRef("7"), change, AT, {"id": 7}, "sale.order")
    assert faults(ORDER_EVENT, orjson.loads(encode_order_event(event))) == []


@pytest.mark.parametrize("kind", EventType)
def test_an_encoded_event_fits_the_schema_of_its_type_and_no_other(kind: EventType) -> None:
    message = message_of(kind.value)
    example = message["examples"][0]["payload"]
    order = OrderId("019c-order") if example["data"]["order_id"] else None
    event = Event(EventId("019c-event"), kind, AT, "connector", order, cause="because", data=example["data"]["facts"])
    encoded = orjson.loads(encode_event(event, "https://pay.example.com"))
    assert faults(message["payload"]["$ref"], encoded) == []
    assert undocumented(message["payload"]["$ref"], encoded) == set()
    fitting = [other["name"] for other in messages().values() if not faults(other["payload"]["$ref"], encoded)]
    assert fitting == [kind.value]
    assert faults(message["payload"]["$ref"], {**encoded, "data": {**encoded["data"], "order_id": 7}})


@pytest.mark.parametrize("kind", EventType)
def test_a_fact_that_is_missing_is_noticed(kind: EventType) -> None:
    message = message_of(kind.value)
    example = message["examples"][0]["payload"]
    for name in example["data"]["facts"]:
        less = copy.deepcopy(example)
        del less["data"]["facts"][name]
        assert faults(message["payload"]["$ref"], less)
    assert undocumented(message["payload"]["$ref"], {**example, "odd": 1}) == {"odd"}
