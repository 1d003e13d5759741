"""Takes the buyer of one order out of every row that may name them, but for the order's own values."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, literal, select, update

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.office_schema import drafts, idempotency, saved_filters
from connector_core.adapters.store_sql.rows import moment
from connector_core.adapters.store_sql.statements import chunks
from connector_core.domain.cloudevent import decode_order_event, encode_order_event
from connector_core.domain.erasure import Buyer, buyer_of, without_buyer
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import RequestId
from connector_core.domain.message import Delivery
from connector_core.domain.request import ERASED, Terms
from connector_core.domain.state import OrderState
from connector_core.ports.privacy import Revision

_TERMS = TypeAdapter(Terms)


def erase_copies(connection: Connection, state: OrderState) -> None:
    earlier = revisions(connection, state.request.id) if state.request else []
    buyer = buyer_of(state, [one.terms for one in earlier])
    if state.request:
        _revisions(connection, state.request.id, earlier)
    _events(connection, state, buyer)
    _hints(connection, state, buyer)
    _draft(connection, state, buyer)
    _answers(connection, state, buyer)
    _queue(connection, state)
    _statuses(connection, state)
    _filters(connection, buyer)


def revisions(connection: Connection, request_id: RequestId) -> list[Revision]:
    table = schema.revisions
    found = connection.execute(select(table).where(table.c.request_id == request_id).order_by(table.c.revision))
    return [Revision(row.revision, moment(row.at), _TERMS.validate_json(row.data)) for row in found]


def _revisions(connection: Connection, request_id: RequestId, known: Sequence[Revision]) -> None:
    table = schema.revisions
    for one in known:
        this = (table.c.request_id == request_id, table.c.revision == one.revision)
        data = _TERMS.dump_json(without_buyer(one.terms)).decode()
        connection.execute(update(table).where(*this).values(data=data))


def _events(connection: Connection, state: OrderState, buyer: Buyer) -> None:
    """Causes are a person's or a peer's own words: none of them stays."""
    table = schema.events
    for row in connection.execute(select(table).where(table.c.order_id == state.order.id).order_by(table.c.seq)):
        new = {
            "actor": buyer.without(row.actor) if buyer.is_in(row.actor) else row.actor,
            "cause": ERASED if row.cause else "",
            "data": _out_of(row.data, buyer),
        }
        if new != {name: getattr(row, name) for name in new}:
            connection.execute(update(table).where(table.c.seq == row.seq).values(**new))


def _hints(connection: Connection, state: OrderState, buyer: Buyer) -> None:
    """Order events that still wait for the broker; those behind it have given their record away."""
    table = schema.events
    waiting = select(table).where(
        schema.UNPUBLISHED, table.c.order_id.is_(None), table.c.subject == state.order.order_ref
    )
    for row in connection.execute(waiting).all():
        data = orjson.loads(row.data)
        if data.get("connection") == state.order.connection:
            data = {**data, "record": None, "actor": buyer.without(data.get("actor", ""))}
            new = orjson.dumps(data).decode()
            connection.execute(update(table).where(table.c.seq == row.seq).values(data=new))


def _draft(connection: Connection, state: OrderState, buyer: Buyer) -> None:
    this = (drafts.c.connection == state.order.connection, drafts.c.order_ref == state.order.order_ref)
    record = connection.execute(select(drafts.c.record).where(*this)).scalar()
    if record is not None:
        connection.execute(update(drafts).where(*this).values(record=_out_of(record, buyer)))


def _answers(connection: Connection, state: OrderState, buyer: Buyer) -> None:
    for key, body in _holding(connection, idempotency.c.key, idempotency.c.body, state.order.id):
        new = orjson.dumps(buyer.out_of(orjson.loads(body)))
        connection.execute(update(idempotency).where(idempotency.c.key == key).values(body=new))


def _queue(connection: Connection, state: OrderState) -> None:
    queue = schema.queue
    for position, body in _holding(connection, queue.c.position, queue.c.body, state.order.order_ref):
        try:
            event = decode_order_event(body)
        except InvalidInput:
            continue
        if (event.connection, event.order_ref) == (state.order.connection, state.order.order_ref):
            new = encode_order_event(replace(event, record=None))
            connection.execute(update(queue).where(queue.c.position == position).values(body=new))


def _holding(connection: Connection, key: Any, body: Any, text: str) -> Iterator[tuple[Any, bytes]]:
    """Rows with this text somewhere in their bytes."""
    sqlite = connection.dialect.name == "sqlite"
    wanted = literal(text.encode())
    holds = func.instr(body, wanted) > 0 if sqlite else func.position(wanted.op("IN")(body)) > 0
    return ((row[0], bytes(row[1])) for row in connection.execute(select(key, body).where(holds)).all())


def _statuses(connection: Connection, state: OrderState) -> None:
    """A messenger's id may hold the number, and stood in these keys once."""
    keys = [
        f"status:{message.provider_id}:{attempt}:{delivery}"
        for message in state.messages
        if message.provider_id
        for attempt in (message.id, "")
        for delivery in Delivery
    ]
    for some in chunks(keys):
        connection.execute(delete(schema.seen).where(schema.seen.c.key.in_(some)))


def _filters(connection: Connection, buyer: Buyer) -> None:
    """Searches for this buyer that somebody keeps; there are few of all."""
    for row in connection.execute(select(saved_filters)).all():
        if buyer.is_in(unquote_plus(row.query)):
            this = (saved_filters.c.person == row.person, saved_filters.c.name == row.name)
            connection.execute(delete(saved_filters).where(*this))


def _out_of(text: str, buyer: Buyer) -> str:
    return orjson.dumps(buyer.out_of(orjson.loads(text))).decode()
