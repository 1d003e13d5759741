"""When somebody outside was last heard: a signed report came and was kept."""

from contextlib import suppress
from datetime import datetime

from connector_core.ports.clock import Clock
from connector_core.ports.store import Store, StoreUnavailable

_NOTED_EVERY = 60.0


class Heard:
    """By block of the configuration; noted once a minute at most, and never a reason for a report to fail."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._noted: dict[str, float] = {}

    async def note(self, block: str) -> None:
        now = self._clock.monotonic()
        if now - self._noted.get(block, -_NOTED_EVERY) < _NOTED_EVERY:
            return
        self._noted[block] = now
        with suppress(StoreUnavailable):
            await self._store.save_cursor(_name(block), self._clock.now().isoformat())

    async def last(self, block: str) -> datetime | None:
        """To the minute; None when nothing has ever come."""
        found = await self._store.cursor(_name(block))
        return datetime.fromisoformat(found) if found else None


def _name(block: str) -> str:
    return f"heard:{block}"
