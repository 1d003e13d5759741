"""Reads whole orders with one query, however many kinds of values they have."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, literal, select, true, union_all

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.rows import KINDS, found_step, order_value
from connector_core.adapters.store_sql.statements import chunks
from connector_core.domain.state import OrderState

_ALL: Mapping[str, Any] = dict.fromkeys(KINDS, true())
_SHOWN: Mapping[str, Any] = {kind: true() for kind in KINDS if kind != "link"} | {"step": schema.PARKED}
"""The kinds of values that are read, and which of them."""


_ORDERS = select(schema.orders, schema.buyers.c.erased_at).outerjoin(
    schema.buyers, schema.buyers.c.order_id == schema.orders.c.id
)


def read_states(connection: Connection, order_ids: Sequence[str]) -> list[OrderState]:
    """In the order of the ids; ids that are not known are left out. Steps come as a new run finds them."""
    return _read(connection, order_ids, _ALL)


def read_shown(connection: Connection, order_ids: Sequence[str]) -> list[OrderState]:
    """What a list shows of orders: without PayLinks, and with parked steps only."""
    return _read(connection, order_ids, _SHOWN)


def _read(connection: Connection, order_ids: Sequence[str], wanted: Mapping[str, Any]) -> list[OrderState]:
    states: dict[str, OrderState] = {}
    for ids in chunks(order_ids, 200):
        rows = connection.execute(_ORDERS.where(schema.orders.c.id.in_(ids))).all()
        values = _values(connection, ids, wanted)
        for row in rows:
            states[row.id] = _state(order_value(row), values[row.id])
    return [states[order_id] for order_id in order_ids if order_id in states]


def _values(
    connection: Connection, ids: Sequence[str], wanted: Mapping[str, Any]
) -> defaultdict[str, defaultdict[str, list[Any]]]:
    """By order, then by kind; ids are UUIDv7, so their order is that of creation."""
    queries = [_query(kind, ids, which) for kind, which in wanted.items()]
    found: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(connection.execute(union_all(*queries)).all(), key=lambda row: row.id):
        read = found_step if row.kind == "step" else KINDS[row.kind][1].validate_json
        found[row.order_id][row.kind].append(read(row.data))
    return found


def _query(kind: str, ids: Sequence[str], which: Any) -> Select[Any]:
    table = KINDS[kind][0]
    columns = select(literal(kind).label("kind"), table.c.order_id, table.c.id, table.c.data)
    return columns.where(table.c.order_id.in_(ids), which)


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
