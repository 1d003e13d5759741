"""Payment orders, transactions and notifications as the sandbox keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

RUNNING, PAID, REFUSED, EXPIRED, CANCELLED = "RUNNING", "PAID", "REFUSED", "EXPIRED", "CANCELLED"


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """`code` is the end of its short URL; `echo` the answer's fields that only repeat the request.

    `status` is what has happened to it; whether it has expired follows from `expires_at`. A refused one is `final` when
    the shop's attempts are used up.
    """

    id: str
    code: str
    url: str
    amount: int
    currency: str
    order_id: str | None
    created_at: datetime
    expires_at: datetime
    locale: str | None = None
    status: str = RUNNING
    refusals: int = 0
    final: bool = False
    echo: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, str] | None = None
    ipn_url: str = ""
    return_url: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """`amount` in minor units; a refund is a CREDIT of its own with a `parent`. `pan` is masked."""

    uuid: str
    payment_order_id: str
    order_id: str | None
    amount: int
    currency: str
    status: str
    detailed_status: str
    operation_type: str
    created_at: datetime
    pan: str
    brand: str
    strong_authentication: str = "DISABLED"
    error_code: str | None = None
    error_message: str | None = None
    detailed_error_code: str | None = None
    detailed_error_message: str | None = None
    parent: str | None = None
    captured_at: datetime | None = None
    refunded: int = 0
    metadata: Mapping[str, str] | None = None

    @property
    def paid(self) -> bool:
        return self.status == PAID


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver one notification; `http_status` is 0 when no answer came."""

    uuid: str
    detailed_status: str
    attempt: int
    http_status: int
    at: datetime
    forged: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification before it is signed: `text` is kr-answer, to be sent to `url` exactly so."""

    uuid: str
    detailed_status: str
    url: str
    text: str
