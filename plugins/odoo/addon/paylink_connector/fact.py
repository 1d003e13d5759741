"""One fact of the connector, read from what it sends."""

from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

DOCUMENTS = ("sale.order", "account.move")
FACTS = ("linked", "captured", "refunded", "charged_back", "expired")
MARK = "[paylink "
"""The connector knows its own payments by this mark in their memo."""


@dataclass(frozen=True)
class Fact:
    """`amount` is this fact's own, `captured` what came in altogether of what was `asked`; `at` is UTC and naive."""

    id: str
    model: str
    res_id: int
    fact: str
    amount: Decimal
    currency: str
    asked: Decimal
    captured: Decimal
    psp_ref: str
    at: datetime
    method: str
    url: str
    flag: str
    language: str
    memo: str
    note: Any
    journal: str

    @property
    def settles(self):
        return self.fact == "captured" and self.captured >= self.asked


def read_fact(vals):
    """`ValueError` names what is missing or wrong."""
    model, kind = vals.get("model"), vals.get("fact")
    if model not in DOCUMENTS:
        raise ValueError(f"model {model!r}")
    if kind not in FACTS:
        raise ValueError(f"fact {kind!r}")
    update_id, psp_ref, res_id = str(vals.get("id") or ""), str(vals.get("psp_ref") or ""), int(vals.get("res_id") or 0)
    amount, asked, captured = (_decimal(vals, name) for name in ("amount", "asked", "captured"))
    settled = kind == "captured" and captured >= asked
    mark = f"{MARK}{update_id}{' settled' if settled else ''}]"
    return Fact(
        id=update_id,
        model=model,
        res_id=res_id,
        fact=kind,
        amount=amount,
        currency=str(vals.get("currency") or ""),
        asked=asked,
        captured=captured,
        psp_ref=psp_ref,
        at=_moment(vals.get("at")),
        method=str(vals.get("method") or ""),
        url=str(vals.get("url") or ""),
        flag=str(vals.get("flag") or ""),
        language=str(vals.get("language") or "en"),
        memo=str(vals.get("memo") or f"PayLink {psp_ref} {model}:{res_id} {mark}"),
        note=vals.get("note"),
        journal=str(vals.get("journal") or ""),
    )


def _decimal(vals, name):
    try:
        return Decimal(str(vals.get(name) or "0"))
    except InvalidOperation:
        raise ValueError(f"{name} {vals.get(name)!r}") from None


def _moment(text):
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else datetime.now(timezone.utc)
    return (moment.astimezone(timezone.utc) if moment.tzinfo else moment).replace(tzinfo=None, microsecond=0)
