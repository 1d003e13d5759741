"""The clock of this host, made steady: a jump of it is followed slowly; no delay becomes an hour (faults.md 22).

What is due is kept by the time of day, which an administrator or NTP may set at any moment.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

_SLEW = 0.5
"""Seconds by which the clock is followed in each second that passes: a lasting correction of an hour takes two."""


def _elapsed() -> float:
    """Counts while the host sleeps, too: after that its clock has not jumped."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class SteadyTime:
    """Seconds since 1970. Thread-safe."""

    def __init__(self, wall: Callable[[], float] = time.time, elapsed: Callable[[], float] = _elapsed) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._at = elapsed()
        self._now = wall()

    def __call__(self) -> float:
        with self._lock:
            passed = max(0.0, self._elapsed() - self._at)
            self._at += passed
            behind = self._wall() - (self._now + passed)
            self._now += passed + max(-_SLEW * passed, min(_SLEW * passed, behind))
            return self._now


steady_time = SteadyTime()
"""The one of this process: what is stored as due and what looks for it must mean the same."""


class SystemClock:
    """The port `Clock`."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(steady_time(), UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
