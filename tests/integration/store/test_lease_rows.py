"""Leases as they are written: to the microsecond, with a new number each time, waiting for nobody (faults.md 15)."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Connection, Engine, select, text

from connector_core.adapters.store_sql import leases, schema
from connector_core.adapters.store_sql.bulk import Leased
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.adapters.store_sql.rows import micros
from connector_core.domain.order import Order
from connector_core.ports.store import Batch
from tests.integration.store.orders import NOW, step
from tests.integration.store.test_bulk import commit, lease_of, written

DUE = micros(NOW)
FREE = 100
"""When the leases of `written` orders end."""


def _migrated(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    yield from _migrated(store_url)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    yield from _migrated(postgres_url)


def due(engine: Engine, until: int = FREE) -> Order:
    """An order in the hands of `a` with a step that is due at `DUE`."""
    order = written(engine, until)
    commit(engine, Leased(Batch(steps=[step(order.id)]), None, "a", 0))
    return order


def lease(engine: Engine, order: Order, owner: str, now: int) -> int | None:
    with engine.begin() as connection:
        return leases.lease(connection, order.id, owner, now, now + 50)


def lease_due(connection: Connection, now: int, skip: Sequence[str] = ()) -> dict[str, int]:
    return {str(name): fence for name, fence in leases.lease_due(connection, 10, "b", now, now + 50, skip).items()}


@pytest.mark.fault(15)
def test_a_lease_is_another_daemons_from_the_microsecond_of_its_end(engine: Engine) -> None:
    order = written(engine)
    assert lease(engine, order, "b", FREE - 1) is None
    assert lease_of(engine, order) == (1, "a", FREE)
    assert lease(engine, order, "b", FREE) == 2
    assert lease_of(engine, order) == (2, "b", FREE + 50)


def test_its_holder_leases_an_order_again_under_a_new_number(engine: Engine) -> None:
    order = written(engine)
    assert [lease(engine, order, "a", now) for now in (1, 2)] == [2, 3]
    assert lease_of(engine, order) == (3, "a", 52)


@pytest.mark.fault(15, 16)
def test_each_lease_of_what_is_due_has_the_next_number(engine: Engine) -> None:
    """Else a daemon whose lease has run out would still write under it."""
    order, other = due(engine), written(engine)
    for number in (2, 3):
        with engine.begin() as connection:
            assert lease_due(connection, DUE + 100 * number) == {order.id: number}
    assert lease_of(engine, order) == (3, "b", DUE + 350)
    assert lease_of(engine, other) == (1, "a", FREE)


def test_what_is_due_is_found_at_its_microsecond(engine: Engine) -> None:
    order = due(engine)
    with engine.begin() as connection:
        assert not leases.anything_due(connection, DUE - 1)
        assert leases.anything_due(connection, DUE)
        assert lease_due(connection, DUE - 1) == {}
        assert lease_due(connection, DUE) == {order.id: 2}


@pytest.mark.fault(15)
def test_what_is_due_is_left_to_its_holder_to_the_microsecond(engine: Engine) -> None:
    order = due(engine, until=DUE + 7)
    with engine.begin() as connection:
        assert lease_due(connection, DUE + 6) == {}
        assert lease_due(connection, DUE + 7, skip=[order.id]) == {}
        assert lease_due(connection, DUE + 7) == {order.id: 2}


def test_only_the_holders_leases_are_prolonged_and_given_back(engine: Engine) -> None:
    mine, theirs = written(engine), written(engine)
    assert lease(engine, theirs, "b", FREE) == 2
    with engine.begin() as connection:
        leases.prolong(connection, [mine.id, theirs.id], "a", 400)
    assert [lease_of(engine, order) for order in (mine, theirs)] == [(1, "a", 400), (2, "b", FREE + 50)]
    with engine.begin() as connection:
        leases.give_back_all(connection, "a")
    assert [lease_of(engine, order) for order in (mine, theirs)] == [(1, "", 0), (2, "b", FREE + 50)]


@pytest.mark.fault(15)
def test_nobody_waits_for_an_order_that_another_daemon_is_looking_at(postgres: Engine) -> None:
    """It would hold up every other order of its transaction."""
    looked_at, free = due(postgres), due(postgres)
    with postgres.connect() as other, postgres.begin() as connection:
        orders = schema.orders.c
        other.execute(select(orders.id).where(orders.id == looked_at.id).with_for_update())
        connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert leases.lease(connection, looked_at.id, "b", FREE, 200) is None
        leases.prolong(connection, [looked_at.id, free.id], "a", 300)
        assert lease_due(connection, DUE) == {free.id: 2}
        other.rollback()
    assert lease_of(postgres, looked_at) == (1, "a", FREE)
