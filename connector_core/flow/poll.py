"""The safety net under every webhook: each connection is asked regularly what has changed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from connector_core.crash_points import crash_point
from connector_core.domain.errors import ConnectorError
from connector_core.domain.order import OrderEvent
from connector_core.flow.alarm import Alarm
from connector_core.flow.intake import Intake
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.source import Source
from connector_core.ports.store import Store, StoreUnavailable


async def poll(source: Source, store: Store, intake: Intake, every: timedelta, pauses: Pauses) -> None:
    """Until cancelled. The cursor is saved after its events are stored; one daemon polls a connection at a time.

    A pause that the system asks for, or a person, is kept.
    """
    name, peer = f"poll:{source.connection}", f"connections.{source.connection}"
    alarm = Alarm("poll failed", connection=source.connection)
    while True:
        more, pause = False, every
        try:
            if not pauses.is_held(peer) and await store.hold(name, every * 2 + timedelta(seconds=10)):
                events, cursor, more = await source.poll(await store.cursor(name))
                await keep(events, name, cursor, store, intake)
                alarm.clear()
        except ConnectorError as error:
            alarm.rise(error.sentence, cure=error.cure)
            pause = max(every, getattr(error, "after", None) or every)
        except StoreUnavailable as error:
            alarm.rise(str(error))
        if not more:
            await asyncio.sleep(pause.total_seconds())


async def keep(events: Sequence[OrderEvent], name: str, cursor: object, store: Store, intake: Intake) -> None:
    """The events first, then the cursor behind them: what comes twice is known, what is lost is not."""
    await intake.orders(events)
    crash_point("poll.stored")
    await store.save_cursor(name, cursor)
    crash_point("poll.saved")
