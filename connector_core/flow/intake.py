"""The doors: what plugins, the PSP and the messengers report is stored first, answered second, worked on third."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal

from connector_core.crash_points import crash_point
from connector_core.domain.card_numbers import without_card_numbers
from connector_core.domain.errors import ConnectorError
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, PaymentId, uuid7
from connector_core.domain.message import MessageStatus
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.domain.payment import Payment, PaymentFact, PaymentFlag
from connector_core.domain.step import StepKind
from connector_core.flow.stage import ACTOR, new_step
from connector_core.flow.track_message import STATUS
from connector_core.flow.track_payment import FACTS
from connector_core.ports.clock import Clock
from connector_core.ports.store import Batch, Store

IpnResult = Literal["applied", "duplicate", "unallocated"]

_ORDER_EVENTS = {
    OrderChange.RECEIVED: EventType.ORDER_RECEIVED,
    OrderChange.CHANGED: EventType.ORDER_CHANGED,
    OrderChange.WITHDRAWN: EventType.ORDER_WITHDRAWN,
}
_CHANGES = {type_: change for change, type_ in _ORDER_EVENTS.items()}


class Intake:
    """Everything returns after its commit, so an answer of 2xx means: it is kept (invariant I10)."""

    def __init__(
        self, store: Store, clock: Clock, advance: Callable[[OrderId], Awaitable[None]], published: Callable[[], None]
    ) -> None:
        """`advance` starts work on an order in the background, `published` wakes the outbox."""
        self._store = store
        self._clock = clock
        self._advance = advance
        self._published = published

    async def orders(self, events: Sequence[OrderEvent]) -> int:
        """Puts order events into the outbox, on their way to the broker; returns how many were new."""
        new = 0
        for event in events:
            batch = Batch(events=[hint(event)], seen=[f"in:{event.source}:{event.id}"], new_steps_only_if_unseen=True)
            crash_point("intake.order")
            new += await self._store.commit(batch)
            crash_point("intake.order-stored")
        if new:
            self._published()
        return new

    async def refused(self, message_id: str, why: ConnectorError) -> None:
        """An order event that cannot be taken leaves a trace; the message itself goes to the dead letters."""
        now = self._clock.now()
        data = {"cure": why.cure, "field": getattr(why, "field", "")}
        event = Event(EventId(uuid7()), EventType.ORDER_REFUSED, now, ACTOR, None, message_id, why.sentence, data)
        await self._store.commit(Batch(events=[event], seen=[f"refused:{message_id}"], new_steps_only_if_unseen=True))
        self._published()

    async def payments(self, facts: Sequence[PaymentFact]) -> IpnResult:
        """``applied``, ``duplicate``, or ``unallocated`` for payments of no order of ours (faults.md 39)."""
        result: IpnResult = "duplicate"
        for fact in facts:
            link = await self._store.link_by_psp_order(fact.psp_order, fact.psp_link)
            if link is None:
                new = await self._store.add_unallocated(*_unallocated(fact, self._clock.now()))
                result = "unallocated" if new else result
                continue
            step = new_step(
                link.order_id, StepKind.TRACK_PAYMENT, self._clock.now(), facts=FACTS.dump_python([fact], mode="json")
            )
            key = f"payment:{fact.account}:{fact.psp_ref}:{fact.kind}:{fact.state}"
            crash_point("intake.payment")
            if await self._store.commit(Batch(steps=[step], seen=[key], new_steps_only_if_unseen=True)):
                crash_point("intake.payment-stored")
                result = "applied"
                await self._advance(link.order_id)
        return result

    async def statuses(self, statuses: Sequence[MessageStatus]) -> None:
        """Statuses of messages that are not ours (another system on the same number) change nothing."""
        for status in statuses:
            order_id = await self._store.order_of_message(status.provider_id, status.attempt_id)
            if order_id is None:
                continue
            payload = STATUS.dump_python(status, mode="json")
            step = new_step(order_id, StepKind.TRACK_MESSAGE, self._clock.now(), status=payload)
            key = f"status:{status.attempt_id or _digest(status.provider_id)}:{status.delivery}"
            crash_point("intake.status")
            if await self._store.commit(Batch(steps=[step], seen=[key], new_steps_only_if_unseen=True)):
                crash_point("intake.status-stored")
                await self._advance(order_id)


def hint(event: OrderEvent) -> Event:
    """The outbox row of an order event; `order_event` is its inverse, but for card numbers, which are masked here."""
    data = {
        "id": event.id,
        "source": event.source,
        "connection": event.connection,
        "order_ref": event.order_ref,
        "document": event.document,
        "record": without_card_numbers(event.record),
        **({"send_again": True} if event.send_again else {}),
        **({"actor": event.actor} if event.actor else {}),
    }
    return Event(
        EventId(uuid7()), _ORDER_EVENTS[event.change], event.at, event.source, None, event.order_ref, data=data
    )


def order_event(event: Event) -> OrderEvent | None:
    """The order event that an outbox row carries to the order exchange; None when the row is one of the timeline."""
    if event.order_id is not None or event.type not in _CHANGES:
        return None
    data = event.data
    return OrderEvent(
        id=data["id"],
        source=data["source"],
        connection=ConnectionId(data["connection"]),
        order_ref=OrderRef(data["order_ref"]),
        change=_CHANGES[event.type],
        at=event.at,
        record=data.get("record"),
        document=data["document"],
        send_again=data.get("send_again", False),
        actor=data.get("actor", ""),
    )


def _digest(provider_id: str) -> str:
    """A messenger's id may hold the buyer's number, which a key that is kept for ever must not."""
    return hashlib.sha256(provider_id.encode()).hexdigest()


def _unallocated(fact: PaymentFact, now: datetime) -> tuple[Payment, Event]:
    payment = Payment(
        PaymentId(uuid7()), None, None, fact.account, fact.psp_ref, fact.kind, fact.state, fact.amount, fact.at, now,
        fact.method, PaymentFlag.UNALLOCATED,
    )  # fmt: skip
    data = {
        "psp_ref": fact.psp_ref,
        "account": fact.account,
        "amount": fact.amount.minor,
        "currency": fact.amount.currency,
    }
    event = Event(EventId(uuid7()), EventType.PAYMENT_UNALLOCATED, now, ACTOR, None, payment.id, data=data)
    return payment, event
