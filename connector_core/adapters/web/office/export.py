"""The list as a table for spreadsheets."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector_core.domain.errors import InvalidInput
from connector_core.domain.money import Money
from connector_core.ports.listing import Filters, Listing, Place, Row

COLUMNS = (
    "order", "shop", "connection", "state", "money", "amount", "currency", "received", "given_back", "name", "phone",
    "message", "channel", "booked", "needs_attention", "method", "made", "sent", "delivered", "read", "paid",
)  # fmt: skip
_PIECE = 500
MOST_ROWS = 1_048_575
"""A sheet of Excel has no more, its head aside."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


Cell = str | Decimal | datetime | None


async def as_csv(listing: Listing, filters: Filters) -> AsyncIterator[str]:
    """Every row that fits, newest first, in pieces; UTF-8 with a mark at its beginning, by which Excel knows it."""
    yield "\ufeff" + _lines([COLUMNS])
    async for rows in _pieces(listing, filters):
        yield _lines([_cells(row) for row in rows])


async def as_xlsx(listing: Listing, filters: Filters, file: Path) -> None:
    """The same as a workbook, with numbers and moments (UTC) as such. Raises `InvalidInput` for more than fits."""
    import xlsxwriter  # a daemon that never makes a workbook does not carry it

    book = xlsxwriter.Workbook(file, {"constant_memory": True, "remove_timezone": True})
    sheet, moment, head = book.add_worksheet("PayLink"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), 0
    sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(COLUMNS) - 1, 16)
    try:
        async for rows in _pieces(listing, filters):
            if head + len(rows) > MOST_ROWS:
                raise InvalidInput(
                    "That is more than a sheet of Excel takes.", status=422, cure="Set filters, or take the CSV file."
                )
            await asyncio.to_thread(_fill, sheet, moment, head + 1, rows)
            head += len(rows)
    finally:
        await asyncio.to_thread(book.close)


async def _pieces(listing: Listing, filters: Filters) -> AsyncIterator[Sequence[Row]]:
    place: Place | None = None
    while rows := await listing.rows(filters, after=place, limit=_PIECE):
        yield rows
        place = Place(rows[-1].created_at, rows[-1].order_id)


def _fill(sheet: Any, moment: Any, first: int, rows: Sequence[Row]) -> None:
    """Texts are written as texts, whatever they begin with: none becomes a formula or an address."""
    for number, row in enumerate(rows, first):
        for column, cell in enumerate(_cells(row)):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, column, cell, moment)
            elif isinstance(cell, Decimal):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell)


def _lines(rows: Sequence[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text, dialect="excel", delimiter=";").writerows([[_plain(cell) for cell in row] for row in rows])
    return text.getvalue()


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return str(cell) if isinstance(cell, Decimal) else harmless(cell or "")


def harmless(cell: str) -> str:
    """No cell is a formula, whatever a buyer has called herself: spreadsheets run what begins like one."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _cells(row: Row) -> list[Cell]:
    amount = row.amount
    sums: list[Cell] = (
        [_sum(row, amount.minor), amount.currency, _sum(row, row.captured), _sum(row, row.refunded)] if amount else []
    )
    moments = (row.created_at, row.sent_at, row.delivered_at, row.read_at, row.paid_at)
    return [
        row.number, row.shop, row.connection, row.state, row.money, *(sums or [None] * 4), row.name, row.phone,
        row.delivery, row.channel, row.write_back, row.attention, row.method,
        *moments,
    ]  # fmt: skip


def _sum(row: Row, minor: int) -> Decimal | None:
    return Money(minor, row.amount.currency).decimal() if row.amount else None
