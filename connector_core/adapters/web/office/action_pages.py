"""What a person does with one request: money back, once more from a stage, and what to do about a stop."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import ConfirmNeeded, Gate, Visitor
from connector_core.adapters.web.office.request_pages import RequestPages
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderId
from connector_core.domain.money import Money, MoneyError
from connector_core.domain.person import Permission
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepState
from connector_core.flow.by_hand import ByHand, is_by_hand
from connector_core.flow.cancel import ask_cancel
from connector_core.flow.notify import notify
from connector_core.flow.refund import ask_refund
from connector_core.flow.replay import give_up, replay, retry
from connector_core.flow.stage import Outcome
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, AuditTrail
from connector_core.ports.store import Batch, Store

Sent = Mapping[str, str]
Advance = Callable[[OrderId], Awaitable[None]]


class ActionPages:
    """Each action is stored with the name of whoever did it, then begun at once; the page follows by itself."""

    def __init__(
        self,
        gate: Gate,
        requests: RequestPages,
        store: Store,
        audit: AuditTrail,
        clock: Clock,
        advance: Advance,
        by_hand: ByHand,
    ) -> None:
        self._gate = gate
        self._requests = requests
        self._store = store
        self._audit = audit
        self._clock = clock
        self._advance = advance
        self._by_hand = by_hand

    def add_to(self, router: APIRouter) -> None:
        router.post("/requests/{order_id}/refund")(self.refund)
        router.post("/requests/{order_id}/notify")(self.notify)
        router.post("/requests/{order_id}/cancel")(self.cancel)
        router.post("/requests/{order_id}/replay")(self.replay)
        router.post("/requests/{order_id}/retry")(self.retry)
        router.post("/requests/{order_id}/give-up")(self.give_up)

    async def refund(self, request: Request, order_id: str) -> Response:
        """The form's own `key` makes a second click the same refund."""
        visitor, state, sent = await self._asked(request, order_id, Permission.REFUND)
        if not visitor.confirmed:
            raise ConfirmNeeded
        key = sent.get("key", "")
        if not key:
            raise InvalidInput("The form has no key.", field="key", status=422, cure="Load the page anew.")
        amount, comment = _amount(state, sent.get("amount", "")), sent.get("comment", "")[:200]
        batch = ask_refund(state, self._clock, amount, sent.get("payment", ""), key, comment)
        return await self._do(
            visitor, state, batch, "refund", payment=sent.get("payment", ""), amount=str(amount or "")
        )

    async def notify(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.SEND)
        channel, channels = sent.get("channel", ""), self._requests.channels(state.order.shop)
        return await self._do(
            visitor, state, _batch(notify(state, channels, self._clock, channel)), "notify", channel=channel
        )

    async def cancel(self, request: Request, order_id: str) -> Response:
        """Of a request that was made by hand its draft is cancelled; an order's own system is not told."""
        visitor, state, sent = await self._asked(request, order_id, Permission.CHANGE)
        if is_by_hand(state.order.connection):
            await self._by_hand.cancel(state, visitor.person.email)
        reason = sent.get("reason", "").strip()[:200]
        batch = ask_cancel(state, self._clock, visitor.person.email, reason)
        return await self._do(visitor, state, batch, "cancel")

    async def replay(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.REPAIR)
        stage = sent.get("stage", "")
        return await self._do(visitor, state, _batch(replay(state, stage, self._clock)), "replay", stage=stage)

    async def retry(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.REPAIR)
        step = _parked(state, sent.get("step", ""))
        return await self._do(visitor, state, _batch(retry(state, step, self._clock.now())), "retry", step=step.kind)

    async def give_up(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.REPAIR)
        step, reason = _parked(state, sent.get("step", "")), sent.get("reason", "").strip()[:200]
        if not reason:
            raise InvalidInput(
                "A reason is needed.", field="reason", status=422, cure="Say in a few words why nothing more is to do."
            )
        outcome = give_up(state, step, reason, self._clock.now())
        return await self._do(visitor, state, _batch(outcome), "give_up", step=step.kind)

    async def _asked(self, request: Request, order_id: str, permission: Permission) -> tuple[Visitor, OrderState, Sent]:
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        state = await self._requests.visible(order_id, visitor)
        visitor.needs(permission, state.order.shop)
        return visitor, state, sent

    async def _do(self, visitor: Visitor, state: OrderState, batch: Batch, action: str, **data: Any) -> Response:
        actor, order = visitor.person.email, state.order
        batch = replace(batch, events=[replace(event, actor=actor) for event in batch.events])
        fresh = await self._store.commit(batch)
        await self._audit.note(Act(actor, f"request.{action}", order.id, order.shop, {**data, "new": fresh}))
        await self._advance(order.id)
        return RedirectResponse(f"/office/requests/{order.id}?done={action if fresh else 'before'}", 303)


def _batch(outcome: Outcome) -> Batch:
    return Batch(outcome.values, outcome.events, outcome.steps, outcome.done)


def _parked(state: OrderState, step_id: str) -> Step:
    for step in state.steps:
        if step.id == step_id and step.state is StepState.PARKED:
            return step
    raise InvalidInput(
        "This step does not wait any more.",
        status=409,
        cure="Load the page anew: somebody was quicker, or it went by itself.",
    )


def _amount(state: OrderState, text: str) -> Money | None:
    """``10.00`` or ``10,00`` in the currency of the payments; None for an empty text: all that is left."""
    if not text.strip():
        return None
    currency = state.payments[0].amount.currency if state.payments else "EUR"
    try:
        return Money.parse(Decimal(text.strip().replace(",", ".")), currency)
    except (MoneyError, InvalidOperation):
        raise InvalidInput(
            "The amount cannot be read.", field="amount", status=422, cure="Write digits, such as 10.00."
        ) from None
