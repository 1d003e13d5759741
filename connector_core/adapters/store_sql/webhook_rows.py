"""Endpoints and deliveries to rows and back."""

from datetime import datetime
from typing import Any

import orjson

from connector_core.adapters.store_sql.rows import micros, moment
from connector_core.domain.ids import EventId, ShopId
from connector_core.domain.webhook import Delivery, DeliveryId, DeliveryState, Endpoint, EndpointId, EndpointState


def endpoint_row(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "shop": endpoint.shop,
        "url": endpoint.url,
        "types": orjson.dumps(endpoint.types).decode(),
        "secret": endpoint.secret,
        "old_secret": endpoint.old_secret,
        "old_until": _at(endpoint.old_until),
        "created_at": micros(endpoint.created_at),
        "created_by": endpoint.created_by[:255],
        "active_since": micros(endpoint.active_since),
        **standing(endpoint),
    }


def standing(endpoint: Endpoint) -> dict[str, Any]:
    """What attempts change."""
    return {
        "state": endpoint.state,
        "cause": endpoint.cause,
        "failing_since": _at(endpoint.failing_since),
        "rests_until": _at(endpoint.rests_until),
    }


def endpoint_value(row: Any) -> Endpoint:
    return Endpoint(
        id=EndpointId(row.id),
        shop=ShopId(row.shop),
        url=row.url,
        types=tuple(orjson.loads(row.types)),
        secret=row.secret,
        created_at=moment(row.created_at),
        created_by=row.created_by,
        active_since=moment(row.active_since),
        state=EndpointState(row.state),
        old_secret=row.old_secret,
        old_until=_moment(row.old_until),
        failing_since=_moment(row.failing_since),
        rests_until=_moment(row.rests_until),
        cause=row.cause,
    )


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "endpoint": delivery.endpoint,
        "event_id": delivery.event,
        "kind": delivery.kind,
        "body": delivery.body,
        "at": micros(delivery.at),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_at": micros(delivery.next_at),
        "status": delivery.status,
        "cause": delivery.cause,
        "sent_at": _at(delivery.sent_at),
    }


def delivery_value(row: Any) -> Delivery:
    return Delivery(
        id=DeliveryId(row.id),
        endpoint=EndpointId(row.endpoint),
        event=EventId(row.event_id),
        kind=row.kind,
        body=row.body,
        at=moment(row.at),
        next_at=moment(row.next_at),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        status=row.status,
        cause=row.cause,
        sent_at=_moment(row.sent_at),
    )


def _at(value: datetime | None) -> int:
    return micros(value) if value else 0


def _moment(value: int) -> datetime | None:
    return moment(value) if value else None
