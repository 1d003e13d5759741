"""An event loop whose time is virtual: waiting costs nothing, and nothing happens in another order the next time."""

import asyncio
import contextvars
from collections.abc import Sequence
from typing import Any

OWNER: contextvars.ContextVar[list["asyncio.Task[Any]"] | None] = contextvars.ContextVar("owner", default=None)
"""The list that keeps the tasks of whoever started them, so that a crash can end them all, oldest first."""


class NothingToDo(Exception):
    """Everybody waits for somebody else, and no time will change that."""


class Overworked(Exception):
    """A run takes far more turns than any that comes to an end: somebody tries the same thing again and again."""


MOST_TURNS = 1_000_000
"""About a minute; runs need a tenth of it."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Time jumps to the next timer as soon as nothing else is to be done. There is no input and no output."""

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0.0
        self.turns = 0
        self._selector = self
        self.set_task_factory(_owned)

    def time(self) -> float:
        return self._passed

    def select(self, timeout: float | None) -> Sequence[Any]:
        """What the loop asks its selector for: wait so long."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise Overworked(f"after {self._passed:.0f} virtual seconds")
        if timeout is None:
            raise NothingToDo
        self._passed += timeout
        return ()

    def _process_events(self, event_list: Sequence[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody is to be woken: there are no other threads."""


def _owned(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
    task = asyncio.Task(work, loop=loop, **more)
    context: contextvars.Context | None = more.get("context")
    owner = context.get(OWNER) if context is not None else OWNER.get()
    if owner is not None:
        owner.append(task)
    return task
