"""How often somebody at one network address may be wrong before everybody there has to wait."""

from collections import OrderedDict

from connector_core.domain.errors import InvalidInput
from connector_core.ports.clock import Clock

MOST = 30.0
PER_SECOND = MOST / 600
_ADDRESSES = 10_000
"""As many are remembered; of more the ones that were wrong longest ago are forgotten."""


class Attempts:
    """A bucket of `MOST` wrong attempts for each address, filled again within ten minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raises `InvalidInput` (429) when too many were wrong."""
        if self._now(address) < 1:
            raise InvalidInput(
                "Too many attempts from this network address were wrong.",
                status=429,
                cure="Wait ten minutes; use the address of your invitation, or ask an owner for a new one.",
            )

    def wrong(self, address: str) -> None:
        left = self._now(address)
        self._left[address] = (max(0.0, left - 1), self._clock.monotonic())
        self._left.move_to_end(address)
        while len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)

    def _now(self, address: str) -> float:
        now = self._clock.monotonic()
        left, at = self._left.get(address, (MOST, now))
        return min(MOST, left + (now - at) * PER_SECOND)
