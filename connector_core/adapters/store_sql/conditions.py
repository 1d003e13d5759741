"""What people ask of the list, as conditions of queries."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, String, Table, bindparam, tuple_

from connector_core.adapters.store_sql.office_schema import ATTENTION, listing
from connector_core.adapters.store_sql.rows import micros
from connector_core.ports.listing import Filters, Place

_EQUAL = ("state", "money", "delivery", "connection")


def asked(filters: Filters, after: Place | None) -> dict[str, Any]:
    """The conditions that are set, but for shops and text: values by name."""
    found: dict[str, Any] = {name: value for name in _EQUAL if (value := getattr(filters, name))}
    if filters.attention:
        found["attention"] = True
    if filters.since:
        found["since"] = _midnight(filters.since)
    if filters.until:
        found["before"] = _midnight(filters.until + timedelta(days=1))
    if after:
        found |= {"after_at": micros(after.created_at), "after_id": after.order_id}
    return found


def of_rows(names: Iterable[str]) -> Iterator[Any]:
    """Those that a row of the list alone can meet."""
    for name in names:
        if name in _EQUAL:
            yield listing.c[name] == bindparam(name)
        if name == "attention":
            yield ATTENTION


def of_places(names: Iterable[str], table: Table) -> Iterator[Any]:
    """Those of when a request was made: `table` is the list, or its words."""
    at = table.c.created_at
    for name in names:
        if name == "since":
            yield at >= bindparam("since")
        if name == "before":
            yield at < bindparam("before")
        if name == "after_at":
            place = tuple_(bindparam("after_at", type_=BigInteger), bindparam("after_id", type_=String))
            yield tuple_(at, table.c.order_id) < place


def _midnight(day: date) -> int:
    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
