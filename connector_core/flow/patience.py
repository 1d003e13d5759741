"""How long this daemon has waited for news of what it found broken off, by a clock that nobody sets."""

from datetime import timedelta

from connector_core.ports.clock import Clock

_FORGOTTEN_AFTER = timedelta(days=1)


class Patience:
    """Kept in memory: what peers reported while no daemon was there, they report again only now, and what another host
    wrote down was written by another clock (faults.md 22 and 46). So each daemon waits for itself, anew after a
    restart.
    """

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def left(self, of: str, wait: timedelta, clock: Clock) -> timedelta:
        """What is left of the wait that began when this was first asked; zero or less when it is over."""
        now = clock.monotonic()
        began = self._since.setdefault(of, now)
        self._forget(now - max(_FORGOTTEN_AFTER, 2 * wait).total_seconds())
        return wait - timedelta(seconds=now - began)

    def _forget(self, before: float) -> None:
        while (oldest := next(iter(self._since), None)) is not None and self._since[oldest] < before:
            del self._since[oldest]
