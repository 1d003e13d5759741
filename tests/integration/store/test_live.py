"""Open pages are told of every change."""

import asyncio
from collections.abc import Sequence

from connector_core.adapters.store_sql import SqlListing, SqlStore
from connector_core.adapters.web.office.live import Live
from connector_core.domain.ids import ShopId
from connector_core.ports.listing import Row
from connector_core.ports.store import Batch
from tests.integration.store.orders import event
from tests.integration.store.test_listing import A, stored


async def test_two_pages_that_open_at_once_are_both_told(store: SqlStore) -> None:
    class Slow(SqlListing):
        """Its second caller is answered late, and with a mark that is newer than what the first one has seen."""

        asked = 0
        changed = asyncio.Event()

        async def touched(self, mark: int, shops: Sequence[ShopId], limit: int = 200) -> tuple[int, Sequence[Row]]:
            self.asked += 1
            if self.asked == 2:
                await self.changed.wait()
            return await super().touched(mark, shops, limit)

    order_id, listing = await stored(store, "1"), Slow(store)
    await listing.follow()
    live = Live(listing, [A])
    second = live.listener([A])
    opening = asyncio.ensure_future(second.__aenter__())
    async with live.listener([A]) as first:
        await store.commit(Batch(events=[event(order_id)]))
        await listing.follow()
        listing.changed.set()
        await opening
        following = asyncio.create_task(live.run())
        async with asyncio.timeout(5):
            assert await first.get() == [order_id]
        following.cancel()
    await second.__aexit__(None, None, None)
