"""A new version beside the old one, and on a year of its orders (faults.md 23 and 74)."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text

import connector_core.adapters.store_sql.migrate as migrations
from connector_core.adapters.store_sql import SqlStore, reading, schema, store
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.adapters.store_sql.statements import among
from connector_core.domain.ids import OrderId
from connector_core.domain.state import Value
from connector_core.ports.store import Batch, StoreUnavailable
from tests.integration.store.orders import SHOP, SOURCE, event, link, message, parked, ref, request, step

_SCRIPTS = Path(migrations.__file__).with_name("migrations")
_YEAR = 365


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def upgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def columns(engine: Engine) -> dict[tuple[str, str], dict[str, Any]]:
    found = inspect(engine)
    return {
        (table, column["name"]): dict(column)
        for table in found.get_table_names()
        for column in found.get_columns(table)
    }


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    opened = open_engine(store_url)
    yield opened
    opened.dispose()


@contextlib.contextmanager
def of_the_first_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A daemon that opens its store in here knows the first schema and no other."""
    with monkeypatch.context() as patch:
        patch.setattr(store, "migrate", lambda engine: upgrade(engine, revisions()[0]))
        yield


async def one_order(at: SqlStore) -> OrderId:
    """An order with a row in each of the larger tables, as its event and the work on it leave them."""
    state = await at.take(SOURCE, ref(), SHOP)
    order_id = state.order.id
    values: list[Value] = [state.order, request(order_id), link(order_id), message(order_id)]
    steps = [step(order_id), parked(order_id)]
    await at.commit(Batch(values=values, steps=steps, events=[event(order_id)], lease=state, release=True))
    return order_id


async def until(stop: asyncio.Event, at: SqlStore) -> list[OrderId]:
    """Orders one after the other; like the flow, it tries again when the database cannot do it now."""
    stored = []
    while not stop.is_set():
        with contextlib.suppress(StoreUnavailable):
            stored.append(await one_order(at))
    return stored


@pytest.mark.fault(74)
def test_each_revision_leaves_what_the_version_before_it_reads_and_writes(engine: Engine) -> None:
    upgrade(engine, revisions()[0])
    for revision in revisions()[1:]:
        before = columns(engine)
        upgrade(engine, revision)
        after = columns(engine)
        assert set(before) <= set(after), f"{revision} takes away what the version before it uses"
        tables = {table for table, _ in before}
        for name in (one for one in set(after) - set(before) if one[0] in tables):
            column = after[name]
            assert column["nullable"] or column["default"] is not None, f"{revision}: {name} stops older inserts"
    assert revisions()[-1] == schema.NEWEST


@pytest.mark.fault(74)
async def test_old_and_new_version_work_side_by_side(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new daemon migrates while the old one is at work; both go on, and no order of either is lost."""
    old, new, stop = SqlStore(postgres_url, owner="old"), SqlStore(postgres_url, owner="new"), asyncio.Event()
    with of_the_first_version(monkeypatch):
        await old.open()
    work = [asyncio.create_task(until(stop, old)) for _ in range(8)]
    await asyncio.sleep(0.5)
    await new.open()
    work += [asyncio.create_task(until(stop, new)) for _ in range(8)]
    await asyncio.sleep(1)
    stop.set()
    stored = [order_id for orders in await asyncio.gather(*work) for order_id in orders]
    taken = [await old.take_due(10), await new.take_due(10)]
    assert all(taken), "either takes what is due"
    assert not {s.order.id for s in taken[0]} & {s.order.id for s in taken[1]}
    await asyncio.gather(old.close(), new.close())
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        found = set(connection.execute(text("SELECT id FROM orders")).scalars())
    engine.dispose()
    assert found == set(stored)
    assert len(found) == len(stored)


@pytest.mark.fault(23)
async def test_a_year_of_orders_comes_through_an_update(
    store_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = SqlStore(store_url)
    with of_the_first_version(monkeypatch):
        await old.open()
    stored = await asyncio.gather(*(one_order(old) for _ in range(_YEAR)))
    with monkeypatch.context() as patch:
        patch.setattr(
            reading, "_orders", lambda dialect: select(schema.orders).where(among(schema.orders.c.id, dialect))
        )
        before = [await old.order(order_id) for order_id in stored[::30]]
    await old.close()
    multiply(engine, 100)
    migrate(engine)
    new = SqlStore(store_url)
    await new.open()
    assert [await new.order(order_id) for order_id in stored[::30]] == before
    assert len(await new.orders(limit=20)) == 20
    assert sum((await new.backlog()).parked.values()) == _YEAR * 101
    assert len(await new.take_due(100)) == 100
    await new.close()


def multiply(engine: Engine, by: int) -> None:
    """So many copies of every order with its steps, as rows: a hundred orders a day for each of the year's."""
    tables = {"orders": ("id", "order_ref"), "steps": ("id", "order_id")}
    found = columns(engine)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table, changed in tables.items():
            names = [name for (of, name) in found if of == table and name != "seq"]
            parts = [f"(1000 + n) || substr(t.{name}, 5)" if name in changed else f"t.{name}" for name in names]
            numbers = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {by})"
            connection.execute(
                text(f"INSERT INTO {table} ({', '.join(names)}) {numbers} SELECT {', '.join(parts)} FROM {table} t, c")
            )
