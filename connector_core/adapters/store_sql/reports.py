"""Views for people, tools and figures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from time import time

from sqlalchemy import Connection, Select, func, or_, select

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.reading import read_states
from connector_core.adapters.store_sql.rows import PAYMENT, STEP, event_value, value_row
from connector_core.adapters.store_sql.statements import put
from connector_core.domain.event import Event
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef, ShopId, StepId, made_at
from connector_core.domain.message import Purpose
from connector_core.domain.payment import Payment
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepState
from connector_core.ports.store import Backlog, OrderLine

_SEARCHED = 10_000


def orders(connection: Connection, search: str, limit: int) -> list[OrderLine]:
    """Newest first. A whole number or id is found among all orders, a part of one among the newest `_SEARCHED`."""
    table = schema.orders
    newest = select(table.c.id).order_by(table.c.created_at.desc(), table.c.id.desc())
    if not search:
        return _lines(connection, newest.limit(limit))
    exact = or_(*(column == search for column in (table.c.number, table.c.order_ref, table.c.id)))
    if found := _lines(connection, newest.where(exact).limit(limit)):
        return found
    recent = select(table).order_by(table.c.created_at.desc()).limit(_SEARCHED).subquery()
    pattern = f"%{search.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    columns = (recent.c.number, recent.c.order_ref, recent.c.connection, recent.c.id)
    contains = or_(*(column.ilike(pattern, escape="!") for column in columns))
    newest = select(recent.c.id).order_by(recent.c.created_at.desc(), recent.c.id.desc())
    return _lines(connection, newest.where(contains).limit(limit))


def order(connection: Connection, number_or_id: str) -> OrderState | None:
    """By id first, then by number, then by the source's own reference; the newest of several."""
    table = schema.orders
    for column in (table.c.id, table.c.number, table.c.order_ref):
        query = select(table.c.id).where(column == number_or_id).order_by(table.c.created_at.desc()).limit(1)
        if found := connection.execute(query).scalar():
            return read_states(connection, [found])[0]
    return None


def order_of(connection: Connection, name: ConnectionId, order_ref: OrderRef) -> OrderState | None:
    table = schema.orders
    query = select(table.c.id).where(table.c.connection == name, table.c.order_ref == order_ref)
    found = connection.execute(query).scalar()
    return read_states(connection, [found])[0] if found else None


def timeline(connection: Connection, order_id: OrderId) -> list[Event]:
    rows = connection.execute(
        select(schema.events).where(schema.events.c.order_id == order_id).order_by(schema.events.c.seq)
    )
    return [event_value(row) for row in rows]


def parked(connection: Connection, limit: int) -> list[Step]:
    query = select(schema.steps.c.data).where(schema.PARKED).order_by(schema.steps.c.due_at)
    return [STEP.validate_json(data) for data in connection.execute(query.limit(limit)).scalars()]


def parked_of(connection: Connection, shops: Sequence[ShopId], limit: int) -> list[Step]:
    steps, orders_ = schema.steps, schema.orders
    query = (
        select(steps.c.data)
        .join(orders_, orders_.c.id == steps.c.order_id)
        .where(schema.PARKED, orders_.c.shop.in_(shops))
        .order_by(steps.c.due_at)
        .limit(limit)
    )
    return [STEP.validate_json(data) for data in connection.execute(query).scalars()]


def unallocated(connection: Connection, limit: int) -> list[Payment]:
    """Ids are made in the order of time."""
    table = schema.payments
    query = select(table.c.data).where(table.c.order_id.is_(None)).order_by(table.c.id.desc()).limit(limit)
    return [PAYMENT.validate_json(data) for data in connection.execute(query).scalars()]


def unfinished(connection: Connection) -> list[OrderId]:
    steps = select(schema.steps.c.order_id).where(schema.UNPARKED)
    links = select(schema.links.c.order_id).where(schema.links.c.state.in_((LinkState.WANTED, LinkState.OPEN)))
    return [OrderId(found) for found in connection.execute(steps.union(links)).scalars()]


def retry_parked(connection: Connection, step_id: StepId, at: datetime) -> bool:
    query = select(schema.steps.c.data).where(schema.steps.c.id == step_id, schema.steps.c.state == "parked")
    data = connection.execute(query.with_for_update()).scalar()
    if data is None:
        return False
    step = replace(STEP.validate_json(data), state=StepState.WAITING, due_at=at, attempts=0, cause="", cure="")
    put(connection, schema.steps, [value_row(step)[1]])
    return True


def backlog(connection: Connection) -> Backlog:
    events, steps, orders_ = schema.events, schema.steps, schema.orders
    now = time()
    rows, oldest = connection.execute(select(func.count(), func.min(events.c.at)).where(schema.UNPUBLISHED)).one()
    parked_ = select(steps.c.kind, func.count()).where(schema.PARKED).group_by(steps.c.kind)
    # The id of a step says when it was made. Its order is looked up for each due one: a join begins with all orders.
    name = select(orders_.c.connection).where(orders_.c.id == steps.c.order_id).scalar_subquery()
    due = (
        select(name.label("connection"), func.min(steps.c.id))
        .where(schema.WRITE_BACKS, steps.c.state != StepState.PARKED)
        .group_by("connection")
    )
    unallocated = select(func.count()).where(schema.payments.c.order_id.is_(None))
    return Backlog(
        outbox=int(rows),
        outbox_age=max(0.0, now - oldest / 1_000_000) if oldest else 0.0,
        parked={kind: int(count) for kind, count in connection.execute(parked_)},
        write_back_age={name: max(0.0, now - made_at(first)) for name, first in connection.execute(due)},
        unallocated=int(connection.execute(unallocated).scalar_one()),
    )


def counts(connection: Connection) -> dict[str, int]:
    """Keys: orders, requests.<state>, messages.<delivery>, steps.<state>, payments.unallocated, outbox, queue."""
    found = {}
    groups = {
        "requests": schema.requests.c.state,
        "messages": schema.messages.c.delivery,
        "steps": schema.steps.c.state,
    }
    for name, column in groups.items():
        for state, count in connection.execute(select(column, func.count()).group_by(column)):
            found[f"{name}.{state}"] = int(count)
    totals = {
        "orders": select(func.count()).select_from(schema.orders),
        "payments.unallocated": select(func.count()).where(schema.payments.c.order_id.is_(None)),
        "outbox": select(func.count()).select_from(schema.events).where(schema.UNPUBLISHED),
        "queue": select(func.count()).select_from(schema.queue),
    }
    for name, query in totals.items():
        found[name] = int(connection.execute(query).scalar_one())
    return found


def _lines(connection: Connection, ids: Select[str]) -> list[OrderLine]:
    return [_line(state) for state in read_states(connection, connection.execute(ids).scalars().all())]


def _line(state: OrderState) -> OrderLine:
    order_, request = state.order, state.request
    asked: Sequence[str] = [m.delivery for m in state.messages if m.purpose is not Purpose.RECEIPT]
    causes = [step.cause for step in state.steps if step.state is StepState.PARKED]
    return OrderLine(
        order_id=order_.id,
        connection=order_.connection,
        order_ref=order_.order_ref,
        number=order_.number,
        shop=order_.shop,
        state=request.state if request else "",
        money=request.money if request else "",
        delivery=asked[-1] if asked else "",
        write_back=state.write_backs[-1].state if state.write_backs else "",
        parked=causes[0] if causes else "",
        amount=str(request.terms.amount) if request else "",
        created_at=order_.created_at,
        updated_at=request.updated_at if request else order_.created_at,
    )
