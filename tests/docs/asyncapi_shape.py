"""The part of AsyncAPI 3.0 and of its AMQP bindings 0.3.0 that our document uses, as JSON Schema.

It is narrower than the specification: a key that is not used is not allowed, which catches a misspelt one.
"""

from typing import Any


def _object(required: str, optional: str = "", /, **properties: Any) -> dict[str, Any]:
    names = {name: properties.get(name, {}) for name in f"{required} {optional}".split()}
    return {"type": "object", "required": required.split(), "properties": names, "additionalProperties": False}


def _map(items: Any) -> dict[str, Any]:
    return {"type": "object", "minProperties": 1, "additionalProperties": items}


_TEXT = {"type": "string", "minLength": 1}
_FLAG = {"type": "boolean"}
_REF = _object("$ref", **{"$ref": {"type": "string", "pattern": "^#/"}})
_VERSION = {"const": "0.3.0"}
_EXCHANGE = _object(
    "name type durable autoDelete vhost",
    name=_TEXT,
    type={"enum": ["topic", "direct", "fanout", "default", "headers"]},
    durable=_FLAG,
    autoDelete=_FLAG,
)
_QUEUE = _object(
    "name durable exclusive autoDelete vhost", name=_TEXT, durable=_FLAG, exclusive=_FLAG, autoDelete=_FLAG
)
_CHANNEL_BINDING = {
    "oneOf": [
        _object("is exchange bindingVersion", **{"is": {"const": "routingKey"}, "exchange": _EXCHANGE}),
        _object("is queue bindingVersion", **{"is": {"const": "queue"}, "queue": _QUEUE}),
    ],
    "properties": {"bindingVersion": _VERSION},
}
_OPERATION_BINDING = _object(
    "bindingVersion",
    "deliveryMode mandatory ack",
    deliveryMode={"enum": [1, 2]},
    mandatory=_FLAG,
    ack=_FLAG,
    bindingVersion=_VERSION,
)
_CHANNEL = _object(
    "address title description messages bindings",
    "parameters x-queue-arguments",
    address=_TEXT,
    messages=_map(_REF),
    parameters=_map(_object("enum", enum={"type": "array", "items": _TEXT, "minItems": 1})),
    bindings=_object("amqp", amqp=_CHANNEL_BINDING),
)
_OPERATION = _object(
    "action channel summary bindings",
    action={"enum": ["send", "receive"]},
    channel=_REF,
    bindings=_object("amqp", amqp=_OPERATION_BINDING),
)
_EXAMPLE = _object("name summary payload", "headers", payload={"type": "object"}, headers={"type": "object"})
_MESSAGE = _object(
    "name title summary contentType headers payload examples",
    headers=_REF,
    payload=_REF,
    examples={"type": "array", "items": _EXAMPLE, "minItems": 1},
)

SHAPE: dict[str, Any] = _object(
    "asyncapi info defaultContentType servers channels operations components",
    asyncapi={"const": "3.0.0"},
    info=_object("title version description license"),
    servers=_map(
        _object(
            "host protocol protocolVersion description", protocol={"const": "amqps"}, protocolVersion={"const": "0.9.1"}
        )
    ),
    channels=_map(_CHANNEL),
    operations=_map(_OPERATION),
    components=_object("messages schemas", messages=_map(_MESSAGE), schemas=_map({"type": "object"})),
)
