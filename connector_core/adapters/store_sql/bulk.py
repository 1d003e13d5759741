"""Stores many batches with few statements: one for each table, however many orders are in the group."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import time
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.rows import event_row, order_row, revision_row, value_row
from connector_core.domain.order import Order
from connector_core.domain.request import PaymentRequest
from connector_core.ports.store import Batch, LeaseLost

Outcome = bool | LeaseLost
_ORDER_COLUMNS = ("number", "version")


@dataclass(frozen=True, slots=True)
class Leased:
    """A batch with what the store knows of its lease: `fence` None without one, 0 for an order that is new."""

    batch: Batch
    fence: int | None
    owner: str
    lease_until: int


def apply(connection: Connection, group: Sequence[Leased]) -> list[Outcome]:
    """One outcome for each batch: what `Store.commit` returns, or the lease that was lost."""
    if not group:
        return []
    lost = _without_lease(connection, group)
    kept = [item for item in group if id(item) not in lost]
    fresh = _first_seen(connection, kept)
    _store_values(connection, kept)
    _store_news(connection, [item for item in kept if id(item) in fresh or not item.batch.new_steps_only_if_unseen])
    _finish(connection, kept)
    return [LeaseLost() if id(item) in lost else id(item) in fresh for item in group]


def insert_or_ignore(connection: Connection, table: Table) -> Any:
    """INSERT ... ON CONFLICT DO NOTHING."""
    return _insert(connection, table).on_conflict_do_nothing()


def upsert(connection: Connection, table: Table, key: str = "id") -> Any:
    """INSERT ... ON CONFLICT DO UPDATE of every other column."""
    statement = _insert(connection, table)
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=changed)


def chunks(items: Iterable[Any], size: int = 400) -> Iterable[list[Any]]:
    """Databases bound the number of parameters."""
    known = list(items)
    return (known[start : start + size] for start in range(0, len(known), size))


def _insert(connection: Connection, table: Table) -> Any:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _without_lease(connection: Connection, group: Sequence[Leased]) -> set[int]:
    """New orders are written here; whoever finds another's row or another's fencing number in the way has no lease."""
    new = {_order(item).id: item for item in group if item.fence == 0}
    if new:
        rows = [_new_row(item) for item in new.values()]
        statement = insert_or_ignore(connection, schema.orders).returning(schema.orders.c.id)
        written = set(connection.execute(statement, rows).scalars())
        lost = {id(item) for order_id, item in new.items() if order_id not in written}
    else:
        lost = set()
    held = {item.batch.lease.order.id: item for item in group if item.fence and item.batch.lease}
    for ids in chunks(held):
        query = select(schema.orders.c.id, schema.orders.c.fence).where(schema.orders.c.id.in_(ids)).with_for_update()
        fences = {row.id: row.fence for row in connection.execute(query)}
        lost |= {id(held[order_id]) for order_id in ids if fences.get(order_id) != held[order_id].fence}
    return lost


def _order(item: Leased) -> Order:
    """The newest version of a new order: the batch's own, or the one under which it was leased."""
    assert item.batch.lease is not None
    own = [value for value in item.batch.values if isinstance(value, Order)]
    return own[-1] if own else item.batch.lease.order


def _new_row(item: Leased) -> dict[str, Any]:
    return {**order_row(_order(item)), "fence": 1, "lease_owner": item.owner, "lease_until": item.lease_until}


def _first_seen(connection: Connection, group: Sequence[Leased]) -> set[int]:
    """The batches whose first key was not known before, or that have none."""
    keys = {key for item in group for key in item.batch.seen}
    new: set[str] = set()
    if keys:
        now = int(time() * 1_000_000)
        statement = insert_or_ignore(connection, schema.seen).returning(schema.seen.c.key)
        new = set(connection.execute(statement, [{"key": key, "at": now} for key in sorted(keys)]).scalars())
    fresh = set()
    for item in group:
        first = item.batch.seen[0] if item.batch.seen else None
        if first is None or first in new:
            fresh.add(id(item))
            new.discard(first or "")
    return fresh


def _store_values(connection: Connection, group: Sequence[Leased]) -> None:
    rows: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
    known_orders, revisions = [], []
    for item in group:
        for value in item.batch.values:
            if isinstance(value, Order):
                if item.fence != 0:
                    known_orders.append(value)
                continue
            table, row = value_row(value)
            rows[table].append(row)
            if isinstance(value, PaymentRequest):
                revisions.append(revision_row(value))
    if known_orders:
        _update_orders(connection, known_orders)
    for table, values in rows.items():
        connection.execute(upsert(connection, table), values)
    if revisions:
        connection.execute(insert_or_ignore(connection, schema.revisions), revisions)


def _update_orders(connection: Connection, orders: Sequence[Order]) -> None:
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _ORDER_COLUMNS}
    statement = update(schema.orders).where(schema.orders.c.id == bindparam("order_id")).values(columns)
    rows = [{"order_id": o.id, **{f"new_{name}": getattr(o, name) for name in _ORDER_COLUMNS}} for o in orders]
    connection.execute(statement, rows)


def _store_news(connection: Connection, group: Sequence[Leased]) -> None:
    steps = [value_row(step)[1] for item in group for step in item.batch.steps]
    if steps:
        connection.execute(upsert(connection, schema.steps), steps)
    events = [event_row(event) for item in group for event in item.batch.events]
    if events:
        connection.execute(schema.events.insert(), events)


def _finish(connection: Connection, group: Sequence[Leased]) -> None:
    for ids in chunks(step_id for item in group for step_id in item.batch.done):
        connection.execute(delete(schema.steps).where(schema.steps.c.id.in_(ids)))
    released = [item.batch.lease.order.id for item in group if item.batch.release and item.batch.lease]
    for ids in chunks(released):
        free = update(schema.orders).where(schema.orders.c.id.in_(ids)).values(lease_owner="", lease_until=0)
        connection.execute(free)
