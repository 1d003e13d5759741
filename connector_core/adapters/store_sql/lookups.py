"""Look-ups of single keys, gathered: whoever asks while one query is on its way goes along with the next."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

from connector_core.ports.store import StoreUnavailable

KeyT = TypeVar("KeyT")
FoundT = TypeVar("FoundT")


class Lookups(Generic[KeyT, FoundT]):
    """`find` reads many keys with one query and leaves out those that it does not know; `read` runs it."""

    def __init__(
        self,
        find: Callable[[Connection, Sequence[KeyT]], Mapping[KeyT, FoundT]],
        read: Callable[[Callable[[Connection], Mapping[KeyT, FoundT]]], Awaitable[Mapping[KeyT, FoundT]]],
    ) -> None:
        self._find = find
        self._read = read
        self._waiting: list[tuple[KeyT, asyncio.Future[FoundT | None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def get(self, key: KeyT) -> FoundT | None:
        """None for a key that is not known. Raises what the reading raises."""
        future: asyncio.Future[FoundT | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="store-lookups")
        return await future

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            await self._answer(group)
        self._running = None

    async def _answer(self, group: Sequence[tuple[KeyT, "asyncio.Future[FoundT | None]"]]) -> None:
        keys = list(dict.fromkeys(key for key, _ in group))
        try:
            found = await self._read(lambda connection: self._find(connection, keys))
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must hear of it
            if len(group) > 1 and not isinstance(error, StoreUnavailable):
                for one in group:  # a key that cannot be asked for harms no other
                    await self._answer([one])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for key, future in group:
            if not future.done():
                future.set_result(found.get(key))
