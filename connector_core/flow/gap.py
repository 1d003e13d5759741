"""The time between a backup and its restoration, of which the database knows nothing."""

from datetime import datetime, timedelta

from connector_core.domain.errors import ConnectorError, OutcomeUnknown
from connector_core.ports.store import Store

GAP = "restored"
"""Name of the cursor that holds its begin and its end."""

_CLOCKS_APART = timedelta(minutes=5)
"""What a merchant's system dates differs from our time by so much at most."""


class Gap:
    """Nothing is in it until `load` has found one."""

    def __init__(self) -> None:
        self._begin: datetime | None = None
        self._end: datetime | None = None

    async def load(self, store: Store) -> None:
        if found := await store.cursor(GAP):
            begin, end = (datetime.fromisoformat(text) for text in found)
            self._begin, self._end = begin - _CLOCKS_APART, end

    def holds(self, at: datetime) -> bool:
        """Whether something of that moment may have been worked on by a database that is lost."""
        return self._begin is not None and self._end is not None and self._begin <= at <= self._end


def may_have_been_asked(at: datetime) -> ConnectorError:
    """For an order of the time of which a restored database knows nothing."""
    return OutcomeUnknown(
        f"This order is of {at:%Y-%m-%d %H:%M} UTC, of which the restored database knows nothing: its buyer may have a "
        "PayLink already.",
        cure="If the buyer has none, let the order be asked for: paylink parked retry STEP. Else close it.",
    )
