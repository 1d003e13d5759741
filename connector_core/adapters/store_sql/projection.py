"""From orders to rows of the list."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from connector_core.adapters.store_sql import sums
from connector_core.adapters.store_sql.office_schema import listing, words
from connector_core.adapters.store_sql.rows import micros
from connector_core.adapters.store_sql.statements import add, among, chunks, execute, id_list, put
from connector_core.adapters.store_sql.words import week_of, words_of
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.payment import Payment, PaymentKind, PaymentState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState

Values = Mapping[str, Any]
_KEPT = ("sent_at", "delivered_at", "read_at", "paid_at")
"""The first moment of its kind stays, whatever comes later."""


def enter(connection: Connection, states: Sequence[OrderState], mark: int) -> int:
    """Writes the rows of these orders, each with a greater mark: also one that stays as it was, as its order's page
    shows more than the row. With mark 0 only those that have changed, without a mark. Returns how many.
    """
    known = _known(connection, [state.order.id for state in states])
    rows: list[dict[str, Any]] = []
    for state in states:
        before = known.get(state.order.id)
        row = _row(state, before or {})
        if mark or before is None or any(before[name] != value for name, value in row.items()):
            rows.append(row | {"touched": mark + len(rows) if mark else 0})
    for some in chunks(rows):
        put(connection, listing, some, "order_id")
    _write_words(connection, rows, known)
    sums.count(connection, ((known.get(row["order_id"]), row) for row in rows))
    return len(rows)


def _write_words(connection: Connection, rows: Sequence[Values], known: Mapping[str, Values]) -> None:
    new, gone = [], []
    for row in rows:
        now = set(orjson.loads(row["words"]))
        before = set(orjson.loads(known[row["order_id"]]["words"])) if row["order_id"] in known else set()
        new += [_word(row, word) for word in sorted(now - before)]
        gone += [_word(row, word) for word in sorted(before - now)]
    for some in chunks(new):
        add(connection, words, some)
    for one in gone:
        connection.execute(delete(words).where(*(words.c[name] == value for name, value in one.items())))


def _word(row: Values, word: str) -> dict[str, Any]:
    at = row["created_at"]
    return {"shop": row["shop"], "week": week_of(at), "word": word, "created_at": at, "order_id": row["order_id"]}


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, Values]:
    rows = execute(connection, _rows_of(connection.dialect.name), ids=id_list(connection, ids))
    return {row["order_id"]: dict(row) for row in rows.mappings()}


@cache
def _rows_of(dialect: str) -> Any:
    return select(listing).where(among(listing.c.order_id, dialect))


def _row(state: OrderState, before: Values) -> dict[str, Any]:
    order, request = state.order, state.request
    asking = [message for message in state.messages if message.purpose is not Purpose.RECEIPT]
    captures = [p for p in state.payments if p.kind is PaymentKind.CAPTURE and p.state is PaymentState.DONE]
    row = {
        "order_id": order.id,
        "shop": order.shop,
        "connection": order.connection,
        "number": (order.number or order.order_ref)[:255],
        "state": request.state if request else "",
        "money": request.money if request else "",
        "delivery": asking[-1].delivery if asking else "",
        "write_back": state.write_backs[-1].state if state.write_backs else "",
        "attention": _attention(state),
        "channel": asking[-1].channel if asking else "",
        "method": captures[0].method if captures else "",
        "created_at": micros(order.created_at),
        "changed_at": _changed_at(state),
        **_asked(state),
        **_reached(asking),
        "paid_at": micros(min(p.at for p in captures)) if captures else 0,
        "words": orjson.dumps(words_of(state)).decode(),
    }
    return row | {name: before[name] for name in _KEPT if before.get(name)}


def _asked(state: OrderState) -> dict[str, Any]:
    request = state.request
    if request is None:
        return {"name": "", "phone": "", "currency": "", "minor": 0, "captured": 0, "refunded": 0}
    terms = request.terms
    return {
        "name": terms.name[:255],
        "phone": terms.phone,
        "currency": terms.amount.currency,
        "minor": terms.amount.minor,
        "captured": request.captured,
        "refunded": request.refunded,
    }


def _reached(asking: Sequence[Message]) -> dict[str, int]:
    """When a message was first known to have come so far; the messenger's own time where it has told one."""
    return {
        "sent_at": _first(asking, Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.ACCEPTED, made=True),
        "delivered_at": _first(asking, Delivery.DELIVERED, Delivery.READ),
        "read_at": _first(asking, Delivery.READ),
    }


def _first(asking: Iterable[Message], *deliveries: Delivery, made: bool = False) -> int:
    moments = [m.created_at if made else m.updated_at or m.created_at for m in asking if m.delivery in deliveries]
    return micros(min(moments)) if moments else 0


def _attention(state: OrderState) -> str:
    """The cause of the oldest parked step, else what is odd about money that nobody has dealt with or given back."""
    for step in state.steps:
        if step.state is StepState.PARKED:
            return step.cause or step.kind
    odd = [p for p in state.payments if p.kind is PaymentKind.CAPTURE and p.flag and not p.settled_by]
    return next((p.flag.value for p in odd if _kept(state, p) > 0), "")


def _kept(state: OrderState, payment: Payment) -> int:
    """What of a payment was not given back, in minor units."""
    refunds = [p for p in state.payments if p.kind is PaymentKind.REFUND and p.state is not PaymentState.FAILED]
    return payment.amount.minor - sum(p.amount.minor for p in refunds if p.parent in (payment.psp_ref, ""))


def _changed_at(state: OrderState) -> int:
    """The newest moment that anything of the order carries."""
    moments: list[datetime | None] = [state.order.created_at, state.request.updated_at if state.request else None]
    moments += [message.updated_at or message.created_at for message in state.messages]
    moments += [payment.recorded_at for payment in state.payments]
    moments += [write_back.done_at or write_back.created_at for write_back in state.write_backs]
    return micros(max(moment for moment in moments if moment is not None))
