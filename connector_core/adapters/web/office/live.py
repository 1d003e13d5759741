"""What has changed, told to every open page within a second."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from connector_core.domain.ids import OrderId, ShopId
from connector_core.ports.listing import Listing
from connector_core.ports.store import StoreUnavailable

_EVERY = 0.25
_BUSY = 0.5
"""An order has several events in its first second: when there are many orders, each is entered once for all of them."""
_MANY = 50
_PAUSE = 5.0
_MOST_WAITING = 100

Changes = asyncio.Queue[Sequence[OrderId]]

_log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Listener:
    shops: frozenset[ShopId]
    changes: Changes = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))


class Live:
    """Keeps the list up with the orders, and looks for changed rows as long as somebody listens: also for those that
    another daemon has entered.
    """

    def __init__(self, listing: Listing, shops: Sequence[ShopId]) -> None:
        self._listing = listing
        self._shops = shops
        self._listeners: set[_Listener] = set()
        self._mark = 0
        self.closing = False

    async def run(self) -> None:
        while True:
            try:
                entered = await self._listing.follow()
                await self._tell()
            except StoreUnavailable as error:
                _log.warning("the list does not follow", cause=str(error))
                await asyncio.sleep(_PAUSE)
                continue
            await asyncio.sleep(_BUSY if entered >= _MANY else _EVERY)

    def close(self) -> None:
        """Every stream ends now; browsers come back by themselves."""
        self.closing = True
        for listener in self._listeners:
            _put(listener, ())

    @asynccontextmanager
    async def listener(self, shops: Sequence[ShopId]) -> AsyncIterator[Changes]:
        """Order ids of rows of these shops, as they change from now on. Raises `StoreUnavailable`."""
        if not self._mark:
            mark, _ = await self._listing.touched(0, self._shops)
            self._mark = self._mark or mark  # another that began at the same time has to be told what came since
        listener = _Listener(frozenset(shops))
        self._listeners.add(listener)
        try:
            yield listener.changes
        finally:
            self._listeners.discard(listener)

    async def _tell(self) -> None:
        if not self._listeners:
            self._mark = 0
            return
        self._mark, rows = await self._listing.touched(self._mark, self._shops)
        by_shop: dict[ShopId, list[OrderId]] = defaultdict(list)
        for row in rows:
            by_shop[row.shop].append(row.order_id)
        for listener in self._listeners:
            if ids := [order for shop, orders in by_shop.items() if shop in listener.shops for order in orders]:
                _put(listener, ids)


def _put(listener: _Listener, ids: Sequence[OrderId]) -> None:
    """A page that does not keep up loads the whole list anyway: one notice is enough for it."""
    with suppress(asyncio.QueueFull):
        listener.changes.put_nowait(ids)
