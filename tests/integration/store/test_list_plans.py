"""SQLite answers what is asked of the list from indexes: with a million orders nothing else is quick enough."""

from collections.abc import AsyncIterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Select, event

from connector_core.adapters.store_sql import SqlStore, listing, search

_CONDITIONS = ("state", "money", "delivery", "connection")
_AFTER = ("after_at", "after_id")
_VALUES: dict[str, Any] = dict.fromkeys((*_CONDITIONS, "shop", "after_id"), "x") | {
    "low_0_0": "a", "high_0_0": "b", "low_0_1": "c", "high_0_1": "d",
    "shops": ["a", "b"], "weeks": [1, 2], "limit": 50, "size": 50, "after_at": 1, "since": 1,
}  # fmt: skip


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = SqlStore(f"sqlite:///{tmp_path}/paylink.db")
    await opened.open()
    yield opened
    await opened.close()


def plan(connection: Connection, query: Select[Any]) -> str:
    ran: list[Any] = []
    event.listen(connection, "before_cursor_execute", lambda *call: ran.append(call[2:4]))
    connection.execute(query, _VALUES)
    statement, parameters = ran[-1]
    return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))


@pytest.mark.parametrize("asked", [pair for size in range(3) for pair in combinations(_CONDITIONS, size)])
@pytest.mark.parametrize("place", [(), _AFTER, ("since",)])
async def test_a_page_with_two_conditions_is_read_along_one_index(
    store: SqlStore, asked: tuple[str, ...], place: tuple[str, ...]
) -> None:
    found = await store.read(lambda c: plan(c, listing._page((*asked, *place))))
    assert found.startswith("SEARCH listing USING COVERING INDEX ix_listing_")
    assert "SCAN" not in found
    assert "TEMP B-TREE" not in found


@pytest.mark.parametrize("place", [(), _AFTER, ("since",)])
async def test_what_needs_attention_has_an_index_of_its_own(store: SqlStore, place: tuple[str, ...]) -> None:
    found = await store.read(lambda c: plan(c, listing._page(("attention", *place))))
    assert found.startswith("SEARCH listing USING INDEX ix_listing_attention (shop=?")
    assert "TEMP B-TREE" not in found


@pytest.mark.parametrize("asked", [(), *((name,) for name in (*_CONDITIONS, "attention"))])
@pytest.mark.parametrize("words", [1, 2])
async def test_words_are_looked_for_week_by_week_and_each_find_by_its_place(
    store: SqlStore, words: int, asked: tuple[str, ...]
) -> None:
    found = await store.read(lambda c: plan(c, search._query(words, asked)))
    assert found.count("listing_words USING PRIMARY KEY (shop=? AND week=? AND word>? AND word<?)") == words
    assert "SCAN listing" not in found
    if asked:
        assert f"ix_listing_{asked[0]} (shop=?" in found
        assert "created_at=? AND order_id=?" in found
