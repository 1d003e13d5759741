"""Times as whole microseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.adapters.store_sql.rows import KINDS, found_step, micros, moment, value_row
from connector_core.adapters.store_sql.schema import metadata
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef, ShopId, StepId
from connector_core.domain.order import Order
from connector_core.domain.step import Step, StepKind, StepState

NOW = datetime(2026, 3, 1, 12, 0, 0, 123_457, tzinfo=UTC)


@given(st.integers(-(10**15), 10**16))
def test_no_microsecond_is_lost(value: int) -> None:
    assert micros(moment(value)) == value


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    assert micros(NOW.astimezone(timezone(timedelta(hours=8)))) == micros(NOW)


@pytest.mark.parametrize("state", StepState)
def test_only_a_started_step_is_found_otherwise(state: StepState) -> None:
    step = Step(StepId("s"), OrderId("o"), StepKind.SEND_MESSAGE, NOW, NOW, {"link": "l"}, state)
    found = found_step(value_row(step)[1]["data"])
    assert found.state is (StepState.UNKNOWN if state is StepState.STARTED else state)
    assert found.payload == step.payload


def test_an_order_has_its_own_way_in() -> None:
    order = Order(OrderId("o"), ConnectionId("woo"), OrderRef("7"), ShopId("s"), "7", NOW)
    with pytest.raises(TypeError):
        value_row(order)


def test_every_table_of_an_order_is_read() -> None:
    read = {table.name for table, _ in KINDS.values()}
    of_orders = {name for name, table in metadata.tables.items() if {"order_id", "data"} <= set(table.columns.keys())}
    assert read == of_orders - {"events"}
