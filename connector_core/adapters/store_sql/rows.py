"""Values to rows and back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Row, Table

from connector_core.adapters.store_sql import schema
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, ShopId
from connector_core.domain.message import Message
from connector_core.domain.order import Order
from connector_core.domain.payment import Payment, WriteBack
from connector_core.domain.request import PayLink, PaymentRequest, Terms
from connector_core.domain.state import Value
from connector_core.domain.step import Step, StepState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

REQUEST = TypeAdapter(PaymentRequest)
LINK = TypeAdapter(PayLink)
MESSAGE = TypeAdapter(Message)
PAYMENT = TypeAdapter(Payment)
WRITE_BACK = TypeAdapter(WriteBack)
STEP = TypeAdapter(Step)
_TERMS = TypeAdapter(Terms)

KINDS: Mapping[str, tuple[Table, TypeAdapter[Any]]] = {
    "request": (schema.requests, REQUEST),
    "link": (schema.links, LINK),
    "message": (schema.messages, MESSAGE),
    "payment": (schema.payments, PAYMENT),
    "write_back": (schema.write_backs, WRITE_BACK),
    "step": (schema.steps, STEP),
}
"""What belongs to one order, and where it is kept."""


def micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    return _EPOCH + value * _MICROSECOND


def value_row(value: Value | Step) -> tuple[Table, dict[str, Any]]:
    """The table of a value and its row; an `Order` has its own way in (`order_row`)."""
    match value:
        case PaymentRequest():
            return schema.requests, {"state": value.state, **_row(REQUEST, value)}
        case PayLink():
            columns = {"psp_order": value.psp_order, "psp_link": value.psp_link, "state": value.state}
            return schema.links, {**columns, **_row(LINK, value)}
        case Message():
            columns = {"provider_id": value.provider_id, "delivery": value.delivery}
            return schema.messages, {**columns, **_row(MESSAGE, value)}
        case Payment():
            columns = {
                "account": value.account, "psp_ref": value.psp_ref, "kind": value.kind, "state": value.state,
            }  # fmt: skip
            return schema.payments, {**columns, **_row(PAYMENT, value)}
        case WriteBack():
            columns = {"fact": value.fact, "payment_id": value.payment_id or "", "state": value.state}
            return schema.write_backs, {**columns, **_row(WRITE_BACK, value)}
        case Step():
            due = {"kind": value.kind, "state": value.state, "due_at": micros(value.due_at)}
            return schema.steps, {**due, **_row(STEP, value)}
        case Order():
            raise TypeError("orders are stored by order_row")


def order_row(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "connection": order.connection,
        "order_ref": order.order_ref,
        "shop": order.shop,
        "number": order.number,
        "version": order.version,
        "created_at": micros(order.created_at),
    }


def buyer_row(value: Value) -> dict[str, Any] | None:
    """What is to be noted of the buyer of an order that was erased, or of a request that was closed."""
    match value:
        case Order(erased_at=at) if at:
            return {"order_id": value.id, "shop": value.shop, "kept_since": 0, "erased_at": micros(at)}
        case PaymentRequest(closed_at=at) if at and not value.terms.erased:
            return {"order_id": value.order_id, "shop": value.shop, "kept_since": micros(at), "erased_at": 0}
        case _:
            return None


def order_value(row: Row[Any]) -> Order:
    """With what is noted of its buyer, where that was read along."""
    erased = getattr(row, "erased_at", 0)
    return Order(
        id=OrderId(row.id),
        connection=ConnectionId(row.connection),
        order_ref=OrderRef(row.order_ref),
        shop=ShopId(row.shop),
        number=row.number,
        created_at=moment(row.created_at),
        version=row.version,
        erased_at=moment(erased) if erased else None,
        fence=row.fence,
    )


def revision_row(request: PaymentRequest) -> dict[str, Any]:
    return {
        "request_id": request.id,
        "revision": request.revision,
        "at": micros(request.updated_at),
        "data": _TERMS.dump_json(request.terms).decode(),
    }


def event_row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "at": micros(event.at),
        "actor": event.actor,
        "order_id": event.order_id,
        "subject": event.subject,
        "cause": event.cause,
        "data": orjson.dumps(dict(event.data)).decode(),
        "published": False,
    }


def event_value(row: Row[Any]) -> Event:
    return Event(
        id=EventId(row.id),
        type=EventType(row.type),
        at=moment(row.at),
        actor=row.actor,
        order_id=row.order_id,
        subject=row.subject,
        cause=row.cause,
        data=orjson.loads(row.data),
    )


def found_step(data: str) -> Step:
    """A step as a new run finds it: one that was started has an unknown outcome."""
    step = STEP.validate_json(data)
    return replace(step, state=StepState.UNKNOWN) if step.state is StepState.STARTED else step


def _row(adapter: TypeAdapter[Any], value: Any) -> dict[str, Any]:
    return {"id": value.id, "order_id": value.order_id, "data": adapter.dump_json(value).decode()}
