"""Writes many rows of one table with one statement, in the dialect of each database."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Column, Connection, CursorResult, Dialect, String, Table, Text, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

from connector_core.adapters.store_sql.database import driver_errors, driver_of

Row = Mapping[str, Any]


def put(connection: Connection, table: Table, rows: Sequence[Row], key: str = "id") -> None:
    """Inserts, or replaces the row with the same key; of several with one key the last is kept."""
    last = list({row[key]: row for row in rows}.values())
    _write(connection, _upsert(connection.dialect.name, table, key), last)


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts, in this order; a row that is there already, by any unique key, stays as it is."""
    _write(connection, _insert_new(connection.dialect.name, table), rows)


def sum_up(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts, or adds the other columns to those of the row with the same primary key; of one key there is one row."""
    _write(connection, _sum_up(connection.dialect.name, table), rows)


def add_one(connection: Connection, table: Table, row: Row) -> bool:
    """Like `add`, also for columns of bytes; False when the row was there already."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).first() is not None


def add_new(connection: Connection, table: Table, rows: Sequence[Row], key: str = "id") -> set[str]:
    """Like `add`; returns the keys of the rows that were not there before."""
    statement = _insert_returning(connection.dialect.name, table, key)
    if connection.dialect.name == "sqlite":
        text, values = _sqlite(connection, statement, rows)
        with driver_errors():
            execute_one = driver_of(connection).execute
            return {found for one in values for (found,) in execute_one(text, one)}
    return set(execute(connection, statement, **_as_document(rows)).scalars())


def execute(connection: Connection, statement: Any, **values: Any) -> CursorResult[Any]:
    """Runs a statement that is always the same object: compiled once, with nothing of SQLAlchemy between it and the
    driver. A small transaction is mostly that.
    """
    text, names = _compiled(statement, connection.dialect, ())
    return connection.exec_driver_sql(text, tuple(values[name] for name in names) if names else values)


def among(column: Any, dialect: str) -> Any:
    """The condition that a column is one of `ids`, as one parameter: `id_list` makes it."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam("ids", type_=Text)).table_valued("value").c.value))
    return column == func.any(bindparam("ids", type_=postgresql.ARRAY(Text)))


def id_list(connection: Connection, ids: Iterable[str]) -> Any:
    found = list(ids)
    return orjson.dumps(found).decode() if connection.dialect.name == "sqlite" else found


def chunks(items: Iterable[Any], size: int = 400) -> Iterable[list[Any]]:
    """Databases bound the number of parameters."""
    known = list(items)
    return (known[start : start + size] for start in range(0, len(known), size))


def _write(connection: Connection, statement: Any, rows: Sequence[Row]) -> None:
    if connection.dialect.name == "sqlite":
        text, values = _sqlite(connection, statement, rows)
        with driver_errors():
            driver_of(connection).executemany(text, values)
    else:
        execute(connection, statement, **_as_document(rows))


def _sqlite(connection: Connection, statement: Any, rows: Sequence[Row]) -> tuple[str, list[tuple[Any, ...]]]:
    """The text, and the parameters of each row: a statement is compiled once."""
    text, names = _compiled(statement, connection.dialect, tuple(rows[0]))
    return text, [tuple(row[name] for name in names) for row in rows]


def _as_document(rows: Sequence[Row]) -> Row:
    """PostgreSQL gets all rows as one JSON document: half the work that a statement for each row is."""
    return {"rows": orjson.dumps(rows).decode()}


@cache
def _compiled(statement: Any, dialect: Dialect, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The SQL text, and the names of its parameters in their order; none where the driver takes them by name."""
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    return str(compiled), tuple(compiled.positiontup or ())


@cache
def _insert_new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _insert_returning(dialect: str, table: Table, key: str) -> Any:
    return _insert_new(dialect, table).returning(table.c[key])


@cache
def _upsert(dialect: str, table: Table, key: str) -> Any:
    statement = _insert(dialect, table)
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=changed)


@cache
def _sum_up(dialect: str, table: Table) -> Any:
    statement = _insert(dialect, table)
    sums = {column.name: column + statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)


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
