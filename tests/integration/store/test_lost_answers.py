"""The first commit of an order whose answer was lost: the second try knows its own row from another daemon's."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from connector_core.adapters.store_sql import leases
from connector_core.adapters.store_sql.bulk import Leased, Outcome, apply
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.domain.ids import OrderId, uuid7
from connector_core.domain.order import Order
from connector_core.domain.state import OrderState
from connector_core.ports.store import Batch, LeaseLost
from tests.integration.store.orders import NOW, SHOP, SOURCE, ref

ORDER = Order(OrderId(uuid7()), SOURCE, ref(), SHOP, "", NOW)


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    opened = open_engine(store_url)
    migrate(opened)
    yield opened
    opened.dispose()


def first_commit(engine: Engine, order: Order = ORDER) -> Outcome:
    with engine.begin() as connection:
        (outcome,) = apply(connection, [Leased(Batch(values=[order], lease=OrderState(order)), 0, "a", 1)])
    return outcome


@pytest.mark.fault(12, 15)
def test_an_order_that_was_written_before_the_answer_was_lost_is_ours(engine: Engine) -> None:
    assert first_commit(engine) is True
    assert first_commit(engine) is True


@pytest.mark.fault(15)
def test_an_order_that_another_daemon_has_leased_since_is_not_ours(engine: Engine) -> None:
    first_commit(engine)
    with engine.begin() as connection:
        assert leases.lease(connection, ORDER.id, "b", now=2, until=3) == 2
    assert isinstance(first_commit(engine), LeaseLost)


@pytest.mark.fault(15)
def test_an_order_that_another_daemon_made_first_is_not_ours(engine: Engine) -> None:
    first_commit(engine, replace(ORDER, id=OrderId(uuid7())))
    assert isinstance(first_commit(engine), LeaseLost)
