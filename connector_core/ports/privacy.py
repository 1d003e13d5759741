"""What is kept of buyers: found by how they are reached, given out, and taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector_core.domain.event import Event
from connector_core.domain.ids import OrderId, ShopId
from connector_core.domain.order import Record
from connector_core.domain.request import Terms
from connector_core.domain.state import OrderState


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is reached: E.164 numbers (one text may be read as a number of several countries), or an address in
    lower case.
    """

    phones: tuple[str, ...] = ()
    email: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        return (*self.phones, *((self.email,) if self.email else ()))


@dataclass(frozen=True, slots=True)
class Revision:
    revision: int
    at: datetime
    terms: Terms


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept of an order beside its state. `draft` is what was typed for it, here or through the API."""

    revisions: Sequence[Revision]
    events: Sequence[Event]
    draft: Record | None = None


Place = tuple[int, str]
"""Where a search for what is due goes on."""


class Privacy(Protocol):
    """All methods raise `StoreUnavailable`."""

    async def orders_of(self, contact: Contact, shops: Sequence[ShopId]) -> Sequence[OrderId]:
        """Oldest first, by any revision that they ever had. Looks at everything: seconds, with a million orders."""
        ...

    async def beside(self, state: OrderState) -> Beside: ...

    async def forget(self, state: OrderState) -> None:
        """Takes the buyer out of everything in the database beside the order's own values, in one commit. Idempotent;
        the order must be in the caller's hands.
        """
        ...

    async def due(
        self, shop: ShopId, closed_before: datetime, after: Place, limit: int
    ) -> tuple[Sequence[OrderId], Place]:
        """Orders of a shop whose request was closed before that moment, whose buyer is still named, and who are not to
        be erased yet; the longest closed first, along an index. With the place of the last one.
        """
        ...

    async def never_asked(self, shop: ShopId, stopped_before: datetime, limit: int) -> Sequence[OrderId]:
        """Orders without a request that stopped before that moment: what stopped may hold their record."""
        ...

    async def forget_answers(self, before: datetime) -> int:
        """Answers under idempotency keys that are given no more; returns how many there were."""
        ...

    async def wipe(self) -> bool:
        """Takes what was erased out of the database's own log, as far as it lets us; False: it must be tried again."""
        ...
