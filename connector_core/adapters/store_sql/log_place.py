"""Following the log of events: how far it was read, and what may still appear behind that.

PostgreSQL gives numbers when rows are written and shows them when they are committed: a gap before a young event may
still be filled. `missing` maps such numbers to the moment of the event behind them.
"""

from collections.abc import Mapping, Sequence
from time import time
from typing import Any

from sqlalchemy import Connection, Select, func, select

from connector_core.adapters.store_sql.schema import events
from connector_core.adapters.store_sql.statements import chunks

LOOK_BACK = 2000
"""So many events before the end of the log may not have been committed when its end was looked at."""
_LATE = 60_000_000
"""So many microseconds a number that is missing in the log may still appear: its transaction has not ended yet."""
_MOST_MISSING = 5_000

Missing = Mapping[int, int]


def near_end(connection: Connection, back: int = LOOK_BACK) -> int:
    """Where somebody begins who wants to hear of what happens from now on."""
    return max(0, (connection.execute(select(func.max(events.c.seq))).scalar() or 0) - back)


def low(high: int, missing: Missing) -> int:
    """Everything up to here was read: what is written down for the next daemon."""
    return min(missing) - 1 if missing else high


def read_on(connection: Connection, columns: Select[Any], high: int, missing: Missing, limit: int) -> list[Any]:
    """Rows of what was missing, then up to `limit` of what follows `high`. `columns` select `seq` and `at`, too."""
    found: list[Any] = []
    for some in chunks(missing):
        found += connection.execute(columns.where(events.c.seq.in_(some)))
    after = columns.where(events.c.seq > high).order_by(events.c.seq).limit(limit)
    return found + list(connection.execute(after))


def advanced(high: int, missing: Missing, found: Sequence[Any]) -> tuple[int, dict[int, int]]:
    """`high` and `missing` after these rows were read."""
    young = int(time() * 1_000_000) - _LATE
    waited = {seq: at for seq, at in missing.items() if at > young}
    for row in found:
        waited.pop(row.seq, None)
        if row.seq > high:
            if row.at > young:
                waited.update(dict.fromkeys(range(max(high + 1, row.seq - _MOST_MISSING), row.seq), row.at))
            high = row.seq
    return high, dict(sorted(waited.items())[-_MOST_MISSING:])
