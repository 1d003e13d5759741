"""What figures are made of, kept by day while rows of the list change: to add up a year takes its days alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from connector_core.adapters.store_sql.office_schema import listing_days, listing_waits
from connector_core.adapters.store_sql.statements import chunks, sum_up

Values = Mapping[str, Any]
DAY = 86_400_000_000
REACHED = ("sent", "delivered", "read")
AMOUNTS = ("minor", "captured", "refunded")
_GROUP = ("shop", "day", "currency", "channel", "method", "paid")
_SUMS = ("asked", *REACHED, *AMOUNTS)
_WAIT = ("shop", "day", "seconds")
_PAID = ("paid", "overpaid")


def count(connection: Connection, changes: Iterable[tuple[Values | None, Values]]) -> None:
    """Each row of the list as it was, if it was there, and as it is now. In the transaction that writes the rows."""
    days: dict[tuple[Any, ...], list[int]] = {}
    waits = Counter[tuple[Any, ...]]()
    for before, now in changes:
        for row, sign in ((before, -1), (now, 1)):
            if row and row["currency"]:  # others asked for nothing
                _add(days.setdefault(_group(row), [0] * len(_SUMS)), row, sign)
                if row["paid_at"] and row["sent_at"]:
                    waits[row["shop"], row["created_at"] // DAY, waited(row["paid_at"] - row["sent_at"])] += sign
    changed = [dict(zip((*_GROUP, *_SUMS), (*group, *sums), strict=True)) for group, sums in days.items() if any(sums)]
    for some in chunks(changed):
        sum_up(connection, listing_days, some)
    for some in chunks(dict(zip((*_WAIT, "paid"), (*wait, paid), strict=True)) for wait, paid in waits.items() if paid):
        sum_up(connection, listing_waits, some)


def waited(micros: int) -> int:
    """Seconds, to what people are shown of them: minutes, and ten of them from two hours on. So a day has few."""
    seconds = max(0, micros // 1_000_000)
    step = 1 if seconds < 60 else 60 if seconds < 7200 else 600
    return (seconds + step // 2) // step * step


def _group(row: Values) -> tuple[Any, ...]:
    day, paid = row["created_at"] // DAY, int(row["money"] in _PAID)
    return row["shop"], day, row["currency"], row["channel"], row["method"], paid


def _add(sums: list[int], row: Values, sign: int) -> None:
    reached = (row["sent_at"] > 0, row["delivered_at"] > 0, row["read_at"] > 0)
    for place, value in enumerate((1, *reached, row["minor"], row["captured"], row["refunded"])):
        sums[place] += sign * value
