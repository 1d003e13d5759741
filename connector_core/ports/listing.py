"""The list of payment requests as people see, search and count it.

It is derived from the orders and follows them within a second; no decision is ever made on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from connector_core.domain.ids import ConnectionId, OrderId, ShopId
from connector_core.domain.money import Money


@dataclass(frozen=True, slots=True)
class Row:
    """One order at a glance; empty texts where there is nothing yet.

    `attention` is the cause of the oldest parked step, or the flag of a payment that does not fit (such as
    ``surplus``); `channel` and `delivery` are those of the last message that asks for payment. The moments are the
    first of their kind.
    """

    order_id: OrderId
    shop: ShopId
    connection: ConnectionId
    number: str
    name: str
    phone: str
    amount: Money | None
    captured: int
    refunded: int
    state: str
    money: str
    delivery: str
    write_back: str
    attention: str
    channel: str
    method: str
    created_at: datetime
    changed_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; every condition that is set must hold. `shops` is never optional: it is what the person may
    see. `text` finds a whole or the beginning of an order number or reference, the end of a telephone number (4 digits
    or more), an amount (``14.70`` or ``14,70``), or the beginning of a word of the buyer's name.
    """

    shops: Sequence[ShopId]
    text: str = ""
    state: str = ""
    money: str = ""
    delivery: str = ""
    connection: str = ""
    attention: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of rows ended."""

    created_at: datetime
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the requests that were made in a span of time. Sums are in minor units, by currency. `by_day` counts made and
    paid requests per day (UTC); `seconds_to_pay` is the median from sending to paying, None when nothing was paid.
    """

    asked: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    paid: int = 0
    asked_sum: Mapping[str, int] = field(default_factory=dict)
    paid_sum: Mapping[str, int] = field(default_factory=dict)
    refunded_sum: Mapping[str, int] = field(default_factory=dict)
    by_day: Sequence[tuple[date, int, int]] = ()
    by_shop: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    by_channel: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    by_method: Mapping[str, int] = field(default_factory=dict)
    seconds_to_pay: float | None = None


class Listing(Protocol):
    """All methods raise `StoreUnavailable`."""

    async def rows(self, filters: Filters, *, after: Place | None = None, limit: int = 50) -> Sequence[Row]:
        """Newest first. With a million orders kept a page takes as long as with a thousand."""
        ...

    async def row(self, order_id: OrderId) -> Row | None: ...

    async def touched(self, mark: int, shops: Sequence[ShopId], limit: int = 200) -> tuple[int, Sequence[Row]]:
        """(next mark, rows that were entered or changed after `mark`, oldest change first). Mark 0: none, begin now."""
        ...

    async def attention(self, shops: Sequence[ShopId]) -> int:
        """How many rows need somebody's attention."""
        ...

    async def figures(self, shops: Sequence[ShopId], since: date, until: date) -> Figures:
        """Both days belong to the span."""
        ...

    async def follow(self) -> int:
        """Enters what has happened since it was last called; returns how many rows were entered or changed. One daemon
        at a time does it.
        """
        ...
