"""What we ask a buyer to pay, and the PayLink that carries it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector_core.domain.ids import LinkId, OrderId, RequestId, ShopId
from connector_core.domain.money import Money
from connector_core.domain.phone import E164


class RequestState(StrEnum):
    """Open, or closed by one of three; a capture that arrives on a closed one is still recorded."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class MoneyState(StrEnum):
    """The money axis of a request, in the order in which it may move. Refunds and disputes are sums beside it."""

    OPEN = "open"
    PENDING = "pending"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERPAID = "overpaid"


ERASED = "[erased]"
"""What stands where something of a buyer stood who was erased."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one revision asks for. `language` is BCP 47, `valid_until` the end of the PayLink."""

    amount: Money
    reference: str
    phone: E164
    language: str
    name: str = ""
    email: str = ""
    description: str = ""
    valid_until: datetime | None = None

    @property
    def erased(self) -> bool:
        """Whether the buyer was erased: nobody can be written to any more."""
        return self.phone == ERASED


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a buyer is asked to pay for one order. `revision` counts from 1 and grows when the order was edited.

    `captured`, `refunded`, `disputed` and `pending` are sums in minor units of the terms' currency. `cancelled_by` is
    the person who has cancelled it here, against what its order may say.
    """

    id: RequestId
    order_id: OrderId
    shop: ShopId
    state: RequestState
    revision: int
    terms: Terms
    mapping: str
    created_at: datetime
    updated_at: datetime
    captured: int = 0
    refunded: int = 0
    disputed: int = 0
    pending: int = 0
    closed_at: datetime | None = None
    cancelled_by: str = ""

    @property
    def money(self) -> MoneyState:
        """Derived from the sums, so that it cannot contradict the ledger."""
        asked = self.terms.amount.minor
        if self.captured > asked:
            return MoneyState.OVERPAID
        if self.captured == asked:
            return MoneyState.PAID
        if self.captured:
            return MoneyState.PARTLY_PAID
        return MoneyState.PENDING if self.pending else MoneyState.OPEN


class LinkState(StrEnum):
    """A PayLink is wanted, open, and then ends.

    `lost` was asked for and never heard of: whether it was made nobody knows, but its end has passed.
    """

    WANTED = "wanted"
    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    EXPIRED = "expired"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PayLink:
    """The PSP's payable link for one revision.

    `psp_order` is our own unique order id at the PSP (reference/lyra.md 3.5: the only safe correlation), `psp_link` the
    PSP's id of the link (Lyra: paymentOrderId), `mode` the PSP's world (``TEST`` or ``PRODUCTION``). `expires_at` is
    what was asked for until the PSP has said it; `created_at` is when the PSP was last asked to make it.
    """

    id: LinkId
    request_id: RequestId
    order_id: OrderId
    revision: int
    state: LinkState
    account: str
    psp_order: str
    amount: Money
    created_at: datetime
    psp_link: str = ""
    url: str = ""
    mode: str = ""
    expires_at: datetime | None = None
    settled_at: datetime | None = None
