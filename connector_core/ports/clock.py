"""Time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC, for what people read and what peers are told."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for delays and time limits."""
        ...

    async def sleep(self, seconds: float) -> None: ...
