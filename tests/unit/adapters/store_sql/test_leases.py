"""The orders that one process has in hand."""

import pytest

from connector_core.adapters.store_sql.leases import Hands, NaturalKey
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef
from connector_core.ports.store import OrderBusy

ONE, TWO = OrderId("one"), OrderId("two")
KEY: NaturalKey = (ConnectionId("woo"), OrderRef("7"))


def test_an_order_is_taken_once() -> None:
    hands = Hands()
    hands.take(ONE, 3)
    with pytest.raises(OrderBusy) as busy:
        hands.take(ONE, 4)
    assert busy.value.order_id == ONE
    assert hands.fence(ONE) == 3
    hands.drop(ONE)
    hands.take(ONE, 4)
    assert hands.fence(ONE) == 4


def test_a_new_order_keeps_its_natural_key_until_it_is_dropped() -> None:
    hands = Hands()
    hands.take(ONE, 0, KEY)
    assert hands.busy_key(KEY) == ONE
    hands.refence(ONE, 1)
    assert hands.busy_key(KEY) == ONE
    hands.drop(ONE)
    assert hands.busy_key(KEY) is None
    hands.take(TWO, 0, KEY)
    hands.drop(ONE)
    assert hands.busy_key(KEY) == TWO


def test_only_orders_with_a_row_count_as_written() -> None:
    hands = Hands()
    hands.take(ONE, 0, KEY)
    hands.take(TWO, 5)
    assert hands.written == [TWO]
    hands.refence(ONE, 1)
    assert sorted(hands.written) == [ONE, TWO]
