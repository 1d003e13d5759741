"""The messages of Salesforce's Pub/Sub API that a listener needs (reference/salesforce.md 3.1).

Described here and not in a .proto file, so that no code is generated. The fields of events are left out: what an event
says is read anew from the org. Protocol buffers pass over what they do not know.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

SERVICE = "eventbus.v1.PubSub"
_PACKAGE = "eventbus.v1"
_STRING, _BYTES = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_BYTES
_INT, _BOOL = FieldDescriptorProto.TYPE_INT32, FieldDescriptorProto.TYPE_BOOL
_EVENT = FieldDescriptorProto.TYPE_MESSAGE
_MESSAGES: Mapping[str, Mapping[str, tuple[int, Any]]] = {
    "ConsumerEvent": {"replay_id": (2, _BYTES)},
    "FetchRequest": {"topic_name": (1, _STRING), "num_requested": (4, _INT)},
    "FetchResponse": {"events": (1, _EVENT), "latest_replay_id": (2, _BYTES), "pending_num_requested": (4, _INT)},
    "TopicRequest": {"topic_name": (1, _STRING)},
    "TopicInfo": {"topic_name": (1, _STRING), "can_subscribe": (4, _BOOL)},
}
"""Name, number and type of each field. A request that names no beginning is for what happens from now on."""


def _file() -> FileDescriptorProto:
    file = FileDescriptorProto(name="paylink_pubsub.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            label = FieldDescriptorProto.LABEL_REPEATED if kind == _EVENT else FieldDescriptorProto.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, type=kind, label=label)
            if kind == _EVENT:
                added.type_name = f".{_PACKAGE}.ConsumerEvent"
    return file


_POOL = DescriptorPool()
_POOL.Add(_file())


def _message(name: str) -> Any:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


ConsumerEvent = _message("ConsumerEvent")
FetchRequest = _message("FetchRequest")
FetchResponse = _message("FetchResponse")
TopicRequest = _message("TopicRequest")
TopicInfo = _message("TopicInfo")
