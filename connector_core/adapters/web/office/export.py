"""The list as a table for spreadsheets."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from connector_core.domain.money import Money
from connector_core.ports.listing import Filters, Listing, Place, Row

COLUMNS = (
    "order", "shop", "connection", "state", "money", "amount", "currency", "received", "given_back", "name", "phone",
    "message", "channel", "booked", "needs_attention", "method", "made", "sent", "delivered", "read", "paid",
)  # fmt: skip
_PIECE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def as_csv(listing: Listing, filters: Filters) -> AsyncIterator[str]:
    """Every row that fits, newest first, in pieces; UTF-8 with a mark at its beginning, by which Excel knows it."""
    yield "\ufeff" + _lines([COLUMNS])
    place: Place | None = None
    while rows := await listing.rows(filters, after=place, limit=_PIECE):
        yield _lines([_cells(row) for row in rows])
        place = Place(rows[-1].created_at, rows[-1].order_id)


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, dialect="excel", delimiter=";").writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def harmless(cell: str) -> str:
    """No cell is a formula, whatever a buyer has called herself: spreadsheets run what begins like one."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _cells(row: Row) -> list[str]:
    amount = row.amount
    sums = (
        [_sum(row, amount.minor), amount.currency, _sum(row, row.captured), _sum(row, row.refunded)] if amount else []
    )
    moments = (row.created_at, row.sent_at, row.delivered_at, row.read_at, row.paid_at)
    return [
        row.number, row.shop, row.connection, row.state, row.money, *(sums or [""] * 4), row.name, row.phone,
        row.delivery, row.channel, row.write_back, row.attention, row.method,
        *(f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "" for moment in moments),
    ]  # fmt: skip


def _sum(row: Row, minor: int) -> str:
    return str(Money(minor, row.amount.currency).decimal()) if row.amount else ""
