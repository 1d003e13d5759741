"""Drafts in memory, and the orders that were reported of them."""

from collections.abc import Sequence
from datetime import datetime

from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.order import OrderEvent
from connector_core.ports.drafts import Draft, Remembered


class MemoryDrafts:
    """The `Drafts` port."""

    def __init__(self) -> None:
        self.drafts: dict[tuple[ConnectionId, OrderRef], Draft] = {}
        self.events: list[OrderEvent] = []
        self.answers: dict[str, Remembered] = {}

    @property
    def records(self) -> Sequence[object]:
        return [draft.record for draft in self.drafts.values()]

    async def draft(self, connection: ConnectionId, order_ref: OrderRef) -> Draft | None:
        return self.drafts.get((connection, order_ref))

    async def put_draft(self, draft: Draft, event: OrderEvent) -> bool:
        known = self.drafts.get((draft.connection, draft.order_ref))
        if draft.version != (known.version if known else 0) + 1:
            return False
        self.drafts[draft.connection, draft.order_ref] = draft
        self.events.append(event)
        return True

    async def remember(self, key: str, fingerprint: str, at: datetime) -> Remembered | None:
        if key in self.answers:
            return self.answers[key]
        self.answers[key] = Remembered(fingerprint, 0, b"", at)
        return None

    async def take_over(self, key: str, since: datetime, at: datetime) -> bool:
        known = self.answers.get(key)
        if known is None or known.status or known.at != since:
            return False
        self.answers[key] = Remembered(known.fingerprint, 0, b"", at)
        return True

    async def answered(self, key: str, status: int, body: bytes) -> None:
        known = self.answers[key]
        self.answers[key] = Remembered(known.fingerprint, status, body, known.at)

    async def forget(self, key: str) -> None:
        self.answers.pop(key, None)
