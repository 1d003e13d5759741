"""Buyers of requests that were closed long ago are erased by themselves, once a day, a few at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from connector_core.domain.ids import OrderId, ShopId
from connector_core.domain.step import Step, StepKind
from connector_core.flow.alarm import Alarm
from connector_core.flow.stage import new_step
from connector_core.ports.clock import Clock
from connector_core.ports.privacy import Place, Privacy
from connector_core.ports.store import Batch, Store, StoreUnavailable

ACTOR = "retention"
_NAME = "retention"
_EVERY = timedelta(days=1)
_LOOK_EVERY = 60.0
_HOLD = timedelta(minutes=5)
_AT_ONCE = 50
_PAUSE = 1.0
"""Seconds between so many orders: a first run over years of them takes hours, and nobody waits for it."""
_ANSWERS_KEPT = timedelta(days=1)

_log = structlog.get_logger(__name__)


class Retention:
    """One daemon at a time does it. What it has asked for is done by the step of each order, whoever runs that."""

    def __init__(self, store: Store, privacy: Privacy, days: Mapping[ShopId, int], clock: Clock) -> None:
        """`days` are those that each shop keeps its buyers; 0: for ever."""
        self._store = store
        self._privacy = privacy
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        alarm = Alarm("retention waits")
        while True:
            try:
                await self.look()
                alarm.clear()
            except StoreUnavailable as error:
                alarm.rise(str(error))
            await self._clock.sleep(_LOOK_EVERY)

    async def look(self) -> int:
        """Does what is due since the last time, when that is a day ago; returns of how many orders the buyer is to be
        erased.
        """
        await self._privacy.wipe()
        now = self._clock.now()
        last = await self._store.cursor(_NAME)
        if last is not None and datetime.fromisoformat(last) > now - _EVERY:
            return 0
        asked = 0
        async for ids in self._due(now):
            if not await self._store.hold(_NAME, _HOLD):
                return asked  # another daemon does it
            await self._store.commit(Batch(steps=[_step(order_id, now) for order_id in ids]))
            asked += len(ids)
            await self._clock.sleep(_PAUSE)
        if await self._store.hold(_NAME, _HOLD):
            await self._privacy.forget_answers(now - _ANSWERS_KEPT)
            await self._store.save_cursor(_NAME, now.isoformat())
            _log.info("retention has looked", orders=asked)
        return asked

    async def count(self) -> int:
        """How many orders are due now."""
        return sum([len(ids) async for ids in self._due(self._clock.now())])

    async def _due(self, now: datetime) -> AsyncIterator[Sequence[OrderId]]:
        for shop in (shop for shop, days in self._days.items() if days):
            before = now - timedelta(days=self._days[shop])
            place: Place = (0, "")
            while True:
                ids, place = await self._privacy.due(shop, before, place, _AT_ONCE)
                if not ids:
                    break
                yield ids
            if stopped := await self._privacy.never_asked(shop, before, _AT_ONCE):
                yield stopped


def _step(order_id: OrderId, now: datetime) -> Step:
    return new_step(order_id, StepKind.ERASE, now, actor=ACTOR, unless_open=True)
