"""Payment requests that were made by hand or through our own API: here we are the merchant's system ourselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.order import OrderEvent, Record


@dataclass(frozen=True, slots=True)
class Draft:
    """`record` is the document that the mapping reads; `version` counts its changes from 1."""

    connection: ConnectionId
    order_ref: OrderRef
    shop: ShopId
    record: Record
    version: int
    created_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered under an idempotency key. `status` 0: nothing yet, by the request that took the key at `at`."""

    fingerprint: str
    status: int
    body: bytes
    at: datetime


class Drafts(Protocol):
    """All methods raise `StoreUnavailable`."""

    async def draft(self, connection: ConnectionId, order_ref: OrderRef) -> Draft | None: ...

    async def put_draft(self, draft: Draft, event: OrderEvent) -> bool:
        """Stores version `draft.version` and puts the order event into the outbox, in one commit. False, and nothing
        stored, unless the version is the next one after the stored one (1 for a new draft).
        """
        ...

    async def remember(self, key: str, fingerprint: str, at: datetime) -> Remembered | None:
        """Takes the idempotency key for whoever asks first: None. Else what is known of it."""
        ...

    async def take_over(self, key: str, since: datetime, at: datetime) -> bool:
        """Whether the key, taken at `since` by a request that never answered, is the caller's from now on."""
        ...

    async def answered(self, key: str, status: int, body: bytes) -> None: ...

    async def forget(self, key: str) -> None:
        """The request under this key came to nothing and may be sent again."""
        ...
