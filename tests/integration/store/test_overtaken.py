"""A lease that another daemon took over before its order was read (faults.md 15, 16 and 22)."""

from datetime import timedelta
from typing import Any

import pytest

from connector_core.ports.store import Batch, LeaseLost
from tests.integration.store.orders import step, with_steps
from tests.integration.store.test_two_daemons import daemons


@pytest.mark.fault(15, 16, 22)
async def test_a_lease_that_was_lost_before_the_order_was_read_stores_nothing(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow daemon's clock is behind, so that its lease has run out for the other one before it begins."""
    async with daemons(postgres_url, lease=timedelta(seconds=0)) as (slow, quick):
        order_id = await with_steps(slow, timedelta())
        read = slow.read

        async def overtaken(query: Any) -> Any:
            if slow._hands.busy(order_id):
                await quick.take_order(order_id)
            return await read(query)

        monkeypatch.setattr(slow, "read", overtaken)
        stale = await slow.take_due(10)
        assert [state.order.id for state in stale] == [order_id]
        with pytest.raises(LeaseLost):
            await slow.commit(Batch(steps=[step(order_id)], lease=stale[0]))
