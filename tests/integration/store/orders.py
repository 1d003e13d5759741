"""Values to store."""

from datetime import UTC, datetime, timedelta
from typing import Any

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
from connector_core.domain.payment import (
    Payment,
    PaymentKind,
    PaymentState,
    WriteBack,
    WriteBackFact,
    WriteBackState,
)
from connector_core.domain.phone import E164
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.ports.store import Batch

SHOP = ShopId("shop")
SOURCE = ConnectionId("woo-main")
NOW = datetime.now(UTC)
EUR = Money(3390, "EUR")


def ref() -> OrderRef:
    return OrderRef(uuid7())


def step(order_id: OrderId, *, due: timedelta = timedelta(), kind: StepKind = StepKind.RECONCILE, **rest: Any) -> Step:
    """Due since the start of the tests, plus `due`."""
    return Step(StepId(uuid7()), order_id, kind, NOW + due, NOW, **rest)


def parked(order_id: OrderId) -> Step:
    return step(order_id, state=StepState.PARKED, attempts=3, cause="The amount is too small.", cure="Raise it.")


def event(order_id: OrderId | None = None, type_: EventType = EventType.REQUEST_CREATED, **data: Any) -> Event:
    return Event(EventId(uuid7()), type_, NOW, "connector", order_id, data=data)


def request(order_id: OrderId, *, revision: int = 1, state: RequestState = RequestState.OPEN) -> PaymentRequest:
    terms = Terms(EUR, "R-1", E164("+4915112345678"), "de", "Ann Example", "ann@example.org", "Order", NOW)
    return PaymentRequest(RequestId(uuid7()), order_id, SHOP, state, revision, terms, "woo@1", NOW, NOW)


def link(order_id: OrderId, psp_order: str = "", psp_link: str = "") -> PayLink:
    return PayLink(
        LinkId(uuid7()), RequestId(uuid7()), order_id, 1, LinkState.OPEN, "lyra", psp_order or uuid7(), EUR, NOW,
        psp_link,
    )  # fmt: skip


def message(order_id: OrderId, provider_id: str = "", delivery: Delivery = Delivery.QUEUED) -> Message:
    return Message(
        MessageId(uuid7()), order_id, RequestId(uuid7()), Purpose.PAYLINK, "whatsapp", E164("+4915112345678"), "de", 1,
        delivery, NOW, provider_id=provider_id,
    )  # fmt: skip


def payment(order_id: OrderId | None, psp_ref: str = "") -> Payment:
    return Payment(
        PaymentId(uuid7()), order_id, None, "lyra", psp_ref or uuid7(), PaymentKind.CAPTURE, PaymentState.DONE, EUR,
        NOW, NOW,
    )  # fmt: skip


def write_back(order_id: OrderId, paid: PaymentId | None = None) -> WriteBack:
    return WriteBack(WriteBackId(uuid7()), order_id, WriteBackFact.CAPTURED, WriteBackState.DUE, NOW, paid)


async def kept(store: SqlStore) -> OrderId:
    """A stored order that is in nobody's hands."""
    return await with_steps(store)


async def with_steps(store: SqlStore, *due: timedelta) -> OrderId:
    """A stored order with a step for each of these delays."""
    state = await store.take(SOURCE, ref(), SHOP)
    steps = [step(state.order.id, due=delay) for delay in due]
    await store.commit(Batch(values=[state.order], steps=steps, lease=state, release=True))
    return state.order.id


async def give_back(store: SqlStore, state: OrderState) -> None:
    await store.commit(Batch(lease=state, release=True))
