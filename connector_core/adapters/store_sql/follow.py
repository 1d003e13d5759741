"""Follows the log of events, so that the list is as the orders are; and enters the orders of before."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from connector_core.adapters.store_sql import projection
from connector_core.adapters.store_sql.books import cursors, save_cursor
from connector_core.adapters.store_sql.log_place import advanced, low, near_end, read_on
from connector_core.adapters.store_sql.schema import events, orders
from connector_core.domain.state import OrderState

CURSOR = "listing"
_EVENTS = 400
_ORDERS = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """Events up to `high` are entered but for those in `missing` (`log_place`). `touched` is the greatest mark of any.
    Of the orders from before the first start those newer than `filled` are entered: all of them when it is None.
    """

    high: int
    touched: int
    filled: tuple[int, str] | None
    missing: dict[int, int] = field(default_factory=dict)

    def saved(self) -> dict[str, Any]:
        return {"low": low(self.high, self.missing), "touched": self.touched, "filled": list(self.filled or [])}


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
    return Progress(near_end(connection, _EVENTS), 1, (newest + 1, "") if newest else None), None


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
    if cursors(connection, [CURSOR], lock=True).get(CURSOR) != saved:
        return None
    mark = piece.progress.touched + 1 if piece.news else 0
    entered = projection.enter(connection, states, mark) if states else 0
    progress = replace(piece.progress, touched=piece.progress.touched + entered) if piece.news else piece.progress
    save_cursor(connection, CURSOR, progress.saved())
    return entered, progress


def _events(connection: Connection, progress: Progress) -> list[Any]:
    columns = select(events.c.seq, events.c.order_id, events.c.at)
    return read_on(connection, columns, progress.high, progress.missing, _EVENTS)


def _advanced(progress: Progress, found: Sequence[Any]) -> Progress:
    high, missing = advanced(progress.high, progress.missing, found)
    return replace(progress, high=high, missing=missing)
