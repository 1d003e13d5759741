"""The loop that empties the outbox: it publishes by the page, and ends when it is told to."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.ids import OrderId
from connector_core.flow import outbox as module
from connector_core.flow.outbox import Outbox
from connector_core.ports.broker import Broker, Outgoing
from connector_core.ports.store import Batch, Store
from tests.integration.store.orders import event


class OtherDaemonsStore:
    """Another daemon has the outbox."""

    async def hold(self, _name: str, _lease: timedelta) -> bool:
        return False


class Confirming:
    """A broker that takes everything; `pages` are the ids of each call."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []

    async def publish_all(self, messages: Sequence[Outgoing]) -> Sequence[None]:
        self.pages.append([message.message_id for message in messages])
        return [None] * len(messages)


async def test_what_happens_close_together_is_published_together(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GATHER", 0.2)
    monkeypatch.setattr(module, "_APART", 1.0)
    broker = Confirming()
    outbox = Outbox(store, cast(Broker, broker), "/paylink")
    running = asyncio.create_task(outbox.run())
    happened = [event(OrderId("an-order")) for _ in range(6)]
    for one in happened:
        await store.commit(Batch(events=[one]))
        outbox.wake()
        await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        while sum(len(page) for page in broker.pages) < 6:
            await asyncio.sleep(0.02)
    running.cancel()
    assert [id_ for page in broker.pages for id_ in page] == [one.id for one in happened]
    assert len(broker.pages) <= 2


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
