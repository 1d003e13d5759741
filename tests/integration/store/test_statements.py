"""Many rows with one statement: what is there already is replaced, kept or added to."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, String, Table, select

from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.statements import Row, add, add_new, add_one, put, sum_up

TALLY = Table(
    "tally",
    MetaData(),
    Column("shop", String(9), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("orders", Integer, nullable=False),
    Column("minor", Integer, nullable=False),
)
NAMED = Table(
    "named",
    MetaData(),
    Column("id", String(9), primary_key=True),
    Column("word", String(9)),
    Column("raw", LargeBinary),
)


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    opened = open_engine(store_url)
    for table in (TALLY, NAMED):
        table.metadata.create_all(opened)
    yield opened
    opened.dispose()


def tally(shop: str, day: int, orders: int, minor: int) -> Row:
    return {"shop": shop, "day": day, "orders": orders, "minor": minor}


def rows(engine: Engine, table: Table) -> set[tuple[object, ...]]:
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(select(table))}


def test_sums_grow_by_what_is_added_to_the_same_key(engine: Engine) -> None:
    with engine.begin() as connection:
        sum_up(connection, TALLY, [tally("tea", 1, 2, 500), tally("tea", 2, 1, 70), tally("hat", 1, 1, 9)])
        sum_up(connection, TALLY, [tally("tea", 1, 1, 30), tally("hat", 2, 4, 1)])
        sum_up(connection, TALLY, [tally("tea", 2, -1, -70)])
    assert rows(engine, TALLY) == {
        ("tea", 1, 3, 530), ("tea", 2, 0, 0), ("hat", 1, 1, 9), ("hat", 2, 4, 1),
    }  # fmt: skip


def test_the_last_of_a_key_replaces_and_the_first_stays(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, NAMED, [{"id": "a", "word": "1"}, {"id": "b", "word": "2"}, {"id": "a", "word": "3"}])
        add(connection, NAMED, [{"id": "a", "word": "4"}, {"id": "c", "word": "5"}])
        assert add_new(connection, NAMED, [{"id": "c", "word": "6"}, {"id": "d", "word": "7"}]) == {"d"}
        put(connection, NAMED, [{"id": "b", "word": "8"}])
    assert {(name, word) for name, word, _ in rows(engine, NAMED)} == {("a", "3"), ("b", "8"), ("c", "5"), ("d", "7")}


def test_one_row_with_bytes_is_added_once(engine: Engine) -> None:
    with engine.begin() as connection:
        added = [add_one(connection, NAMED, {"id": "a", "word": "w", "raw": raw}) for raw in (b"\x00\xff", b"other")]
    assert added == [True, False]
    assert rows(engine, NAMED) == {("a", "w", b"\x00\xff")}
