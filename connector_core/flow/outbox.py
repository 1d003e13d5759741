"""The outbox goes to the broker: order events to the order exchange, everything that happened to the event exchange."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from connector_core.crash_points import crash_point
from connector_core.domain.cloudevent import encode_event, encode_order_event, headers
from connector_core.domain.event import Event
from connector_core.flow.alarm import Alarm
from connector_core.flow.intake import order_event
from connector_core.ports.broker import Broker, BrokerUnavailable, Outgoing
from connector_core.ports.store import Store, StoreUnavailable

_PAGE = 150
_LOOK_EVERY = 1.0
_GATHER = 0.02
"""What follows so soon, such as the other events of the same order, goes along."""
_APART = 0.1
"""So long after one page the next one is begun at the earliest: many orders go along with it."""
_LEASE = timedelta(seconds=15)


class Outbox:
    """One daemon at a time empties the outbox, in order; a row leaves it once the broker has confirmed it."""

    def __init__(self, store: Store, broker: Broker, source: str) -> None:
        """`source` is the CloudEvents source of our own events, a URI reference."""
        self._store = store
        self._broker = broker
        self._source = source
        self._wake = asyncio.Event()
        self._not_before = 0.0

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; a broker or database that is away is waited for."""
        alarm = Alarm("outbox waits")
        while True:
            self._wake.clear()
            self._not_before = asyncio.get_running_loop().time() + _APART
            try:
                more = await self._store.hold("outbox", _LEASE) and await self._publish_page()
                alarm.clear()
                if more:
                    continue
            except (BrokerUnavailable, StoreUnavailable) as error:
                alarm.rise(str(error))
                await asyncio.sleep(_LOOK_EVERY)
            await self._woken()

    async def _publish_page(self) -> bool:
        events = await self._store.unpublished(_PAGE)
        if not events:
            return False
        crash_point("outbox.read")
        results = await self._broker.publish_all([self._message(event) for event in events])
        confirmed = [e.id for e, result in zip(events, results, strict=True) if result is None]
        if confirmed:
            crash_point("outbox.confirmed")
            await self._store.mark_published(confirmed)
            crash_point("outbox.marked")
        _raise_first(results)
        return len(events) == _PAGE

    def _message(self, event: Event) -> Outgoing:
        order = order_event(event)
        body = encode_event(event, self._source) if order is None else encode_order_event(order)
        return Outgoing(event.id, event.type, body, headers(body), to_orders=order is not None)

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY):  # wait_for would lose a stop that comes with the news
                await self._wake.wait()
        except TimeoutError:
            return
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(_GATHER, self._not_before - now))


def _raise_first(results: Sequence[BrokerUnavailable | None]) -> None:
    for result in results:
        if result is not None:
            raise result
