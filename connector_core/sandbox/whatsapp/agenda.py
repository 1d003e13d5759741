"""Things that happen later: one task and one heap for all of them."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")

_GRAIN = 0.005
"""Seconds: items of the same few milliseconds share one wake-up."""


class Agenda(Generic[T]):
    """Calls `happen` with each item when its time has come; items of the same moment keep their order."""

    def __init__(self, happen: Callable[[T], object]) -> None:
        self._happen = happen
        self._heap: list[tuple[float, int, T]] = []
        self._order = count()
        self._sooner = asyncio.Event()

    def add(self, seconds: float, item: T) -> None:
        entry = (asyncio.get_running_loop().time() + seconds, next(self._order), item)
        heapq.heappush(self._heap, entry)
        if self._heap[0] is entry:
            self._sooner.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._sooner.clear()
            while self._heap and self._heap[0][0] <= loop.time():
                self._happen(heapq.heappop(self._heap)[2])
            pause = max(self._heap[0][0] - loop.time(), _GRAIN) if self._heap else None
            try:
                async with asyncio.timeout(pause):
                    await self._sooner.wait()
            except TimeoutError:
                pass  # the first item is due
