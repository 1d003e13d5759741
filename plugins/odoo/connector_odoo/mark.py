"""The mark by which a payment in Odoo is known as ours: it stands in the memo, in front of everybody."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector_core.sdk import OrderRef, PaymentUpdate, Record, WriteBackFact
from connector_odoo.amount import decimal_of, key, named

_MARK = re.compile(r"((?:sale\.order|account\.move):\d+) \[paylink ([\w-]+)( settled)?\]")
_DEAD = frozenset({"cancel", "canceled", "rejected"})
PREFIX = "[paylink "


@dataclass(frozen=True, slots=True)
class Marked:
    """One mark. `settled` says that the document's payment request was paid in full by it, and is over."""

    order_ref: OrderRef
    update_id: str
    settled: bool


@dataclass(frozen=True, slots=True)
class OdooPayment:
    """An ``account.payment`` that is not cancelled. `reconciled` are the invoices it paid."""

    id: int
    name: str
    draft: bool
    inbound: bool
    amount: Decimal
    currency: str
    partner: int
    date: str
    memo: str
    reconciled: Sequence[int]
    is_reconciled: bool

    @property
    def marks(self) -> Sequence[Marked]:
        return [Marked(OrderRef(ref), update, bool(settled)) for ref, update, settled in _MARK.findall(self.memo)]

    @property
    def waits(self) -> bool:
        """An advance: money of the buyer that no invoice has taken yet."""
        return not self.reconciled and not self.is_reconciled and not self.draft


def memo_of(update: PaymentUpdate) -> str:
    """PSP reference, document and our id. What settles the request says so: its invoices may then ask for more."""
    settled = update.fact is WriteBackFact.CAPTURED and update.captured.minor >= update.asked.minor
    return f"PayLink {update.psp_ref} {update.order_ref} {PREFIX}{update.id}{' settled' if settled else ''}]"


def note_mark(update: PaymentUpdate) -> str:
    return f"{PREFIX}{update.id}]"


def payments_of(rows: Sequence[Record], memo: str) -> Sequence[OdooPayment]:
    """Those that live, oldest first; `memo` is the field that holds the mark in this version."""
    alive = [row for row in rows if row.get("state") not in _DEAD]
    return [_payment(row, str(row.get(memo) or "")) for row in sorted(alive, key=lambda row: int(row["id"]))]


def _payment(row: Record, memo: str) -> OdooPayment:
    currency = named(row["currency_id"])
    reconciled: Any = row.get("reconciled_invoice_ids") or []
    return OdooPayment(
        id=int(row["id"]),
        name=str(row.get("name") or row["id"]),
        draft=row.get("state") == "draft",
        inbound=row.get("payment_type") == "inbound",
        amount=decimal_of(row.get("amount"), currency),
        currency=currency,
        partner=key(row.get("partner_id")),
        date=str(row.get("date") or ""),
        memo=memo,
        reconciled=list(reconciled),
        is_reconciled=bool(row.get("is_reconciled")),
    )
