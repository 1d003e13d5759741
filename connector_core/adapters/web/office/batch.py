"""A table of requests, as spreadsheets write it: each row is a wish, and the same row again is the same request."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector_core.domain.errors import InvalidInput

MOST_ROWS = 2000
_NAMES: Mapping[str, Sequence[str]] = {
    "phone": ("phone", "mobile", "telefon", "telefonnummer", "handy", "mobil"),
    "amount": ("amount", "total", "betrag", "summe"),
    "currency": ("currency", "währung", "waehrung"),
    "reference": ("reference", "order", "invoice", "referenz", "bestellung", "bestellnummer", "rechnung",
                  "rechnungsnummer", "nummer"),
    "region": ("region", "country", "land"),
    "name": ("name", "buyer", "käufer", "kunde"),
    "email": ("email", "e-mail", "mail"),
    "description": ("description", "text", "beschreibung", "zweck"),
    "language": ("language", "sprache"),
    "until": ("until", "payable until", "zahlbar bis", "bis"),
}  # fmt: skip
"""Heads of columns, in any case, by field of the form."""
COLUMNS = tuple(_NAMES)
_BY_NAME = {name: field for field, names in _NAMES.items() for name in names}


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `number` as the spreadsheet counts it, `once` the same for the same row of the same shop."""

    number: int
    fields: Mapping[str, str]
    once: str


def read_table(text: str, shop: str) -> Sequence[Line]:
    """Semicolons, commas or tabs between the cells; the first row names the columns. Raises `InvalidInput`."""
    lines = text.removeprefix("\ufeff").strip("\r\n")
    head = lines.partition("\n")[0]
    comma = max(";,\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(lines, newline=None), delimiter=comma))
    except csv.Error:
        raise _refused("table", "The table cannot be read: a cell has more text than a cell can have.") from None
    if len(rows) < 2:
        raise _refused("table", "The table has no row under its head.")
    if len(rows) - 1 > MOST_ROWS:
        raise _refused("table", "The table has more than 2,000 rows: send it in parts.")
    fields = _columns(rows[0])
    twins: Counter[str] = Counter()
    found = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        values = {field: _cell(cell) for field, cell in zip(fields, row, strict=False) if field}
        mark = repr(sorted((field, value) for field, value in values.items() if value))
        twins[mark] += 1
        found.append(Line(number, values, _once(shop, mark, twins[mark])))
    return found


def _columns(head: Sequence[str]) -> Sequence[str]:
    fields = [_BY_NAME.get(cell.strip().lower(), "") for cell in head]
    missing = [field for field in ("phone", "amount") if field not in fields]
    if missing:
        raise _refused("table", "The first row must name the columns, phone and amount among them.")
    if any(count > 1 for field, count in Counter(fields).items() if field):
        raise _refused("table", "Two columns have the same meaning: leave one out.")
    return fields


def _cell(text: str) -> str:
    """Spreadsheets put an apostrophe before what would be a formula, such as a number with its country."""
    return text.strip().removeprefix("'").strip()


def _once(shop: str, mark: str, twin: int) -> str:
    return f"table:{hashlib.sha256(f'{shop}:{mark}:{twin}'.encode()).hexdigest()}"


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field=field, status=422, cure="Correct it; nothing was sent.")
