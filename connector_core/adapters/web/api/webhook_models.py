"""What the API takes and gives of webhooks."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from connector_core.adapters.web.api.models import SomeMoment
from connector_core.domain.webhook import TYPES, Delivery, DeliveryState, Endpoint, Health

Kind = Annotated[str, Field(pattern=f"^({'|'.join(kind.value.replace('.', '[.]') for kind in TYPES)})$")]


class NewEndpoint(BaseModel):
    """Who is to be told, and of what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(max_length=1000, description="Public, over https.", examples=["https://erp.example.com/paylink"])
    types: list[Kind] = Field([], max_length=len(TYPES), description="Of which events; none: of all.")


class Since(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    since: SomeMoment = Field(description="From when on, with its offset; 90 days back at most.")


class EndpointSeen(BaseModel):
    """`waiting` deliveries are still to be made, `failed` ones were given up. `cause` is why it failed last."""

    id: str
    url: str
    types: list[str]
    state: str
    cause: str
    failing_since: datetime | None
    waiting: int
    failed: int
    created_at: datetime
    created_by: str


class EndpointMade(EndpointSeen):
    """`secret` is shown this once."""

    secret: str


class Rotated(BaseModel):
    """`secret` is shown this once; the one from before signs beside it until `old_until`."""

    secret: str
    old_until: datetime | None


class DeliverySeen(BaseModel):
    """`event_id` is the receiver's ``webhook-id``. `status` is the HTTP status of the last answer, 0 for none."""

    id: str
    event_id: str
    type: str
    state: str
    attempts: int
    status: int
    cause: str
    at: datetime
    sent_at: datetime | None
    next_at: datetime | None
    payload: dict[str, Any]


class Deliveries(BaseModel):
    """Newest first; `next` leads to older ones, and is empty at the end."""

    items: list[DeliverySeen]
    next: str


def endpoint_of(endpoint: Endpoint, health: Health) -> dict[str, Any]:
    """The fields of `EndpointSeen`."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "types": list(endpoint.types),
        "state": endpoint.state,
        "cause": endpoint.cause,
        "failing_since": endpoint.failing_since,
        "waiting": health.waiting,
        "failed": health.failed,
        "created_at": endpoint.created_at,
        "created_by": endpoint.created_by,
    }


def delivery_of(delivery: Delivery) -> DeliverySeen:
    return DeliverySeen(
        id=delivery.id,
        event_id=delivery.event,
        type=delivery.kind,
        state=delivery.state,
        attempts=delivery.attempts,
        status=delivery.status,
        cause=delivery.cause,
        at=delivery.at,
        sent_at=delivery.sent_at,
        next_at=delivery.next_at if delivery.state is DeliveryState.DUE else None,
        payload=orjson.loads(delivery.body),
    )
