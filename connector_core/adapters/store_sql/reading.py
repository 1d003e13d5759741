"""Reads whole orders with one query, however many kinds of values they have."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, literal, select, union_all

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.rows import KINDS, found_step, order_value
from connector_core.adapters.store_sql.statements import chunks
from connector_core.domain.state import OrderState


def read_states(connection: Connection, order_ids: Sequence[str]) -> list[OrderState]:
    """In the order of the ids; ids that are not known are left out. Steps come as a new run finds them."""
    states: dict[str, OrderState] = {}
    for ids in chunks(order_ids, 200):
        rows = connection.execute(select(schema.orders).where(schema.orders.c.id.in_(ids))).all()
        values = _values(connection, ids)
        for row in rows:
            states[row.id] = _state(order_value(row), values[row.id])
    return [states[order_id] for order_id in order_ids if order_id in states]


def _values(connection: Connection, ids: Sequence[str]) -> defaultdict[str, defaultdict[str, list[Any]]]:
    """By order, then by kind; ids are UUIDv7, so their order is that of creation."""
    queries = [
        select(literal(kind).label("kind"), table.c.order_id, table.c.id, table.c.data).where(table.c.order_id.in_(ids))
        for kind, (table, _) in KINDS.items()
    ]
    found: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(connection.execute(union_all(*queries)), key=lambda row: row.id):
        read = found_step if row.kind == "step" else KINDS[row.kind][1].validate_json
        found[row.order_id][row.kind].append(read(row.data))
    return found


def _state(order: Any, values: defaultdict[str, list[Any]]) -> OrderState:
    return OrderState(
        order=order,
        request=values["request"][0] if values["request"] else None,
        links=_all(values["link"]),
        messages=_all(values["message"]),
        payments=_all(values["payment"]),
        write_backs=_all(values["write_back"]),
        steps=_all(values["step"]),
    )


def _all(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)
