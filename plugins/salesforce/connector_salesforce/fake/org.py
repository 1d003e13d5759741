"""The rows of one org: numbering, time stamps, and what Salesforce derives by itself."""

import copy
from collections.abc import Callable, Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_salesforce.fake.ids import IdSeries, normal_id
from connector_salesforce.fake.schema import IDS, Kind, Schema, SObject

Row = dict[str, Any]
_FIRST_ORDER = 100


class Org:
    """Writes without asking for rights or rules: that is the API's part. Touched by the server's loop only.

    Money is stored as `Decimal`, time as aware `datetime` in whole seconds, ids in 18 characters.
    """

    def __init__(self, schema: Schema, *, currency: str) -> None:
        self.schema = schema
        self.currency = currency
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in schema.objects}
        self.clock_offset = timedelta()
        self.changed: Callable[[str], None] = lambda _object: None
        self.user = ""
        self._ids = IdSeries()
        self._by_prefix = {sobject.prefix: sobject for sobject in schema.objects.values()}
        self._numbers = {name: _FIRST_ORDER if name == "Order" else 1 for name in schema.objects}
        self._external: dict[tuple[str, str, str], str] = {}

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.clock_offset).replace(microsecond=0)

    def take_id(self, prefix: str) -> str:
        return self._ids.take(prefix)

    def find(self, record_id: str) -> tuple[SObject, Row] | None:
        """The row of an id of 15 or 18 characters, deleted ones included."""
        known = normal_id(record_id) or ""
        sobject = self._by_prefix.get(known[:3])
        row = self.tables[sobject.name].get(known) if sobject else None
        return (sobject, row) if sobject and row is not None else None

    def live(self, record_id: str | None) -> Row | None:
        found = self.find(record_id) if record_id else None
        return None if found is None or found[1].get("IsDeleted") else found[1]

    def by_external_id(self, sobject: SObject, field: str, value: str) -> Row | None:
        """Case does not matter, and deleted rows are not seen."""
        row = self.live(self._external.get((sobject.name, field, value.casefold())))
        return row if row is not None and (row[field] or "").casefold() == value.casefold() else None

    def insert(self, name: str, values: Mapping[str, Any]) -> Row:
        sobject, now = self.schema.objects[name], self.now()
        row: Row = {field.name: False if field.kind is Kind.BOOLEAN else None for field in sobject.fields}
        system = {
            "Id": self._ids.take(sobject.prefix),
            "CreatedDate": now,
            "CreatedById": self.user,
            "CurrencyIsoCode": self.currency,
            **self._number(sobject),
        }
        row.update({field: value for field, value in system.items() if field in row})
        self.tables[name][row["Id"]] = row
        self._store(sobject, row, values)
        return row

    def update(self, row: Row, values: Mapping[str, Any]) -> None:
        self._store(self._by_prefix[row["Id"][:3]], row, values)

    def delete(self, row: Row) -> None:
        """Into the recycle bin. Lookups to the row are cleared, as Salesforce does it unless told otherwise."""
        gone = row["Id"]
        row |= {"IsDeleted": True, "SystemModstamp": self.now()}
        for sobject in self.schema.objects.values():
            lookups = [field.name for field in sobject.fields if field.refers_to and not field.required]
            for other in self.tables[sobject.name].values():
                other.update({name: None for name in lookups if other[name] == gone})
        self.changed(self._by_prefix[gone[:3]].name)

    def snapshot(self) -> tuple[Any, Any]:
        return copy.deepcopy(self.tables), dict(self._external)

    def restore(self, snapshot: tuple[Any, Any]) -> None:
        self.tables, self._external = snapshot

    def _store(self, sobject: SObject, row: Row, values: Mapping[str, Any]) -> None:
        typed = {sobject.by_name[name.lower()]: value for name, value in values.items()}
        for field, value in typed.items():
            row[field.name] = normal_id(value) if field.kind in IDS and value else value
            if field.external_id and value:
                self._external[sobject.name, field.name, value.casefold()] = row["Id"]
        now = self.now()
        stamps = {"SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": self.user}
        row.update({name: value for name, value in stamps.items() if name in row})
        _derive(sobject.name, row, {field.name for field in typed}, now)
        self.changed(sobject.name)

    def _number(self, sobject: SObject) -> dict[str, str]:
        field, pattern = sobject.number
        if not field:
            return {}
        number = self._numbers[sobject.name]
        self._numbers[sobject.name] += 1
        return {field: pattern.format(number)}


def _derive(name: str, row: Row, written: Set[str], now: datetime) -> None:
    if name == "Contact":
        row["Name"] = " ".join(filter(None, (row["FirstName"], row["LastName"])))
    if name != "Order":
        return
    if "StatusCode" in written and "Status" not in written:
        row["Status"] = row["StatusCode"]
    elif "Status" in written and "StatusCode" not in written:
        row["StatusCode"] = "Draft" if row["Status"] == "Draft" else "Activated"
    if row["StatusCode"] != "Activated":
        row["ActivatedDate"] = None
    elif row["ActivatedDate"] is None:
        row["ActivatedDate"] = now
