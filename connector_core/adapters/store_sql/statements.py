"""Writes many rows of one table with one statement, in the dialect of each database."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Column, Connection, String, Table, Text, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def put(connection: Connection, table: Table, rows: Sequence[Row], key: str = "id") -> None:
    """Inserts, or replaces the row with the same key; of several with one key the last is kept."""
    last = list({row[key]: row for row in rows}.values())
    _write(connection, _upsert(connection.dialect.name, table, key), last)


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts, in this order; a row that is there already, by any unique key, stays as it is."""
    _write(connection, _insert(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def add_one(connection: Connection, table: Table, row: Row) -> None:
    """Like `add`, also for columns of bytes."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(insert(table).values(row).on_conflict_do_nothing())


def add_new(connection: Connection, table: Table, rows: Sequence[Row], key: str = "id") -> set[str]:
    """Like `add`; returns the keys of the rows that were not there before."""
    statement = _insert(connection.dialect.name, table).on_conflict_do_nothing().returning(table.c[key])
    return set(_write(connection, statement, rows).scalars())


def chunks(items: Iterable[Any], size: int = 400) -> Iterable[list[Any]]:
    """Databases bound the number of parameters."""
    known = list(items)
    return (known[start : start + size] for start in range(0, len(known), size))


def _write(connection: Connection, statement: Any, rows: Sequence[Row]) -> Any:
    """PostgreSQL gets all rows as one JSON document: half the work that a statement for each row is."""
    if connection.dialect.name == "sqlite":
        return connection.execute(statement, rows)
    return connection.execute(statement, {"rows": orjson.dumps(rows).decode()})


@cache
def _upsert(dialect: str, table: Table, key: str) -> Any:
    statement = _insert(dialect, table)
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=changed)


@cache
def _insert(dialect: str, table: Table) -> Any:
    if dialect == "sqlite":
        return sqlite.insert(table)
    filled = [column for column in table.columns if column is not table.autoincrement_column]
    records = func.json_to_recordset(cast(bindparam("rows", type_=Text), postgresql.JSON))
    source = records.table_valued(*(_unbounded(column) for column in filled)).render_derived(with_types=True)
    return postgresql.insert(table).from_select([column.name for column in filled], select(*source.columns))


def _unbounded(column: Column[Any]) -> Column[Any]:
    """VARCHAR(n) would cut silently here what the table itself refuses."""
    return Column(column.name, Text() if isinstance(column.type, String) else column.type)
