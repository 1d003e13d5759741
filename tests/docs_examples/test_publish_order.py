"""The example publishes what the connector takes."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from connector_core.domain.cloudevent import decode_order_event
from connector_core.domain.order import OrderChange
from tests.docs_examples.conftest import EXAMPLES


def published(order: dict[str, Any]) -> bytes:
    spec = spec_from_file_location("publish_order", EXAMPLES / "publish_order.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return json.dumps(module.order_event(order)).encode()


def test_example_event_is_taken() -> None:
    order = {"id": "A-1", "changed": 1}
    event = decode_order_event(published(order))
    assert (event.order_ref, event.connection, event.change) == ("A-1", "acme", OrderChange.CHANGED)
    assert event.record == order
