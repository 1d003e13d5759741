"""From orders to rows of the list, by what the log of events says has changed."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select

from connector_core.adapters.store_sql.office_schema import listing, words
from connector_core.adapters.store_sql.rows import micros
from connector_core.adapters.store_sql.schema import events
from connector_core.adapters.store_sql.statements import add, chunks, put
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.payment import Payment, PaymentFlag, PaymentKind, PaymentState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState

PHONE = "~"
"""Begins the word of a phone number, whose digits stand in it from the last to the first."""
_MOST_WORDS = 12
_LONGEST = 100
_LOOKED_INTO = (PaymentFlag.SURPLUS, PaymentFlag.WRONG_AMOUNT, PaymentFlag.WRONG_CURRENCY)
"""Flags of money that somebody must decide about; a late payment is recorded, booked and marked, and that is all."""
_KEPT = ("sent_at", "delivered_at", "read_at", "paid_at")
"""The first moment of its kind stays, whatever comes later."""


def changed(connection: Connection, high: int, missing: Collection[int], limit: int) -> list[tuple[int, str | None]]:
    """(number, order) of events behind `high`, and of missing numbers that have appeared, in their order."""
    wanted = events.c.seq > high
    if missing:
        wanted = or_(wanted, events.c.seq.in_(missing))
    query = select(events.c.seq, events.c.order_id).where(wanted).order_by(events.c.seq).limit(limit)
    return [(row.seq, row.order_id) for row in connection.execute(query)]


def enter(connection: Connection, states: Sequence[OrderState], touched: int) -> None:
    """Writes the rows of these orders anew."""
    known = _moments(connection, [state.order.id for state in states])
    rows = [_row(state, touched, known.get(state.order.id, {})) for state in states]
    for some in chunks(rows):
        put(connection, listing, some, "order_id")
    revised = [state.order.id for state in states if state.request and state.request.revision > 1]
    for ids in chunks(revised):
        connection.execute(delete(words).where(words.c.order_id.in_(ids)))
    found = [{"word": word, "order_id": state.order.id} for state in states for word in _words(state)]
    for some in chunks(found):
        add(connection, words, some)


def plain_words(text: str) -> list[str]:
    """In lower case and without accents: ``Müller`` is found by ``muller`` too."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return [word[:_LONGEST] for word in re.findall(r"[^\W_]+", letters)]


def phone_word(digits: str) -> str:
    return PHONE + digits[::-1]


def _words(state: OrderState) -> set[str]:
    order, found = state.order, []
    for reference in {order.number, order.order_ref} - {""}:
        found += [reference.casefold()[:_LONGEST], *plain_words(reference)]
    if state.request:
        terms = state.request.terms
        found += plain_words(terms.name)[:_MOST_WORDS]
        found += [phone_word("".join(filter(str.isdigit, terms.phone))), terms.reference.casefold()[:_LONGEST]]
    return {word for word in found if word}


def _moments(connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[str, int]]:
    columns = [listing.c[name] for name in ("order_id", *_KEPT)]
    found: dict[str, Mapping[str, int]] = {}
    for some in chunks(ids):
        for row in connection.execute(select(*columns).where(listing.c.order_id.in_(some))).mappings():
            found[row["order_id"]] = {name: row[name] for name in _KEPT}
    return found


def _row(state: OrderState, touched: int, known: Mapping[str, int]) -> dict[str, Any]:
    order, request = state.order, state.request
    asking = [message for message in state.messages if message.purpose is not Purpose.RECEIPT]
    captures = [p for p in state.payments if p.kind is PaymentKind.CAPTURE and p.state is PaymentState.DONE]
    row = {
        "order_id": order.id,
        "touched": touched,
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
    }
    return row | {name: moment for name, moment in known.items() if moment}


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
    """The cause of the oldest parked step, else what is odd about money that was not given back."""
    for step in state.steps:
        if step.state is StepState.PARKED:
            return step.cause or step.kind
    odd = [p for p in state.payments if p.kind is PaymentKind.CAPTURE and p.flag in _LOOKED_INTO]
    return next((p.flag.value for p in odd if _kept(state, p) > 0), "")


def _kept(state: OrderState, payment: Payment) -> int:
    """What of a payment was not given back, in minor units."""
    refunds = [p for p in state.payments if p.kind is PaymentKind.REFUND and p.state is not PaymentState.FAILED]
    return payment.amount.minor - sum(p.amount.minor for p in refunds if p.parent in (payment.psp_ref, ""))


def _changed_at(state: OrderState) -> int:
    """The newest moment that anything of the order carries."""
    moments: list[datetime | None] = [state.order.created_at, state.request.updated_at if state.request else None]
    moments += [link.settled_at or link.created_at for link in state.links]
    moments += [message.updated_at or message.created_at for message in state.messages]
    moments += [payment.recorded_at for payment in state.payments]
    moments += [write_back.done_at or write_back.created_at for write_back in state.write_backs]
    return micros(max(moment for moment in moments if moment is not None))
