"""What a merchant's own system is told of an event: ids, states and amounts, picked field by field.

Neither a phone number nor a name, a text of a message or anything of a card is ever among them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from connector_core.domain.event import Event
from connector_core.domain.ids import ShopId
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.request import PaymentRequest
from connector_core.domain.webhook import TEST

_FACTS = {
    "psp_ref": "psp_reference",
    "purpose": "purpose",
    "channel": "channel",
    "delivery": "delivery",
    "fact": "fact",
}
"""Fields of the log that are told, by the names under which they are."""


def payload(event: Event, order: Order, request: PaymentRequest | None) -> str:
    """``type``, ``timestamp`` and ``data`` (Standard Webhooks). `amount` is that of the event where it has one, else
    what is asked for; `state` is the request's, as it stood when this was written.
    """
    asked = request.terms.amount if request else None
    data = {
        "order_id": order.id,
        "reference": order.number or order.order_ref,
        "connection": order.connection,
        "shop": order.shop,
        **_sum(_of_event(event.data) or asked),
        "state": request.state.value if request else "",
        "money": request.money.value if request else "",
        "psp_reference": "",
        **{told: str(event.data[name]) for name, told in _FACTS.items() if event.data.get(name)},
    }
    return _written(event.type.value, event.at, data)


def trial_payload(shop: ShopId, at: datetime) -> str:
    return _written(TEST, at, {"shop": shop})


def _written(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    timestamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return orjson.dumps({"type": kind, "timestamp": timestamp, "data": data}).decode()


def _of_event(data: Mapping[str, Any]) -> Money | None:
    minor, currency = data.get("amount"), data.get("currency")
    return Money(minor, str(currency)) if isinstance(minor, int) and currency else None


def _sum(value: Money | None) -> dict[str, str | None]:
    return {"amount": str(value.decimal()) if value else None, "currency": value.currency if value else None}
