"""Two daemons that want the same rows in opposite order follow each other and never wait in a circle (faults.md 15)."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, text

from connector_core.adapters.store_sql.bulk import Leased, Outcome, apply
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.domain.ids import OrderId, OrderRef, uuid7
from connector_core.domain.order import Order
from connector_core.domain.state import OrderState
from connector_core.ports.store import Batch
from tests.integration.store.orders import NOW, SHOP, SOURCE

MANY = 21
MIDDLE = MANY // 2
Group = Sequence[Leased]
BY_INDEX = ("SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off")
BY_HEAP = ("SET LOCAL enable_indexscan = off", "SET LOCAL enable_bitmapscan = off")
"""Two plans for one query, of which the server may take either: they come upon rows in different order."""


def _keys(_engine: Engine) -> tuple[Group, Group]:
    keys = [Leased(Batch(seen=[f"key-{number:02}"]), None, "a", 0) for number in range(MANY)]
    return keys, keys[::-1]


def _new_orders(_engine: Engine) -> tuple[Group, Group]:
    """Each daemon has ids of its own for the same natural keys."""
    first, second = ([_leased(_order(number), 0) for number in range(MANY)] for _ in "ab")
    return first, second[::-1]


def _known_orders(engine: Engine) -> tuple[Group, Group]:
    """They lie in the table in the opposite order of their ids; the second daemon's leases are stale."""
    orders = [_order(number) for number in reversed(range(MANY))]
    _apply(engine, [_leased(order, 0) for order in orders])
    return [_leased(order, 1) for order in orders], [_leased(order, 2) for order in orders]


def _order(number: int) -> Order:
    return Order(OrderId(uuid7()), SOURCE, OrderRef(f"{number:02}"), SHOP, "", NOW)


def _leased(order: Order, fence: int) -> Leased:
    return Leased(Batch(values=[order], lease=OrderState(order)), fence, "a", 1)


@pytest.mark.parametrize("rows", [_keys, _new_orders, _known_orders], ids=["keys", "new orders", "known orders"])
def test_daemons_never_wait_for_each_other_in_a_circle(
    postgres_url: str, rows: Callable[[Engine], tuple[Group, Group]]
) -> None:
    """A third one holds the row in the middle until both wait, so that each has what the other wants next, if the rows
    were touched in the order in which they came.
    """
    with _engine(postgres_url) as engine, ThreadPoolExecutor(2) as threads:
        migrate(engine)
        first, second = rows(engine)
        with engine.connect() as third:
            apply(third, [first[MIDDLE]])
            jobs = [threads.submit(_apply, engine, *args) for args in ((first, BY_INDEX), (second, BY_HEAP))]
            _until_both_wait(third)
            third.rollback()
            outcomes = [outcome for job in jobs for outcome in job.result(20)]
    assert outcomes.count(True) == MANY


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _apply(engine: Engine, group: Group, settings: Sequence[str] = ()) -> list[Outcome]:
    with engine.begin() as connection:
        for setting in settings:
            connection.execute(text(setting))
        return apply(connection, group)


def _until_both_wait(connection: Connection) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = time.monotonic() + 4
    while connection.execute(waiting).scalar_one() < 2:
        assert time.monotonic() < deadline, "nobody waits: the rows are no longer wanted by both"
        time.sleep(0.01)
