"""What a person does with one request: money back, once more from a stage, and what to do about a stop."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import ConfirmNeeded, Gate, Visitor
from connector_core.adapters.web.office.request_pages import RequestPages
from connector_core.adapters.web.office.send_pages import end_of_day, plain_amount
from connector_core.domain.errors import InvalidInput
from connector_core.domain.message import HANDED_OVER
from connector_core.domain.person import Permission
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepState
from connector_core.flow.actions import Actions
from connector_core.flow.replay import give_up, replay, retry

Sent = Mapping[str, str]


class ActionPages:
    """Each action leads back to the request's page, which follows what comes of it."""

    def __init__(self, gate: Gate, requests: RequestPages, actions: Actions) -> None:
        self._gate = gate
        self._requests = requests
        self._actions = actions

    def add_to(self, router: APIRouter) -> None:
        router.post("/requests/{order_id}/refund")(self.refund)
        router.post("/requests/{order_id}/notify")(self.notify)
        router.post("/requests/{order_id}/hand-over")(self.hand_over)
        router.post("/requests/{order_id}/change")(self.change)
        router.post("/requests/{order_id}/cancel")(self.cancel)
        router.post("/requests/{order_id}/replay")(self.replay)
        router.post("/requests/{order_id}/settle")(self.settle)
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
        amount, payment, comment = sent.get("amount", ""), sent.get("payment", ""), sent.get("comment", "")[:200]
        fresh = await self._actions.refund(state, visitor.person.email, key, amount, payment, comment)
        return _back(state, "refund", fresh)

    async def notify(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.SEND)
        return _back(state, "notify", await self._actions.notify(state, visitor.person.email, sent.get("channel", "")))

    async def hand_over(self, request: Request, order_id: str) -> Response:
        """The person writes to the buyer from a phone of their own: the page has opened it with the text."""
        visitor, state, _ = await self._asked(request, order_id, Permission.SEND)
        return _back(state, "hand_over", await self._actions.notify(state, visitor.person.email, HANDED_OVER))

    async def change(self, request: Request, order_id: str) -> Response:
        """Of a request that was made by hand; an order of another system is changed there. Empty fields stay."""
        visitor, state, sent = await self._asked(request, order_id, Permission.CHANGE)
        wanted = {
            "amount": plain_amount(sent.get("amount", "")),
            "description": sent.get("description", "").strip(),
            "valid_until": end_of_day(sent.get("until", ""), self._requests.today()),
        }
        changes = {name: value for name, value in wanted.items() if value}
        if not changes:
            raise InvalidInput("Nothing was filled in.", status=422, cure="Type what shall change.")
        await self._actions.change(state, changes, visitor.person.email)
        return _back(state, "change", True)

    async def cancel(self, request: Request, order_id: str) -> Response:
        """Of a request that was made by hand its draft is cancelled; an order's own system is not told."""
        visitor, state, sent = await self._asked(request, order_id, Permission.CHANGE)
        reason = sent.get("reason", "").strip()[:200]
        return _back(state, "cancel", await self._actions.cancel(state, visitor.person.email, reason))

    async def replay(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.REPAIR)
        stage, actor = sent.get("stage", ""), visitor.person.email
        if stage == "map" and state.request is not None and state.request.state is RequestState.EXPIRED:
            return _back(state, "replay", await self._actions.reissue(state, actor))
        outcome = replay(state, stage, self._actions.clock)
        return _back(state, "replay", await self._actions.do(state, actor, "replay", outcome, stage=stage))

    async def settle(self, request: Request, order_id: str) -> Response:
        """A payment that did not fit is dealt with: how, stands in the timeline."""
        visitor, state, sent = await self._asked(request, order_id, Permission.REFUND)
        payment, reason = sent.get("payment", ""), sent.get("reason", "")
        return _back(state, "settle", await self._actions.settle(state, visitor.person.email, payment, reason))

    async def retry(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.REPAIR)
        step = _parked(state, sent.get("step", ""))
        outcome = retry(state, step, self._actions.clock.now())
        return _back(
            state, "retry", await self._actions.do(state, visitor.person.email, "retry", outcome, step=step.kind)
        )

    async def give_up(self, request: Request, order_id: str) -> Response:
        visitor, state, sent = await self._asked(request, order_id, Permission.REPAIR)
        step, reason = _parked(state, sent.get("step", "")), sent.get("reason", "").strip()[:200]
        if not reason:
            raise InvalidInput(
                "A reason is needed.", field="reason", status=422, cure="Say in a few words why nothing more is to do."
            )
        outcome, actor = give_up(state, step, reason, self._actions.clock.now()), visitor.person.email
        return _back(state, "give_up", await self._actions.do(state, actor, "give_up", outcome, step=step.kind))

    async def _asked(self, request: Request, order_id: str, permission: Permission) -> tuple[Visitor, OrderState, Sent]:
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        state = await self._requests.visible(order_id, visitor)
        visitor.needs(permission, state.order.shop)
        return visitor, state, sent


def _back(state: OrderState, action: str, fresh: bool) -> Response:
    return RedirectResponse(f"/office/requests/{state.order.id}?done={action if fresh else 'before'}", 303)


def _parked(state: OrderState, step_id: str) -> Step:
    for step in state.steps:
        if step.id == step_id and step.state is StepState.PARKED:
            return step
    raise InvalidInput(
        "This step does not wait any more.",
        status=409,
        cure="Load the page anew: somebody was quicker, or it went by itself.",
    )
