"""A merchant's system, seen from the flow: a plugin behind thread pool, batching and time limits."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.order import OrderEvent, Record
from connector_core.sdk.check import Probe
from connector_core.sdk.plugin import OpenLink, PaymentUpdate, WebhookAnswer, WebhookRequest, WriteBackResult


class Source(Protocol):
    """One connection. Calls raise the errors of `connector_core.domain.errors`."""

    connection: ConnectionId
    shop: ShopId

    async def fetch(self, order_ref: OrderRef, document: str) -> Record | None:
        """The order as its system has it now; None when it is gone. Calls made together go out as one batch."""
        ...

    async def write_back(self, update: PaymentUpdate) -> WriteBackResult:
        """Idempotent. Updates made together go out as one batch."""
        ...

    @property
    def shows_links(self) -> bool:
        """Whether people there want to see the PayLinks."""
        ...

    async def show_link(self, link: OpenLink) -> None:
        """Only where `shows_links` is. May be repeated. Links that are shown together go out as one batch."""
        ...

    async def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer: ...

    async def poll(self, cursor: object) -> tuple[Sequence[OrderEvent], object, bool]:
        """(events, next cursor, whether there is more right now)."""
        ...

    async def check(self) -> Sequence[Probe]: ...

    async def close(self) -> None: ...


class Stream(Protocol):
    """A connection whose system tells what happens as it happens."""

    connection: ConnectionId

    def listen(self, cursor: object) -> AsyncGenerator[tuple[Sequence[OrderEvent], object]]:
        """(events, next cursor) as they happen, and without events now and then. To be closed by whoever leaves it."""
        ...
