"""The loop that empties the outbox ends when it is told to."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest

from connector_core.flow.outbox import Outbox
from connector_core.ports.broker import Broker
from connector_core.ports.store import Store


class OtherDaemonsStore:
    """Another daemon has the outbox."""

    async def hold(self, _name: str, _lease: timedelta) -> bool:
        return False


@pytest.mark.parametrize("turns", range(5))
async def test_a_stop_that_comes_with_news_is_not_lost(turns: int) -> None:
    """`turns` of the event loop lie between the two."""
    outbox = Outbox(cast(Store, OtherDaemonsStore()), cast(Broker, None), "/paylink")
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0.01)
    outbox.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=0.3)
    for _ in range(3):
        running.cancel()  # the test itself must end
        await asyncio.sleep(0)
    assert done == {running}
