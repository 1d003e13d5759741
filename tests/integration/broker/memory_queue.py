"""The rows under the embedded queue, in memory: outlives the broker as a database outlives the process."""

import asyncio
from collections.abc import Sequence

from connector_core.ports.store import StoreUnavailable


class MemoryQueue:
    """A whole `QueueStore`. `failing` makes it a database that takes nothing."""

    def __init__(self) -> None:
        self.failing = False
        self._rows: dict[int, tuple[str, bytes]] = {}
        self._positions: dict[str, int] = {}

    async def queue_put(self, message_id: str, body: bytes) -> int:
        await self._commit()
        if message_id not in self._positions:
            self._positions[message_id] = len(self._positions) + 1
            self._rows[self._positions[message_id]] = (message_id, body)
        return self._positions[message_id]

    async def queue_after(self, position: int, limit: int) -> Sequence[tuple[int, str, bytes]]:
        await self._commit()
        return [(at, *row) for at, row in sorted(self._rows.items()) if at > position][:limit]

    async def queue_ack(self, positions: Sequence[int]) -> None:
        await self._commit()
        for position in positions:
            self._rows.pop(position, None)

    async def _commit(self) -> None:
        await asyncio.sleep(0)
        if self.failing:
            raise StoreUnavailable("database is locked")
