"""What came of the requests of a span of time: grouped by the database, added up here."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from connector_core.adapters.store_sql.office_schema import listing
from connector_core.adapters.store_sql.rows import micros
from connector_core.domain.ids import ShopId
from connector_core.ports.listing import Figures

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)
_REACHED = ("sent", "delivered", "read")
_SUMS = ("minor", "captured", "refunded")


def figures(connection: Connection, shops: Sequence[ShopId], since: date, until: date) -> Figures:
    """Days are UTC. Orders that asked for nothing are not counted."""
    made = _made(shops, since, until)
    total, sums = Counter[str](), {name: Counter[str]() for name in _SUMS}
    pairs: dict[str, defaultdict[Any, list[int]]] = {
        name: defaultdict(lambda: [0, 0]) for name in ("day", "shop", "channel", "method")
    }
    for row in connection.execute(_groups(made)):
        paid = row.asked if row.is_paid else 0
        total.update(asked=row.asked, paid=paid, **{name: getattr(row, name) for name in _REACHED})
        for name in _SUMS:
            sums[name][row.currency] += int(getattr(row, name))
        for name, found in pairs.items():
            found[getattr(row, name)][0] += row.asked
            found[getattr(row, name)][1] += paid
    return Figures(
        **{name: total[name] for name in ("asked", *_REACHED, "paid")},
        asked_sum=_filled(sums["minor"]),
        paid_sum=_filled(sums["captured"]),
        refunded_sum=_filled(sums["refunded"]),
        by_day=[(_EPOCH + timedelta(days=day), made, paid) for day, (made, paid) in sorted(pairs["day"].items())],
        by_shop=_pairs(pairs["shop"]),
        by_channel=_pairs(pairs["channel"]),
        by_method={name: paid for name, (_, paid) in sorted(pairs["method"].items()) if paid},
        seconds_to_pay=_median(connection, made),
    )


def _made(shops: Sequence[ShopId], since: date, until: date) -> Sequence[Any]:
    """The conditions of requests of these shops and days."""
    first, last = (_midnight(day) for day in (since, until + timedelta(days=1)))
    at = listing.c.created_at
    return listing.c.shop.in_(shops), at >= first, at < last, listing.c.currency != ""


def _groups(made: Sequence[Any]) -> Select[Any]:
    """Some rows for each day: shops, channels, methods and currencies are few."""
    day = (listing.c.created_at // _DAY).label("day")
    paid = case((listing.c.money.in_(("paid", "overpaid")), 1), else_=0).label("is_paid")
    groups = (day, listing.c.shop, listing.c.channel, listing.c.method, listing.c.currency, paid)
    reached = [func.count(case((listing.c[f"{name}_at"] > 0, 1))).label(name) for name in _REACHED]
    sums = [func.sum(listing.c[name]).label(name) for name in _SUMS]
    return select(*groups, func.count().label("asked"), *reached, *sums).where(*made).group_by(*groups)


def _filled(sums: Counter[str]) -> dict[str, int]:
    return {currency: total for currency, total in sorted(sums.items()) if total}


def _pairs(found: defaultdict[Any, list[int]]) -> dict[Any, tuple[int, int]]:
    """(made, paid) by name."""
    return {name: (made, paid) for name, (made, paid) in sorted(found.items())}


def _median(connection: Connection, made: Sequence[Any]) -> float | None:
    """Seconds from the first message to the first payment."""
    waits = (listing.c.paid_at - listing.c.sent_at).label("wait")
    both = (*made, listing.c.paid_at > 0, listing.c.sent_at > 0)
    count = int(connection.execute(select(func.count()).where(*both)).scalar_one())
    if not count:
        return None
    query = select(waits).where(*both).order_by(waits)
    middle = connection.execute(query.offset((count - 1) // 2).limit(2 - count % 2)).scalars().all()
    return max(0.0, float(sum(middle)) / len(middle) / 1_000_000)


def _midnight(day: date) -> int:
    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
