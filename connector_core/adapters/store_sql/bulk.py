"""Stores many batches with few statements: one for each table, however many orders are in the group.

Rows that two daemons may want at the same time are touched in one order everywhere, so that they never wait for each
other in a circle: new orders by natural key, known orders by id, dedupe keys by name.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from time import time
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, literal_column, select, update

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.rows import buyer_row, event_row, order_row, revision_row, value_row
from connector_core.adapters.store_sql.statements import add, add_new, among, chunks, execute, id_list, put
from connector_core.domain.ids import OrderId
from connector_core.domain.order import Order
from connector_core.domain.request import PaymentRequest
from connector_core.ports.store import Batch, LeaseLost

Outcome = bool | LeaseLost
_ORDER_COLUMNS = ("number", "version")
_PAYMENT_KEY = ("account", "psp_ref", "kind")


@dataclass(frozen=True, slots=True)
class Leased:
    """A batch with what the store knows of its lease: `fence` None without one, 0 for an order that is new.

    `lease_until` is 0 where leases are kept in memory alone.
    """

    batch: Batch
    fence: int | None
    owner: str
    lease_until: int

    @property
    def order(self) -> Order:
        """The newest version of the leased order: the batch's own, or the one under which it was leased."""
        assert self.batch.lease is not None
        own = [value for value in self.batch.values if isinstance(value, Order)]
        return own[-1] if own else self.batch.lease.order


def apply(connection: Connection, group: Sequence[Leased]) -> list[Outcome]:
    """One outcome for each batch: what `Store.commit` returns, or the lease that was lost."""
    mine = _new_orders(connection, group) | _held_orders(connection, group)
    kept = [item for item in group if item.fence is None or item.order.id in mine]
    fresh = _first_seen(connection, kept)
    _store_values(connection, kept)
    _note_buyers(connection, kept)
    _store_news(connection, [item for item in kept if id(item) in fresh or not item.batch.new_steps_only_if_unseen])
    _finish(connection, kept)
    known = {id(item) for item in kept}
    return [id(item) in fresh if id(item) in known else LeaseLost() for item in group]


def _new_orders(connection: Connection, group: Sequence[Leased]) -> set[OrderId]:
    """Writes new orders; returns those that are ours, and not another daemon's of the same natural key.

    One that is there already under our id and its first fencing number comes from a commit whose answer was lost.
    """
    new = {item.order.id: _new_row(item) for item in group if item.fence == 0}
    if not new:
        return set()
    rows = sorted(new.values(), key=lambda row: (row["connection"], row["order_ref"]))
    written = add_new(connection, schema.orders, rows)
    for ids in chunks(new.keys() - written):
        before = select(schema.orders.c.id).where(schema.orders.c.id.in_(ids), schema.orders.c.fence == 1)
        written.update(connection.execute(before).scalars())
    return {OrderId(order_id) for order_id in written}


def _held_orders(connection: Connection, group: Sequence[Leased]) -> set[OrderId]:
    """Locks known orders; returns those whose fencing number is still the one under which they were leased."""
    held = {item.order.id: item.fence for item in group if item.fence}
    if not held or connection.dialect.name == "sqlite":
        return set(held)  # SQLite has one daemon, and its numbers never change
    found = execute(connection, _held(connection.dialect.name), ids=id_list(connection, sorted(held)))
    return {OrderId(row.id) for row in found if row.fence == held[row.id]}


@cache
def _held(dialect: str) -> Any:
    orders = schema.orders.c
    return select(orders.id, orders.fence).where(among(orders.id, dialect)).order_by(orders.id).with_for_update()


def _new_row(item: Leased) -> dict[str, Any]:
    return {**order_row(item.order), "fence": 1, "lease_owner": item.owner, "lease_until": item.lease_until}


def _first_seen(connection: Connection, group: Sequence[Leased]) -> set[int]:
    """The batches whose first key was not known before, or that have none."""
    keys = sorted({key for item in group for key in item.batch.seen})
    now = int(time() * 1_000_000)
    new = add_new(connection, schema.seen, [{"key": key, "at": now} for key in keys], "key") if keys else set()
    fresh = set()
    for item in group:
        if not item.batch.seen or item.batch.seen[0] in new:
            fresh.add(id(item))
        new.difference_update(item.batch.seen)
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
    if schema.payments in rows:
        _allocate(connection, rows[schema.payments])
    for table, values in rows.items():
        put(connection, table, values)
    if revisions:
        add(connection, schema.revisions, revisions)


def _note_buyers(connection: Connection, group: Sequence[Leased]) -> None:
    noted = (buyer_row(value) for item in group for value in item.batch.values)
    if rows := [row for row in noted if row]:
        put(connection, schema.buyers, rows, "order_id")


def _update_orders(connection: Connection, orders: Sequence[Order]) -> None:
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _ORDER_COLUMNS}
    statement = update(schema.orders).where(schema.orders.c.id == bindparam("order_id")).values(columns)
    rows = [{"order_id": o.id, **{f"new_{name}": getattr(o, name) for name in _ORDER_COLUMNS}} for o in orders]
    connection.execute(statement, rows)


def _allocate(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """A payment that belonged to nobody gives way to the same one under its order (faults.md 39)."""
    if known := [{f"the_{name}": row[name] for name in _PAYMENT_KEY} for row in rows if row["order_id"]]:
        connection.execute(_given_way(), known)


@cache
def _given_way() -> Any:
    payments = schema.payments.c
    same = [payments[name] == bindparam(f"the_{name}") for name in _PAYMENT_KEY]
    return delete(schema.payments).where(payments.order_id.is_(None), *same)


def _store_news(connection: Connection, group: Sequence[Leased]) -> None:
    steps = [value_row(step)[1] for item in group for step in item.batch.steps]
    if steps:
        put(connection, schema.steps, steps)
    events = [event_row(event) for item in group for event in item.batch.events]
    if events:  # those of a commit whose answer was lost are there already
        add(connection, schema.events, events)


def _finish(connection: Connection, group: Sequence[Leased]) -> None:
    dialect = connection.dialect.name
    if done := [step_id for item in group for step_id in item.batch.done]:
        execute(connection, _done(dialect), ids=id_list(connection, done))
    leased = [item for item in group if item.fence is not None and item.lease_until]
    if given_back := [item.order.id for item in leased if item.batch.release]:
        execute(connection, _lease(dialect, given_back=True), ids=id_list(connection, given_back), until=0)
    if kept := {item.order.id: item.lease_until for item in leased if item.fence and not item.batch.release}:
        execute(connection, _lease(dialect), ids=id_list(connection, kept), until=max(kept.values()))


@cache
def _done(dialect: str) -> Any:
    return delete(schema.steps).where(among(schema.steps.c.id, dialect))


@cache
def _lease(dialect: str, *, given_back: bool = False) -> Any:
    """Sets until when orders are leased; given back, they are nobody's."""
    orders = schema.orders
    owner: dict[str, Any] = {"lease_owner": literal_column("''")} if given_back else {}
    return update(orders).where(among(orders.c.id, dialect)).values(lease_until=bindparam("until"), **owner)
