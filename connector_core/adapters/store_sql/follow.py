"""Follows the log of events, so that the list is as the orders are; and enters the orders of before."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import time
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from connector_core.adapters.store_sql import projection
from connector_core.adapters.store_sql.books import cursors, save_cursor
from connector_core.adapters.store_sql.schema import events, orders
from connector_core.adapters.store_sql.statements import chunks
from connector_core.domain.state import OrderState

CURSOR = "listing"
_EVENTS = 2000
_ORDERS = 200
_LATE = 60_000_000
"""So many microseconds a number that is missing in the log may still appear: its transaction has not ended yet."""
_MOST_MISSING = 5_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Events up to `high` are entered but for those in `missing`, which maps numbers to the moment of the event behind
    them. `touched` is the greatest mark of a row. Of the orders from before the first start those newer than `filled`
    are entered: all of them when it is None.
    """

    high: int
    touched: int
    filled: tuple[int, str] | None
    missing: dict[int, int] = field(default_factory=dict)

    def saved(self) -> dict[str, Any]:
        low = min(self.missing) - 1 if self.missing else self.high
        return {"low": low, "touched": self.touched, "filled": list(self.filled or [])}


@dataclass(frozen=True, slots=True)
class Piece:
    """What one step enters: orders in which something has happened, or orders of before."""

    ids: Sequence[str]
    progress: Progress
    news: bool


def begin(connection: Connection) -> tuple[Progress, Any]:
    """Where the last daemon stood, and how it has written that down. The first one lists what happens from now on, and
    older orders beside it, newest first.
    """
    saved = cursors(connection, [CURSOR]).get(CURSOR)
    if saved is not None:
        filled = tuple(saved["filled"]) if saved["filled"] else None
        return Progress(saved["low"], saved["touched"], filled), saved
    newest = connection.execute(select(func.max(orders.c.created_at))).scalar()
    log = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    return Progress(max(0, log - _EVENTS), 1, (newest + 1, "") if newest else None), None


def next_piece(connection: Connection, progress: Progress) -> Piece:
    found = _events(connection, progress)
    ids = list(dict.fromkeys(row.order_id for row in found if row.order_id))
    if found or progress.filled is None:
        return Piece(ids, _advanced(progress, found), news=True)
    before = tuple_(orders.c.created_at, orders.c.id) < tuple_(*progress.filled)
    query = select(orders.c.id, orders.c.created_at).where(orders.c.created_at <= progress.filled[0], before)
    newest = (orders.c.created_at.desc(), orders.c.id.desc())
    older = connection.execute(query.order_by(*newest).limit(_ORDERS)).all()
    filled = (older[-1].created_at, older[-1].id) if older else None
    return Piece([row.id for row in older], replace(progress, filled=filled), news=False)


def enter(
    connection: Connection, piece: Piece, states: Sequence[OrderState], saved: Any
) -> tuple[int, Progress] | None:
    """None, and nothing entered, when another daemon has written down how far it is since `saved`."""
    if cursors(connection, [CURSOR]).get(CURSOR) != saved:
        return None
    mark = piece.progress.touched + 1 if piece.news else 0
    entered = projection.enter(connection, states, mark) if states else 0
    progress = replace(piece.progress, touched=piece.progress.touched + entered) if piece.news else piece.progress
    save_cursor(connection, CURSOR, progress.saved())
    return entered, progress


def _events(connection: Connection, progress: Progress) -> list[Any]:
    columns = select(events.c.seq, events.c.order_id, events.c.at)
    found: list[Any] = []
    for some in chunks(progress.missing):
        found += connection.execute(columns.where(events.c.seq.in_(some)))
    after = columns.where(events.c.seq > progress.high).order_by(events.c.seq).limit(_EVENTS)
    return found + list(connection.execute(after))


def _advanced(progress: Progress, found: Sequence[Any]) -> Progress:
    """PostgreSQL gives numbers when rows are written and shows them when they are committed: a gap before a young event
    may still be filled.
    """
    young = int(time() * 1_000_000) - _LATE
    high = progress.high
    missing = {seq: at for seq, at in progress.missing.items() if at > young}
    for row in found:
        missing.pop(row.seq, None)
        if row.seq > high:
            if row.at > young:
                missing.update(dict.fromkeys(range(max(high + 1, row.seq - _MOST_MISSING), row.seq), row.at))
            high = row.seq
    return replace(progress, high=high, missing=dict(sorted(missing.items())[-_MOST_MISSING:]))
