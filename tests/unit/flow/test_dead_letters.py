"""Which dead letters are about a buyer who is erased."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from connector_core.domain.cloudevent import encode_order_event
from connector_core.domain.errors import RetryLater
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.flow.dead_letters import forget_letters
from connector_core.ports.broker import BrokerUnavailable, DeadLetterView
from tests.integration.store.orders import request
from tests.unit.flow.ledger import order


class Letters:
    def __init__(self, *bodies: bytes, away: bool = False) -> None:
        self.bodies = list(bodies)
        self._away = away

    async def look(self, limit: int) -> Sequence[DeadLetterView]:
        return []

    async def give_back(self, limit: int) -> int:
        return 0

    async def remove(self, which: Callable[[DeadLetterView], bool]) -> int:
        if self._away:
            raise BrokerUnavailable("away")
        self.bodies = [body for body in self.bodies if not which(DeadLetterView("m", "k", body))]
        return 0


def event(connection: str, order_ref: str) -> bytes:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return encode_order_event(
        OrderEvent("e", "/erp", ConnectionId(connection), OrderRef(order_ref), OrderChange.CHANGED, at)
    )


async def test_her_order_and_her_address_in_what_nobody_can_read() -> None:
    state = order(request=request(order().order.id))
    mine = event(state.order.connection, state.order.order_ref)
    others = event(state.order.connection, "other"), event("elsewhere", state.order.order_ref), b"\xff no event"
    letters = Letters(mine, b'{"to": "ANN@example.org"}', *others)
    (forget,) = forget_letters(letters)
    await forget(state)
    assert letters.bodies == list(others)


async def test_a_broker_that_is_away_is_waited_for() -> None:
    (forget,) = forget_letters(Letters(away=True))
    with pytest.raises(RetryLater):
        await forget(order())


def test_where_none_are_kept_there_is_nothing_to_do() -> None:
    assert forget_letters(None) == []
