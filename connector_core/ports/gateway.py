"""The payment service provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFact
from connector_core.domain.request import LinkState, PayLink, Terms
from connector_core.sdk.check import Probe


@dataclass(frozen=True, slots=True)
class LinkAsk:
    """What a PayLink shall ask for. `psp_order` is our unique order id at the PSP; `ours` comes back as metadata."""

    psp_order: str
    terms: Terms
    valid_until: datetime
    payment_methods: tuple[str, ...] = ()
    ours: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkReading:
    """What the PSP says of a link now."""

    psp_link: str
    state: LinkState
    url: str
    amount: Money
    mode: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """`payment_ref` is the capture's `psp_ref`; `comment` is shown in the PSP's back office."""

    payment_ref: str
    amount: Money
    comment: str = ""


class Gateway(Protocol):
    """One PSP account. Calls raise the errors of `connector_core.domain.errors`; time limits are the adapter's."""

    account: str

    async def create_link(self, ask: LinkAsk) -> LinkReading:
        """Not idempotent at every PSP: after `OutcomeUnknown` nothing is repeated before the link's end has passed."""
        ...

    async def read_link(self, link: PayLink) -> LinkReading: ...

    async def update_link(self, link: PayLink, ask: LinkAsk) -> LinkReading:
        """Changes an open link in place. Raises `Rejected` with code ``closed`` when it is not open any more."""
        ...

    async def close_link(self, link: PayLink) -> LinkReading:
        """Idempotent: a link that is closed already is read and returned as it is."""
        ...

    async def now(self) -> datetime:
        """The time by the PSP's own clock, which is the one that ends links."""
        ...

    async def payments(self, link: PayLink) -> Sequence[PaymentFact]:
        """All transactions that the PSP knows for the link's `psp_order`; empty when nobody tried to pay yet."""
        ...

    async def refund(self, ask: RefundAsk) -> PaymentFact:
        """Cancels what is not captured yet, else refunds. Never repeat blindly: read `payments` first."""
        ...

    def read_notification(self, body: bytes) -> Sequence[PaymentFact]:
        """The facts of one signed notification. Raises `SignatureInvalid`, `InvalidInput`; no I/O."""
        ...

    async def check(self) -> Sequence[Probe]: ...

    async def close(self) -> None: ...
