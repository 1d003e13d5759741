"""Reads whole orders with one query, however many kinds of values they have."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, literal_column, select, true, union_all

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.rows import KINDS, found_step, order_value
from connector_core.adapters.store_sql.statements import among, chunks, execute, id_list
from connector_core.domain.state import OrderState

_ALL: Mapping[str, Any] = dict.fromkeys(KINDS, true())
_SHOWN: Mapping[str, Any] = {kind: true() for kind in KINDS if kind != "link"} | {"step": schema.PARKED}
"""The kinds of values that are read, and which of them."""


def read_states(connection: Connection, order_ids: Sequence[str]) -> list[OrderState]:
    """In the order of the ids; ids that are not known are left out. Steps come as a new run finds them."""
    return _read(connection, order_ids, shown=False)


def read_shown(connection: Connection, order_ids: Sequence[str]) -> list[OrderState]:
    """What a list shows of orders: without PayLinks, and with parked steps only."""
    return _read(connection, order_ids, shown=True)


def _read(connection: Connection, order_ids: Sequence[str], *, shown: bool) -> list[OrderState]:
    states: dict[str, OrderState] = {}
    for some in chunks(order_ids, 200):
        ids = id_list(connection, some)
        rows = execute(connection, _orders(connection.dialect.name), ids=ids).all()
        values = _values(connection, ids, shown)
        for row in rows:
            states[row.id] = _state(order_value(row), values[row.id])
    return [states[order_id] for order_id in order_ids if order_id in states]


def _values(connection: Connection, ids: Any, shown: bool) -> defaultdict[str, defaultdict[str, list[Any]]]:
    """By order, then by kind; ids are UUIDv7, so their order is that of creation."""
    found: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    rows = execute(connection, _values_of(connection.dialect.name, shown=shown), ids=ids).all()
    for row in sorted(rows, key=lambda row: row.id):
        read = found_step if row.kind == "step" else KINDS[row.kind][1].validate_json
        found[row.order_id][row.kind].append(read(row.data))
    return found


@cache
def _orders(dialect: str) -> Any:
    orders, buyers = schema.orders, schema.buyers
    known = select(orders, buyers.c.erased_at).outerjoin(buyers, buyers.c.order_id == orders.c.id)
    return known.where(among(orders.c.id, dialect))


@cache
def _values_of(dialect: str, *, shown: bool) -> Any:
    return union_all(*(_query(dialect, kind, which) for kind, which in (_SHOWN if shown else _ALL).items()))


def _query(dialect: str, kind: str, which: Any) -> Select[Any]:
    table = KINDS[kind][0]
    columns = select(literal_column(f"'{kind}'").label("kind"), table.c.order_id, table.c.id, table.c.data)
    return columns.where(among(table.c.order_id, dialect), which)


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
