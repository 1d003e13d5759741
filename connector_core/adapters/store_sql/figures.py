"""What came of the requests of a span of time, counted by the database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Subquery, case, func, select

from connector_core.adapters.store_sql.office_schema import listing
from connector_core.adapters.store_sql.rows import micros
from connector_core.domain.ids import ShopId
from connector_core.ports.listing import Figures

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)


def figures(connection: Connection, shops: Sequence[ShopId], since: date, until: date) -> Figures:
    """Days are UTC. Orders that asked for nothing are not counted."""
    made = _made(shops, since, until)
    reached = (made.c[name] > 0 for name in ("sent_at", "delivered_at", "read_at"))
    count: list[Any] = [func.count(), *(func.count(case((condition, 1))) for condition in (*reached, _paid(made)))]
    asked, sent, delivered, read, paid = tuple(connection.execute(select(*count)).one())
    return Figures(
        asked=asked,
        sent=sent,
        delivered=delivered,
        read=read,
        paid=paid,
        asked_sum=_sums(connection, made, made.c.minor),
        paid_sum=_sums(connection, made, made.c.captured),
        refunded_sum=_sums(connection, made, made.c.refunded),
        by_day=[(_EPOCH + timedelta(days=day), *pair) for day, pair in _pairs(connection, made, _day(made)).items()],
        by_shop=_pairs(connection, made, made.c.shop),
        by_channel=_pairs(connection, made, made.c.channel),
        by_method={name: paid for name, (_, paid) in _pairs(connection, made, made.c.method).items() if paid},
        seconds_to_pay=_median(connection, made),
    )


def _made(shops: Sequence[ShopId], since: date, until: date) -> Subquery:
    """The requests of these shops and days."""
    first, last = (_midnight(day) for day in (since, until + timedelta(days=1)))
    return (
        select(listing)
        .where(listing.c.shop.in_(shops), listing.c.created_at >= first, listing.c.created_at < last)
        .where(listing.c.currency != "")
        .subquery()
    )


def _paid(made: Subquery) -> Any:
    return made.c.money.in_(("paid", "overpaid"))


def _day(made: Subquery) -> Any:
    return made.c.created_at // _DAY


def _sums(connection: Connection, made: Subquery, column: Any) -> dict[str, int]:
    query = select(made.c.currency, func.sum(column)).group_by(made.c.currency).order_by(made.c.currency)
    return {currency: int(total) for currency, total in connection.execute(query) if total}


def _pairs(connection: Connection, made: Subquery, by: Any) -> dict[Any, tuple[int, int]]:
    """(made, paid) by this column."""
    column = by.label("by")
    query = select(column, func.count(), func.count(case((_paid(made), 1)))).group_by(column).order_by(column)
    return {key: (int(count), int(paid)) for key, count, paid in connection.execute(query)}


def _median(connection: Connection, made: Subquery) -> float | None:
    """Seconds from the first message to the first payment."""
    waits = (made.c.paid_at - made.c.sent_at).label("wait")
    both = select(waits).where(made.c.paid_at > 0, made.c.sent_at > 0).order_by(waits)
    count = int(connection.execute(select(func.count()).select_from(both.subquery())).scalar_one())
    if not count:
        return None
    middle = connection.execute(both.offset((count - 1) // 2).limit(2 - count % 2)).scalars().all()
    return max(0.0, float(sum(middle)) / len(middle) / 1_000_000)


def _midnight(day: date) -> int:
    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
