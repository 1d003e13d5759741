"""A daemon whose loop stands still is ended, so that the service manager starts it anew (faults.md 17)."""

import asyncio
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable
from time import monotonic

import structlog

LIMIT = 60.0
_BEAT = 1.0

_log = structlog.get_logger(__name__)


class Watchdog:
    """`beat` runs in the loop; a thread of its own watches it and calls `end` when it was away for `limit` seconds."""

    def __init__(self, limit: float = LIMIT, end: Callable[[], None] | None = None) -> None:
        self._limit = limit
        self._end = end or _abort
        self._last = monotonic()
        self._stopped = threading.Event()

    async def beat(self, told: Callable[[], None] = lambda: None) -> None:
        """Until cancelled; `told` is called with every beat."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        try:
            while True:
                self._last = monotonic()
                told()
                await asyncio.sleep(_BEAT)
        finally:
            self._stopped.set()

    def _watch(self) -> None:
        looked, every = monotonic(), min(_BEAT, self._limit / 4)
        while not self._stopped.wait(every):
            now = monotonic()
            if now - looked > self._limit / 2:  # the whole process was asleep, this thread too
                self._last = now
            looked = now
            if now - self._last > self._limit:
                self._end()
                return


def _abort() -> None:
    """With what every thread was doing, for whoever has to find out why."""
    _log.critical("the daemon stands still and ends itself", cure="Report it with the stacks in the log.")
    faulthandler.dump_traceback(sys.stderr)
    os.kill(os.getpid(), signal.SIGABRT)
