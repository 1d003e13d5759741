"""One machine with one run of a daemon: its clock, its tasks, and how it dies."""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tests.simulation.chance import EPOCH
from tests.simulation.virtual_loop import OWNER, VirtualLoop

ResultT = TypeVar("ResultT")


class HostClock:
    """True time and an error; `monotonic` knows none."""

    def __init__(self, loop: VirtualLoop, error: timedelta = timedelta()) -> None:
        self.loop = loop
        self.error = error

    def now(self) -> datetime:
        return datetime.fromtimestamp(EPOCH, UTC) + timedelta(seconds=self.loop.time()) + self.error

    def monotonic(self) -> float:
        return self.loop.time()

    async def sleep(self, seconds: float) -> None:
        """Longer, as on a busy machine: an order that is in other hands is tried for again 20 times a second."""
        await asyncio.sleep(seconds + 2)


class Host:
    """Whatever runs on it meets the outside only through `gate`: a dead host never comes through it again."""

    def __init__(self, name: str, clock: HostClock, between: Callable[["Host"], None]) -> None:
        """`between` is called at every gate, and may do anything to the host."""
        self.name = name
        self.clock = clock
        self.alive = True
        self._between = between
        self._awake = asyncio.Event()
        self._awake.set()
        self._tasks: list[asyncio.Task[Any]] = []
        self._context = contextvars.copy_context()
        self._context.run(OWNER.set, self._tasks)

    @property
    def paused(self) -> bool:
        return not self._awake.is_set()

    async def gate(self) -> None:
        """Between two instructions: the process may be stopped for a while here, or end."""
        if self.alive:
            self._between(self)
        await self._awake.wait()
        if not self.alive:
            await self.clock.loop.create_future()

    def spawn(self, work: Coroutine[Any, Any, ResultT]) -> "asyncio.Task[ResultT]":
        """Work of this host's process; it and all that it starts ends with the host."""
        return self.clock.loop.create_task(work, context=self._context.copy())

    def pause(self) -> None:
        self._awake.clear()

    def wake(self) -> None:
        self._awake.set()

    def crash(self) -> None:
        """As SIGKILL: nothing of it runs on, and no word of what it was doing is said."""
        self.alive = False
        self._awake.set()
        for task in self._tasks:
            task.cancel()
