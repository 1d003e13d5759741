"""Whole orders as a daemon stores them: asked for and sent at first, then delivered, read, paid and written back."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import (
    ConnectionId,
    EventId,
    LinkId,
    MessageId,
    OrderId,
    OrderRef,
    PaymentId,
    RequestId,
    ShopId,
    StepId,
    WriteBackId,
    uuid7,
)
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.money import Money
from connector_core.domain.payment import Payment, PaymentKind, PaymentState, WriteBack, WriteBackFact, WriteBackState
from connector_core.domain.phone import E164
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState, Terms
from connector_core.domain.state import Value
from connector_core.domain.step import Step, StepKind
from connector_core.ports.store import Batch

_AMOUNT = Money(1470, "EUR")
_PHONE = E164("+4915123456789")
_SENT = (
    EventType.ORDER_RECEIVED, EventType.REQUEST_CREATED, EventType.LINK_CREATED, EventType.MESSAGE_QUEUED,
    EventType.MESSAGE_ACCEPTED,
)  # fmt: skip
_PAID = (
    EventType.MESSAGE_STATUS, EventType.MESSAGE_STATUS, EventType.PAYMENT_CAPTURED, EventType.REQUEST_CLOSED,
    EventType.WRITEBACK_DUE, EventType.WRITEBACK_DONE, EventType.MESSAGE_QUEUED, EventType.MESSAGE_ACCEPTED,
)  # fmt: skip


async def ask(store: SqlStore, orders: int) -> Sequence[OrderId]:
    return await asyncio.gather(*(_ask(store) for _ in range(orders)))


async def pay(store: SqlStore, ids: Sequence[OrderId]) -> None:
    await asyncio.gather(*(_pay(store, order_id) for order_id in ids))


async def _ask(store: SqlStore) -> OrderId:
    name, now = uuid7(), datetime.now(UTC)
    state = await store.take(ConnectionId("main-erp"), OrderRef(name), ShopId("main"))
    order_id = state.order.id
    terms = Terms(_AMOUNT, name[-8:], _PHONE, "de", "Anna Musterfrau", "anna@shop.example", "Order", now)
    request = PaymentRequest(
        RequestId(uuid7()), order_id, ShopId("main"), RequestState.OPEN, 1, terms, "m@1", now, now
    )  # fmt: skip
    link = PayLink(
        LinkId(uuid7()), request.id, order_id, 1, LinkState.OPEN, "lyra", uuid7(), _AMOUNT, now, uuid7()
    )  # fmt: skip
    sent = _message(order_id, request.id, Purpose.PAYLINK, now)
    step = Step(StepId(uuid7()), order_id, StepKind.RECONCILE, datetime(2099, 1, 1, tzinfo=UTC), now)
    values: list[Value] = [replace(state.order, number=name[-8:]), request, link, sent]
    events = _events(order_id, _SENT, now)
    await store.commit(Batch(values=values, steps=[step], events=events, lease=state, release=True))
    return order_id


async def _pay(store: SqlStore, order_id: OrderId) -> None:
    state, now = await store.take_order(order_id), datetime.now(UTC)
    assert state.request is not None
    payment = Payment(
        PaymentId(uuid7()), order_id, state.links[0].id, "lyra", uuid7(), PaymentKind.CAPTURE, PaymentState.DONE,
        _AMOUNT, now, now, "VISA",
    )  # fmt: skip
    values: list[Value] = [
        replace(state.request, state=RequestState.PAID, captured=_AMOUNT.minor, updated_at=now, closed_at=now),
        replace(state.links[0], state=LinkState.PAID, settled_at=now),
        replace(state.messages[0], delivery=Delivery.READ, updated_at=now),
        _message(order_id, state.request.id, Purpose.RECEIPT, now),
        payment,
        WriteBack(
            WriteBackId(uuid7()),
            order_id,
            WriteBackFact.CAPTURED,
            WriteBackState.DONE,
            now,
            payment.id,
            "1",
            done_at=now,
        ),
    ]
    done = [step.id for step in state.steps]
    await store.commit(
        Batch(values=values, done=done, events=_events(order_id, _PAID, now), lease=state, release=True)
    )  # fmt: skip


def _message(order_id: OrderId, request_id: RequestId, purpose: Purpose, now: datetime) -> Message:
    return Message(
        MessageId(uuid7()), order_id, request_id, purpose, "whatsapp", _PHONE, "de", 1, Delivery.ACCEPTED, now,
        "https://pay.example/1", uuid7(), updated_at=now,
    )  # fmt: skip


def _events(order_id: OrderId, types: Sequence[EventType], now: datetime) -> list[Event]:
    return [Event(EventId(uuid7()), type_, now, "connector", order_id, data={"state": "x"}) for type_ in types]
