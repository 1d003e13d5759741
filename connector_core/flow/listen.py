"""Systems that tell what happens over a connection of ours are listened to; polling finds what a broken one loses."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

from connector_core.domain.errors import ConnectorError, RetryLater
from connector_core.flow.alarm import Alarm
from connector_core.flow.intake import Intake
from connector_core.flow.middleware.pause import Pauses
from connector_core.flow.poll import keep
from connector_core.ports.source import Stream
from connector_core.ports.store import Store, StoreUnavailable

_AGAIN = timedelta(seconds=10)
"""Until a connection that ended is made anew: polling goes on meanwhile."""
_LATER = timedelta(minutes=5)
"""Until it is tried again what only a person can put right."""
_HELD = timedelta(minutes=2)
"""Longer than a source may be silent."""


async def listen(source: Stream, store: Store, intake: Intake, pauses: Pauses, again: timedelta = _AGAIN) -> None:
    """Until cancelled. The cursor is saved after its events are stored; one daemon listens to a connection at a time,
    and to none that is paused.
    """
    name, peer = f"listen:{source.connection}", f"connections.{source.connection}"
    alarm = Alarm("listening failed", connection=source.connection)

    async def is_ours() -> bool:
        return not pauses.is_held(peer) and await store.hold(name, _HELD)

    while True:
        pause = again
        try:
            if await is_ours():
                kept = await store.cursor(name)
                async with aclosing(source.listen(kept)) as pages:
                    async for events, cursor in pages:
                        if events or cursor != kept:
                            await keep(events, name, cursor, store, intake)
                        kept = cursor
                        alarm.clear()
                        if not await is_ours():
                            break
        except ConnectorError as error:
            alarm.rise(error.sentence, cure=error.cure)
            usual = again if isinstance(error, RetryLater) else _LATER
            pause = max(usual, getattr(error, "after", None) or usual)
        except StoreUnavailable as error:
            alarm.rise(str(error))
        await asyncio.sleep(pause.total_seconds())
