"""Fills a SQLite database of ours with copies of one order that a daemon has really made."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TABLES = (
    "orders", "payment_requests", "revisions", "paylinks", "messages", "steps", "events", "seen", "listing",
    "listing_words",
)  # fmt: skip
_LISTED = (
    "UPDATE cursors SET value = json_set(value, '$.low', (SELECT max(seq) FROM events), '$.touched', ?)"
    " WHERE name = 'listing'"
)
"""The copies are in the list already."""
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_CHUNK = 50_000
_MONTH = 30 * 86_400 * 1_000_000


def multiply(database: Path, number: int, order_ref: str) -> None:
    """Copies the order with that reference until there are `number` more: every row, every id a new one.

    A copy's number is its place; of its ids the last twelve digits are, so they sort as ids do that were made one after
    the other.
    """
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TEMP TABLE places (place INTEGER PRIMARY KEY)")
        for first in range(0, number, _CHUNK):
            last = min(number, first + _CHUNK)
            connection.execute("BEGIN")
            connection.execute("DELETE FROM places")
            connection.executemany("INSERT INTO places VALUES (?)", ((place,) for place in range(first, last)))
            for table in _TABLES:
                for statement, values in _copies(connection, table, order_ref):
                    connection.execute(statement, values)
            connection.execute("COMMIT")
        connection.execute(_LISTED, [number])
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _copies(connection: sqlite3.Connection, table: str, order_ref: str) -> Iterator[tuple[str, list[Any]]]:
    """One INSERT for each row of the pattern: all its copies."""
    cursor = connection.execute(f"SELECT * FROM {table} LIMIT 0")
    columns = [name for name, *_ in cursor.description if name != "seq"]
    for row in _pattern(connection, table, columns, order_ref):
        parts, values = [], []
        for name, value in zip(columns, row, strict=True):
            expression, inner = _copied(name, value, order_ref)
            parts.append(expression)
            values += inner
        names = ", ".join(columns)
        yield f"INSERT INTO {table} ({names}) SELECT {', '.join(parts)} FROM places", values


def _pattern(connection: sqlite3.Connection, table: str, columns: list[str], order_ref: str) -> list[tuple[Any, ...]]:
    names = ", ".join(columns)
    order_id = "(SELECT id FROM orders WHERE order_ref = ?)"
    condition = {
        "orders": "order_ref = ?",
        "revisions": f"request_id = (SELECT id FROM payment_requests WHERE order_id = {order_id})",
        "seen": "key LIKE '%-' || ?",
    }.get(table, f"order_id = {order_id}")
    found = connection.execute(f"SELECT {names} FROM {table} WHERE {condition}", [order_ref])
    return found.fetchall()


def _copied(column: str, value: Any, order_ref: str) -> tuple[str, list[Any]]:
    """The SQL expression of a copy's value, with its parameters."""
    if column == "published":
        return "1", []
    if column in ("created_at", "at"):
        return "? + 1000 * place", [value]
    if column == "due_at":  # in a month: nothing of a copy comes due while something is measured
        return "? + 1000 * place", [value + _MONTH]
    if not isinstance(value, str):
        return "?", [value]
    if column in ("order_ref", "number"):
        return "'c' || place", []
    if column in ("psp_order", "psp_link", "provider_id"):
        return "? || '.' || place", [value]
    if column == "key":
        return "? || place", [value.removesuffix(order_ref) + "c"]
    expression, values = "?", [value]
    for found in dict.fromkeys(_ID.findall(value)):
        expression = f"replace({expression}, ?, ? || printf('%012x', place))"
        values += [found, found[:24]]
    return expression, values
