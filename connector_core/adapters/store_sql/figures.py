"""What came of the requests of a span of time: added up from the sums of its days."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Table, case, func, select

from connector_core.adapters.store_sql.office_schema import listing_days, listing_waits
from connector_core.adapters.store_sql.sums import AMOUNTS, REACHED
from connector_core.domain.ids import ShopId
from connector_core.ports.listing import Figures

Span = tuple[Sequence[ShopId], int, int]
"""Shops, and the first and the last day since 1970."""
_EPOCH = date(1970, 1, 1)
_ASKED = func.sum(listing_days.c.asked).label("asked")
_PAID = func.sum(case((listing_days.c.paid == 1, listing_days.c.asked), else_=0)).label("paid")


def figures(connection: Connection, shops: Sequence[ShopId], since: date, until: date) -> Figures:
    """Days are UTC. Orders that asked for nothing are not counted."""
    span = shops, (since - _EPOCH).days, (until - _EPOCH).days
    counts, sums = _totals(connection, span)
    pairs = {name: _pairs(connection, span, name) for name in ("day", "shop", "channel", "method")}
    return Figures(
        **counts,
        asked_sum=sums["minor"],
        paid_sum=sums["captured"],
        refunded_sum=sums["refunded"],
        by_day=[(_EPOCH + timedelta(days=day), *pair) for day, pair in pairs["day"].items()],
        by_shop=pairs["shop"],
        by_channel=pairs["channel"],
        by_method={name: paid for name, (_, paid) in pairs["method"].items() if paid},
        seconds_to_pay=_median(connection, span),
    )


def _totals(connection: Connection, span: Span) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """How many, and sums of amounts by currency."""
    columns = [func.sum(listing_days.c[name]).label(name) for name in (*REACHED, *AMOUNTS)]
    currency = listing_days.c.currency
    query = select(currency, _ASKED, _PAID, *columns).where(*_in(listing_days, span)).group_by(currency)
    rows = connection.execute(query.order_by(currency)).mappings().all()
    counts = {name: sum(int(row[name]) for row in rows) for name in ("asked", *REACHED, "paid")}
    return counts, {name: {row["currency"]: int(row[name]) for row in rows if row[name]} for name in AMOUNTS}


def _pairs(connection: Connection, span: Span, name: str) -> dict[Any, tuple[int, int]]:
    """(made, paid) by name."""
    group = listing_days.c[name].label("name")
    query = select(group, _ASKED, _PAID).where(*_in(listing_days, span), listing_days.c.asked > 0).group_by(group)
    return {row.name: (int(row.asked), int(row.paid)) for row in connection.execute(query.order_by(group))}


def _median(connection: Connection, span: Span) -> float | None:
    """Seconds from the first message to the first payment."""
    seconds, paid = listing_waits.c.seconds, func.sum(listing_waits.c.paid)
    query = select(seconds, paid).where(*_in(listing_waits, span)).group_by(seconds).order_by(seconds)
    rows = [(int(wait), int(many)) for wait, many in connection.execute(query)]
    count = sum(many for _, many in rows)
    return (_at(rows, (count - 1) // 2) + _at(rows, count // 2)) / 2 if count else None


def _at(rows: Sequence[tuple[int, int]], place: int) -> int:
    """The wait at this place, of all in their order."""
    for wait, many in rows:
        place -= many
        if place < 0:
            return wait
    raise IndexError


def _in(table: Table, span: Span) -> tuple[Any, Any]:
    shops, first, last = span
    return table.c.shop.in_(shops), table.c.day.between(first, last)
