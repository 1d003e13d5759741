"""The merchant's system for requests that were made by hand: our own table of drafts."""

from collections.abc import Sequence

from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderRef, ShopId
from connector_core.domain.order import OrderEvent, Record
from connector_core.flow.by_hand import connection_of
from connector_core.ports.drafts import Drafts
from connector_core.sdk.check import Probe
from connector_core.sdk.plugin import (
    OpenLink,
    PaymentUpdate,
    WebhookAnswer,
    WebhookRequest,
    WriteBackOutcome,
    WriteBackResult,
)


class ByHandSource:
    """The `Source` port. Payments are told to nobody: whoever made the request sees them in the list."""

    def __init__(self, shop: ShopId, drafts: Drafts) -> None:
        self.connection = connection_of(shop)
        self.shop = shop
        self._drafts = drafts

    async def fetch(self, order_ref: OrderRef, document: str) -> Record | None:
        draft = await self._drafts.draft(self.connection, order_ref)
        return draft.record if draft else None

    async def write_back(self, update: PaymentUpdate) -> WriteBackResult:
        return WriteBackResult(update.id, WriteBackOutcome.DONE)

    @property
    def shows_links(self) -> bool:
        return False

    async def show_link(self, link: OpenLink) -> None: ...

    async def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        raise InvalidInput("Nobody reports here.", status=404)

    async def poll(self, cursor: object) -> tuple[Sequence[OrderEvent], object, bool]:
        return [], cursor, False

    async def check(self) -> Sequence[Probe]:
        return []

    async def close(self) -> None: ...
