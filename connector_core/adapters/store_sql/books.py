"""What is kept beside orders: outbox, cursors, holds, look-ups, payments of nobody, and the embedded queue."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, Text, bindparam, case, cast, delete, func, literal_column, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.leases import NaturalKey, waiting
from connector_core.adapters.store_sql.rows import LINK, PAYMENT, event_row, event_value, moment, value_row
from connector_core.adapters.store_sql.statements import add, add_new, add_one, among, chunks, execute, id_list, put
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, PaymentId
from connector_core.domain.payment import Payment
from connector_core.domain.request import PayLink

_BROUGHT = (EventType.ORDER_RECEIVED, EventType.ORDER_CHANGED, EventType.ORDER_WITHDRAWN)
_HOLDS = 726_541
"""The class of the advisory locks under which holds are taken; any number that no other program uses."""


def hold(connection: Connection, name: str, owner: str, now: int, until: int) -> bool:
    """Takes the hold when it is free, ours, or has run out; waits for nobody. PostgreSQL only."""
    if not connection.execute(select(func.pg_try_advisory_xact_lock(_HOLDS, func.hashtext(name)))).scalar():
        return False  # another daemon is just taking it
    query = select(schema.holds.c.owner, schema.holds.c.until).where(schema.holds.c.name == name)
    held = connection.execute(query).first()
    if held is not None and held.owner != owner and held.until > now:
        return False
    put(connection, schema.holds, [{"name": name, "owner": owner, "until": until}], "name")
    return True


def next_due(connection: Connection, now: int, skip: Sequence[str]) -> datetime | None:
    earliest = connection.execute(waiting(connection, now, skip).limit(1)).first()
    return moment(earliest.due_at) if earliest else None


def cursors(connection: Connection, names: Sequence[str], *, lock: bool = False) -> dict[str, Any]:
    """`lock`: nobody else writes them before this transaction ends."""
    query = _cursors(connection.dialect.name, lock=lock)
    rows = execute(connection, query, ids=id_list(connection, names))
    return {row.name: orjson.loads(row.value) for row in rows}


@cache
def _cursors(dialect: str, *, lock: bool) -> Any:
    saved = schema.cursors.c
    query = select(saved.name, saved.value).where(among(saved.name, dialect))
    return query.with_for_update() if lock else query


def seen(connection: Connection, keys: Sequence[str]) -> dict[str, bool]:
    rows = execute(connection, _seen(connection.dialect.name), ids=id_list(connection, keys))
    return dict.fromkeys(rows.scalars(), True)


@cache
def _seen(dialect: str) -> Any:
    return select(schema.seen.c.key).where(among(schema.seen.c.key, dialect))


def order_ids(connection: Connection, keys: Sequence[NaturalKey]) -> dict[NaturalKey, OrderId]:
    """By one connection after the other: SQLite finds pairs of values only by looking at every order."""
    found, query = {}, _order_ids(connection.dialect.name)
    refs: defaultdict[ConnectionId, list[OrderRef]] = defaultdict(list)
    for name, order_ref in keys:
        refs[name].append(order_ref)
    for name, known in refs.items():
        for row in execute(connection, query, ids=id_list(connection, known), source=name):
            found[name, OrderRef(row.order_ref)] = OrderId(row.id)
    return found


@cache
def _order_ids(dialect: str) -> Any:
    orders = schema.orders.c
    of_one = orders.connection == bindparam("source")
    return select(orders.order_ref, orders.id).where(of_one, among(orders.order_ref, dialect))


def save_cursor(connection: Connection, name: str, value: Any) -> None:
    row = {"name": name, "value": orjson.dumps(value).decode()}
    put(connection, schema.cursors, [row], "name")


def unpublished(connection: Connection, limit: int) -> list[Event]:
    waiting = select(schema.events).where(schema.UNPUBLISHED).order_by(schema.events.c.seq).limit(limit)
    return [event_value(row) for row in connection.execute(waiting)]


def mark_published(connection: Connection, ids: Sequence[EventId]) -> None:
    """Order events give away the record that they brought, and who sent them: both have gone their way."""
    execute(connection, _published(connection.dialect.name), ids=id_list(connection, ids))


@cache
def _published(dialect: str) -> Any:
    events = schema.events
    if dialect == "sqlite":
        bare: Any = func.json_remove(events.c.data, literal_column("'$.record'"), literal_column("'$.actor'"))
    else:
        bare = cast(cast(events.c.data, JSONB).op("#-")(_path("record")).op("#-")(_path("actor")), Text)
    brought = events.c.order_id.is_(None) & events.c.type.in_([literal_column(f"'{one}'") for one in _BROUGHT])
    data = case((brought, bare), else_=events.c.data)
    return update(events).where(among(events.c.id, dialect)).values(published=true(), data=data)


def link(connection: Connection, psp_order: str, psp_link: str) -> PayLink | None:
    links = schema.links
    key = links.c.psp_order == psp_order if psp_order else links.c.psp_link == psp_link
    if not (psp_order or psp_link):
        return None
    data = connection.execute(select(links.c.data).where(key)).scalar()
    return None if data is None else LINK.validate_json(data)


def order_of_message(connection: Connection, provider_id: str, attempt_id: str) -> OrderId | None:
    messages = schema.messages
    for column, value in ((messages.c.id, attempt_id), (messages.c.provider_id, provider_id)):
        if value and (found := connection.execute(select(messages.c.order_id).where(column == value)).scalar()):
            return OrderId(found)
    return None


def _path(key: str) -> Any:
    return literal_column(f"'{{{key}}}'")


def add_unallocated(connection: Connection, payment: Payment, event: Event) -> bool:
    table, row = value_row(payment)
    if not add_new(connection, table, [row]):
        return False
    add(connection, schema.events, [event_row(event)])
    return True


def settle_unallocated(connection: Connection, payment_id: PaymentId, by: str) -> bool:
    table = schema.payments
    which = [table.c.id == payment_id, table.c.order_id.is_(None)]
    data = connection.execute(select(table.c.data).where(*which).with_for_update()).scalar()
    known = PAYMENT.validate_json(data) if data else None
    if known is None or known.settled_by:
        return False
    _, row = value_row(replace(known, settled_by=by))
    connection.execute(update(table).where(*which).values(data=row["data"]))
    return True


def queue_put(connection: Connection, message_id: str, body: bytes) -> int:
    add_one(connection, schema.queue, {"message_id": message_id, "body": body})
    position = select(schema.queue.c.position).where(schema.queue.c.message_id == message_id)
    return int(connection.execute(position).scalar_one())


def queue_after(connection: Connection, position: int, limit: int) -> list[tuple[int, str, bytes]]:
    queue = schema.queue
    rows = connection.execute(select(queue).where(queue.c.position > position).order_by(queue.c.position).limit(limit))
    return [(row.position, row.message_id, bytes(row.body)) for row in rows]


def queue_ack(connection: Connection, positions: Sequence[int]) -> None:
    for some in chunks(positions):
        connection.execute(delete(schema.queue).where(schema.queue.c.position.in_(some)))
