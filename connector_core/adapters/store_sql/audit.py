"""The audit trail: each line carries a hash over itself and the line before it, and the end is noted beside.

The database refuses to change or delete a line, and `verify` finds what was done in spite of that.
Whoever may write everything in the database can also write a whole new trail: against that only a line helps that was
written down elsewhere.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, func, insert, select

from connector_core.adapters.store_sql.books import cursors, save_cursor
from connector_core.adapters.store_sql.office_schema import audit
from connector_core.adapters.store_sql.rows import micros, moment
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.ids import ShopId
from connector_core.ports.people import Act, AuditLine

ResultT = TypeVar("ResultT")

_LOCK = 7_265_410_328
"""Of whoever appends a line; any number that no other program uses."""
_PIECE = 1000
_START = "0" * 64
_END = "audit"
"""Name of the cursor that says which line is the last: lines that are missing at the end are missed."""
_COLUMNS = ("seq", "at", "actor", "action", "subject", "shop", "data", "hash")


def lock(connection: Connection) -> None:
    """Whoever notes something takes this first, before other locks: one at a time, or two lines would follow one."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def note(connection: Connection, act: Act) -> None:
    """Appends a line, in the transaction of what was done."""
    lock(connection)
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    row = {
        "seq": last.seq + 1 if last else 1,
        "at": micros(SystemClock().now()),
        "actor": act.actor[:255],
        "action": act.action,
        "subject": act.subject[:255],
        "shop": act.shop or "",
        "data": orjson.dumps(dict(act.data), option=orjson.OPT_SORT_KEYS).decode(),
    }
    made = chained(row, last.hash if last else _START)
    connection.execute(insert(audit).values(**row, hash=made))
    save_cursor(connection, _END, {"seq": row["seq"], "hash": made})


def noted(connection: Connection, act: Act, work: Callable[[], ResultT]) -> ResultT:
    """The act is kept only when something came of the work."""
    lock(connection)
    found = work()
    if found:
        note(connection, act)
    return found


def acts(connection: Connection, shops: Sequence[ShopId] | None, before: int, limit: int) -> list[AuditLine]:
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if shops is not None:
        query = query.where(audit.c.shop.in_(shops))
    if before:
        query = query.where(audit.c.seq < before)
    return [_line(row) for row in connection.execute(query)]


def verify(connection: Connection) -> tuple[int, int | None]:
    """(number of lines, the first that does not fit or is missing). Lines that are added meanwhile do not disturb."""
    end = cursors(connection, [_END]).get(_END, {"seq": 0, "hash": ""})
    before, count = _START, 0
    for row in _pieces(connection):
        count += 1
        found = row.pop("hash")
        if row["seq"] != count or found != (before := chained(row, before)):
            return count, row["seq"]
        if row["seq"] == end["seq"] and found != end["hash"]:
            return count, row["seq"]
    return count, count + 1 if count < end["seq"] else None


def chained(row: dict[str, Any], before: str) -> str:
    """SHA-256 over the hash of the line before and the line as sorted JSON."""
    return hashlib.sha256(before.encode() + orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _pieces(connection: Connection) -> Iterator[dict[str, Any]]:
    last = 0
    while True:
        query = select(audit).where(audit.c.seq > last).order_by(audit.c.seq).limit(_PIECE)
        rows = connection.execute(query).mappings().all()
        if not rows:
            return
        for row in rows:
            yield {name: row[name] for name in _COLUMNS}
        last = rows[-1]["seq"]


def _line(row: Any) -> AuditLine:
    shop = ShopId(row.shop) if row.shop else None
    act = Act(row.actor, row.action, row.subject, shop, orjson.loads(row.data))
    return AuditLine(row.seq, moment(row.at), act, row.hash)
