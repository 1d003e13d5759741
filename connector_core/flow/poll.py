"""The safety net under every webhook: each connection is asked regularly what has changed."""

import asyncio
from datetime import timedelta

import structlog

from connector_core.crash_points import crash_point
from connector_core.domain.errors import ConnectorError
from connector_core.flow.intake import Intake
from connector_core.ports.source import Source
from connector_core.ports.store import Store, StoreUnavailable

_log = structlog.get_logger(__name__)


async def poll(source: Source, store: Store, intake: Intake, every: timedelta) -> None:
    """Until cancelled. The cursor is saved after its events are stored; one daemon polls a connection at a time."""
    name = f"poll:{source.connection}"
    while True:
        more = False
        try:
            if await store.hold(name, every * 2 + timedelta(minutes=1)):
                events, cursor, more = await source.poll(await store.cursor(name))
                await intake.orders(events)
                crash_point("poll.stored")
                await store.save_cursor(name, cursor)
                crash_point("poll.saved")
        except ConnectorError as error:
            _log.warning("poll failed", connection=source.connection, cause=error.sentence, cure=error.cure)
        except StoreUnavailable as error:
            _log.warning("database unavailable", cause=str(error))
        if not more:
            await asyncio.sleep(every.total_seconds())
