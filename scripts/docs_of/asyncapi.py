"""`asyncapi.yaml`: what goes over RabbitMQ, as AsyncAPI 3.0 with AMQP bindings 0.3.0."""

from typing import Any

import yaml

from connector_core.adapters.rabbitmq.topology import Topology
from connector_core.domain.cloudevent import CONTENT_TYPE, MAX_BYTES, MAX_DEPTH
from connector_core.domain.event import EventType
from connector_core.domain.order import OrderChange
from scripts.docs_of.event_examples import event_example, order_event_examples
from scripts.docs_of.event_facts import EVENTS, fact_schemas
from scripts.docs_of.event_schemas import envelope_schema, event_schema, headers_schema, order_event_schema

_BINDING = "0.3.0"
_ORDER_EVENT = "OrderEvent"
_INTRODUCTION = f"""
Order events come in and what has happened goes out, each as one CloudEvents 1.0 event in structured mode: the body is
the whole event as JSON, and the AMQP property content_type is {CONTENT_TYPE}. The body alone counts;
message_id is read for logs only.

CloudEvents defines a binding for AMQP 1.0 only; **this mapping to AMQP 0-9-1 is ours**. Beside the body, the attributes
are mirrored as headers named cloudEvents_... for routing and tools; they may be left out of order events.

A system of your own may publish order events itself. Give it a user that may write to the exchange of orders only:
whoever can publish there is believed. Publish persistent messages with publisher confirms and mandatory; a refusal
means that the queue is full, and the publisher tries again later. A body has at most {MAX_BYTES // 1024} KiB and
{MAX_DEPTH} levels. Unknown attributes are left aside. An event that can never be taken goes to the dead letters, and
order.refused.v1 says why.

Consumers of events bind a queue of their own to the exchange of events, say with the routing key payment.#, and must
bear events that come twice (same id), in another order, and with members that this document does not name yet. No
telephone number, no name and no address stands in their facts. Without RabbitMQ the embedded queue takes its place, and
nothing is published.
"""


def asyncapi_page() -> str:
    text = yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=118)
    return f"# Made from the code by `make docs`: change the code, not this file.\n{text}"


def document() -> dict[str, Any]:
    names = Topology()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "PayLink Connector: order events in, what has happened out",
            "version": "1.0.0",
            "description": _INTRODUCTION.strip() + "\n",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "rabbitmq": {
                "host": "mq.example.com:5671",
                "protocol": "amqps",
                "protocolVersion": "0.9.1",
                "description": "The setting broker. The connector declares exchanges and queues when it connects.",
            }
        },
        "channels": _channels(names),
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _channels(names: Topology) -> dict[str, Any]:
    order_message = {_ORDER_EVENT: _ref("components", "messages", _ORDER_EVENT)}
    kinds = [kind.value for kind in EventType]
    return {
        "orders": {
            "address": "order.{change}.v1",
            "title": "Exchange of order events",
            "description": f"Bound to the queue with {names.pattern}: another routing key works as well.",
            "parameters": {"change": {"enum": [change.value for change in OrderChange]}},
            "messages": order_message,
            "bindings": _exchange(names.orders),
        },
        "orderQueue": {
            "address": names.orders,
            "title": "Queue of order events",
            "description": "Consumed by every daemon; a message is acknowledged when its order has come to rest.",
            "messages": order_message,
            "bindings": _queue(names.orders),
            "x-queue-arguments": dict(names.orders_arguments()),
        },
        "deadLetters": {
            "address": names.dead,
            "title": "Order events that were set aside",
            "description": f"Behind the topic exchange {names.dead}. Nothing consumes it: a person looks, corrects and "
            "publishes anew.",
            "messages": order_message,
            "bindings": _queue(names.dead),
            "x-queue-arguments": dict(names.dead_arguments()),
        },
        "events": {
            "address": "{type}",
            "title": "Exchange of what has happened",
            "description": "The routing key is the event's type without the reverse DNS name in front.",
            "parameters": {"type": {"enum": kinds}},
            "messages": {_name(kind): _ref("components", "messages", _name(kind)) for kind in EventType},
            "bindings": _exchange(names.events),
        },
    }


def _operations() -> dict[str, Any]:
    return {
        "receiveOrderEvent": {
            "action": "receive",
            "channel": _ref("channels", "orderQueue"),
            "summary": "An order was confirmed, changed or withdrawn.",
            "bindings": {"amqp": {"ack": True, "bindingVersion": _BINDING}},
        },
        "forwardOrderEvent": {
            "action": "send",
            "channel": _ref("channels", "orders"),
            "summary": "What a shop's webhook or a poll has told goes the same way as everybody's order events.",
            "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": _BINDING}},
        },
        "publishEvent": {
            "action": "send",
            "channel": _ref("channels", "events"),
            "summary": "Something has happened. Published at least once; message_id is the event's id.",
            "bindings": {"amqp": {"deliveryMode": 2, "mandatory": False, "bindingVersion": _BINDING}},
        },
    }


def _messages() -> dict[str, Any]:
    order = {
        "name": _ORDER_EVENT,
        "title": "An order event",
        "summary": "An order was confirmed, changed or withdrawn.",
        "contentType": CONTENT_TYPE,
        "headers": _ref("components", "schemas", "Headers"),
        "payload": _ref("components", "schemas", _ORDER_EVENT),
        "examples": order_event_examples(),
    }
    return {_ORDER_EVENT: order} | {_name(kind): _message(kind) for kind in EventType}


def _message(kind: EventType) -> dict[str, Any]:
    return {
        "name": kind.value,
        "title": kind.value,
        "summary": EVENTS[kind].words,
        "contentType": CONTENT_TYPE,
        "headers": _ref("components", "schemas", "Headers"),
        "payload": _ref("components", "schemas", _name(kind)),
        "examples": [event_example(kind)],
    }


def _schemas() -> dict[str, Any]:
    fixed = {"Headers": headers_schema(), _ORDER_EVENT: order_event_schema(), "Event": envelope_schema()}
    return fixed | fact_schemas() | {_name(kind): event_schema(kind) for kind in EventType}


def _name(kind: EventType) -> str:
    """``payment_request.created.v1`` becomes ``PaymentRequestCreatedV1``."""
    return "".join(part.capitalize() for part in kind.value.replace(".", "_").split("_"))


def _exchange(name: str) -> dict[str, Any]:
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": _BINDING}}


def _queue(name: str) -> dict[str, Any]:
    queue = {"name": name, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"}
    return {"amqp": {"is": "queue", "queue": queue, "bindingVersion": _BINDING}}


def _ref(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}


class _Plain(yaml.SafeDumper):
    """Long texts as blocks, and no anchors, which many readers of AsyncAPI do not follow."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)
