"""Orders by the hundred: one query brings the order, its account and the people on it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from simple_salesforce.format import format_soql

from connector_core.sdk import OrderRef, Record
from connector_salesforce.org import ROWS_AT_ONCE, Org
from connector_salesforce.schema import MULTICURRENCY, Schema
from connector_salesforce.settings import SalesforceSettings

_REF = re.compile(r"801[0-9A-Za-z]{15}", re.ASCII)
PAID = ("Paid", "PartiallyRefunded", "Refunded", "ChargedBack")
"""Values of PayLink_Status__c of an order that was paid once in full: nobody is asked for it again, not even by a
connector that was set up anew.
"""
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def parse_ref(ref: OrderRef) -> str | None:
    """The 18 characters of an order's id, whose last three are a check of the others; None for anything else."""
    return ref if _REF.fullmatch(ref) and ref[15:] == _check(ref[:15]) else None


def moment(value: object) -> datetime:
    """``2026-11-23T09:01:43.000+0000``; the beginning of time where it is unreadable."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """As Salesforce takes it, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Orders:
    """What a mapping reads: the order, its account and contacts, its `currency`, whether it `is_asked` for, and if not,
    whether because it `is_paid` or `is_early`: activated before the day of the settings.
    """

    def __init__(self, org: Org, schema: Schema, settings: SalesforceSettings) -> None:
        self._org = org
        self._schema = schema
        self._settings = settings

    def read(self, refs: Sequence[OrderRef]) -> Mapping[OrderRef, Record]:
        """An order that was deleted is left out."""
        wanted = [found for ref in dict.fromkeys(refs) if (found := parse_ref(ref))]
        rows = [
            row for first in range(0, len(wanted), ROWS_AT_ONCE) for row in self._rows(wanted[first:][:ROWS_AT_ONCE])
        ]
        return {OrderRef(row["Id"]): self._record(row) for row in rows}

    def _rows(self, ids: Sequence[str]) -> Sequence[Record]:
        columns = ", ".join(self._schema.columns.order)
        return self._org.query(format_soql("SELECT {:literal} FROM Order WHERE Id IN {}", columns, list(ids)))

    def _record(self, row: Record) -> Record:
        is_active, day = row["StatusCode"] == "Activated", self._settings.activated_since
        is_early = is_active and day is not None and moment(row["ActivatedDate"]).date() < day
        is_paid = row["PayLink_Status__c"] in PAID
        return {
            **_plain(row),
            "currency": row.get(MULTICURRENCY) or self._settings.currency,
            "is_asked": is_active and not is_early and not is_paid,
            "is_early": is_early,
            "is_paid": is_paid,
        }


def _plain(value: Any) -> Any:
    """JSON values: amounts as the text of their digits, and without what the API says of a row itself."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if name != "attributes"}
    return str(value) if isinstance(value, Decimal) else value


def _check(short: str) -> str:
    """Which letters of each five are capitals (reference/salesforce.md 2.2: 15 characters are case-sensitive)."""
    parts = (short[first : first + 5] for first in (0, 5, 10))
    return "".join(_SUFFIX[sum(letter.isupper() << place for place, letter in enumerate(part))] for part in parts)
