"""The payment ledger: one entry per capture, refund and chargeback, as the PSP reports it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector_core.domain.ids import LinkId, OrderId, PaymentId, WriteBackId
from connector_core.domain.money import Money


class PaymentKind(StrEnum):
    CAPTURE = "capture"
    REFUND = "refund"
    CHARGEBACK = "chargeback"


class PaymentState(StrEnum):
    """Ascending: a later state replaces an earlier one, never the reverse."""

    PENDING = "pending"
    FAILED = "failed"
    DONE = "done"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {state: rank for rank, state in enumerate(PaymentState)}


class PaymentFlag(StrEnum):
    """Why a person should look at an entry; the money is recorded all the same."""

    NONE = ""
    SURPLUS = "surplus"
    LATE = "late"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    UNALLOCATED = "unallocated"


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """What the PSP says of one transaction. `psp_ref` is the PSP's transaction id (Lyra: uuid), `parent` that of the
    capture which a refund gives back, where the PSP names it.
    """

    account: str
    psp_ref: str
    kind: PaymentKind
    state: PaymentState
    amount: Money
    at: datetime
    psp_order: str = ""
    psp_link: str = ""
    method: str = ""
    error: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """One ledger entry; (`account`, `psp_ref`, `kind`) is unique. `settled_by` is the person who has dealt with what
    its flag says.
    """

    id: PaymentId
    order_id: OrderId | None
    link_id: LinkId | None
    account: str
    psp_ref: str
    kind: PaymentKind
    state: PaymentState
    amount: Money
    at: datetime
    recorded_at: datetime
    method: str = ""
    flag: PaymentFlag = PaymentFlag.NONE
    parent: str = ""
    settled_by: str = ""


class WriteBackFact(StrEnum):
    """What a merchant's system is told."""

    CAPTURED = "captured"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    EXPIRED = "expired"


class WriteBackState(StrEnum):
    DUE = "due"
    DONE = "done"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class WriteBack:
    """One fact for the source system; (`order_id`, `fact`, `payment_id`) is unique.

    `source_ref` is the source system's own id of the booking.
    """

    id: WriteBackId
    order_id: OrderId
    fact: WriteBackFact
    state: WriteBackState
    created_at: datetime
    payment_id: PaymentId | None = None
    source_ref: str = ""
    cause: str = ""
    done_at: datetime | None = None
