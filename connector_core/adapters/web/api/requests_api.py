"""Payment requests for programs: the same use-cases that the pages of the back office have."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from connector_core.adapters.web.api.bearer import Bearer, Client
from connector_core.adapters.web.api.idempotent import Once
from connector_core.adapters.web.api.models import (
    Again,
    Changes,
    Done,
    Happened,
    Lines,
    NewRefund,
    NewRequest,
    Reason,
    RequestSeen,
    line_of,
    seen_of,
)
from connector_core.adapters.web.declared import API_PROBLEMS, IDEMPOTENT
from connector_core.adapters.web.office.list_pages import read_place
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderId, ShopId
from connector_core.domain.money import Money, MoneyError
from connector_core.domain.person import Permission
from connector_core.domain.shop import Shop
from connector_core.domain.state import OrderState
from connector_core.flow.by_hand import ByHand, Wish, connection_of, is_by_hand
from connector_core.flow.cancel import ask_cancel
from connector_core.flow.notify import notify
from connector_core.flow.refund import ask_refund_once
from connector_core.flow.replay import replay
from connector_core.flow.stage import Outcome
from connector_core.ports.clock import Clock
from connector_core.ports.listing import Filters, Listing
from connector_core.ports.people import Act, AuditTrail
from connector_core.ports.store import Batch, Reports, Store

_MADE_SECONDS = 3.0
_MOST = 100
TAGS: list[str | Enum] = ["payment requests"]


@dataclass(frozen=True, slots=True)
class Api:
    """What the API leads to; `advance` begins work on an order at once."""

    bearer: Bearer
    once: Once
    by_hand: ByHand
    store: Store
    reports: Reports
    listing: Listing
    audit: AuditTrail
    clock: Clock
    shops: Mapping[ShopId, Shop]
    advance: Callable[[OrderId], Awaitable[None]]


class RequestsApi:
    """Everything under ``/api/v1/payment-requests``. A key reaches its own shop; of others it gets 404."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add_to(self, router: APIRouter) -> None:
        base, one = "/payment-requests", "/payment-requests/{request_id}"
        about: dict[str, Any] = {"responses": API_PROBLEMS, "tags": TAGS}
        soon = {202: {"model": RequestSeen, "description": "Stored; it has no id yet."}}
        made: dict[str, Any] = {**about, "responses": {**API_PROBLEMS, **soon}}
        made |= {"status_code": 201, "response_model": RequestSeen}
        router.post(base, summary="Ask a buyer for a payment", openapi_extra=IDEMPOTENT, **made)(self.create)
        router.get(base, summary="The shop's requests, newest first", response_model=Lines, **about)(self.list)
        router.get(one, summary="One request as it stands", response_model=RequestSeen, **about)(self.get)
        router.patch(one, summary="Change one that was made here", response_model=RequestSeen, **about)(self.change)
        router.get(f"{one}/events", summary="Its timeline", response_model=list[Happened], **about)(self.events)
        accepted: dict[str, Any] = {"status_code": 202, "response_model": Done, **about}
        router.post(f"{one}/cancel", summary="Ask for it no more", **accepted)(self.cancel)
        router.post(f"{one}/notify", summary="Send its PayLink again", **accepted)(self.notify)
        router.post(f"{one}/reissue", summary="Ask anew after it has expired", **accepted)(self.reissue)
        router.post(f"{one}/refunds", summary="Give money back", openapi_extra=IDEMPOTENT, **accepted)(self.refund)

    async def create(self, request: Request, wanted: NewRequest) -> Response:
        client = _client(request, Permission.SEND)

        async def make(name: str) -> Response:
            until = wanted.valid_until.isoformat() if wanted.valid_until else ""
            wish = Wish(**{**wanted.model_dump(), "valid_until": until})
            order_ref = await self._api.by_hand.create(client.shop, wish, client.actor, name)
            await self._note(client, "request.created", order_ref)
            seen = await self._seen_soon(client.shop, order_ref)
            headers = {"Location": f"/api/v1/payment-requests/{seen.id}"} if seen.id else {}
            return _json(seen, 201 if seen.id else 202, headers)

        return await self._api.once.run(request, client, make)

    async def list(
        self,
        request: Request,
        text: Annotated[str, Query(max_length=100)] = "",
        state: Annotated[str, Query(pattern="^(open|paid|cancelled|expired)?$")] = "",
        money: Annotated[str, Query(pattern="^(open|pending|partly_paid|paid|overpaid)?$")] = "",
        attention: bool = False,
        since: date | None = None,
        until: date | None = None,
        after: Annotated[str, Query(max_length=80)] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    ) -> Response:
        client = _client(request, Permission.SEE)
        filters = Filters([client.shop], text, state, money, attention=attention, since=since, until=until)
        rows = await self._api.listing.rows(filters, after=read_place(after), limit=limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        place = f"{last.created_at.timestamp():.6f}_{last.order_id}" if last else ""
        return _json(Lines(items=[line_of(row) for row in rows[:limit]], next=place))

    async def get(self, request: Request, request_id: str) -> Response:
        client = _client(request, Permission.SEE)
        return _json(seen_of(await self._known(client, request_id)))

    async def change(self, request: Request, request_id: str, changes: Changes) -> Response:
        client = _client(request, Permission.CHANGE)
        state = await self._known(client, request_id)
        if not is_by_hand(state.order.connection):
            raise InvalidInput(
                "This request belongs to an order of another system.", status=409, cure="Change the order there."
            )
        given = changes.model_dump(exclude_none=True, mode="json")
        if given:
            await self._api.by_hand.change(state, given, client.actor)
            await self._note(client, "request.changed", state.order.id)
        return _json(seen_of(state))

    async def events(self, request: Request, request_id: str) -> Response:
        client = _client(request, Permission.SEE)
        state = await self._known(client, request_id)
        return _json(
            [
                Happened(type=event.type, at=event.at, actor=event.actor, cause=event.cause, data=dict(event.data))
                for event in await self._api.reports.timeline(state.order.id)
            ]
        )

    async def cancel(self, request: Request, request_id: str, why: Reason) -> Response:
        client = _client(request, Permission.CHANGE)
        state = await self._known(client, request_id)
        batch = ask_cancel(state, self._api.clock, client.actor, why.reason)
        if is_by_hand(state.order.connection):
            await self._api.by_hand.cancel(state, client.actor)
        return await self._do(client, state, batch, "cancel")

    async def notify(self, request: Request, request_id: str, again: Again) -> Response:
        client = _client(request, Permission.SEND)
        state = await self._known(client, request_id)
        channels = self._api.shops[client.shop].channels
        return await self._do(client, state, _batch(notify(state, channels, self._api.clock, again.channel)), "notify")

    async def reissue(self, request: Request, request_id: str) -> Response:
        client = _client(request, Permission.SEND)
        state = await self._known(client, request_id)
        return await self._do(client, state, _batch(replay(state, "map", self._api.clock)), "reissue")

    async def refund(self, request: Request, request_id: str, wanted: NewRefund) -> Response:
        client = _client(request, Permission.REFUND)

        async def give_back(name: str) -> Response:
            state = await self._known(client, request_id)
            amount = _amount(state, wanted.amount)
            batch = await ask_refund_once(
                state, self._api.store, self._api.clock, amount, wanted.payment, f"api:{name}", wanted.comment
            )
            return await self._do(client, state, batch, "refund")

        return await self._api.once.run(request, client, give_back)

    async def _known(self, client: Client, request_id: str) -> OrderState:
        """Raises `InvalidInput` (404) also for a request of another shop."""
        state = await self._api.reports.order(request_id[:64])
        if state is None or state.order.id != request_id or state.order.shop != client.shop:
            raise InvalidInput("There is no such request in this shop.", status=404, cure="List them to find its id.")
        return state

    async def _seen_soon(self, shop: ShopId, order_ref: str) -> RequestSeen:
        """The new request as soon as it is one; without an id when that takes long."""
        deadline = self._api.clock.monotonic() + _MADE_SECONDS
        while True:
            state = await self._api.reports.order(order_ref)
            if state is not None and state.order.connection == connection_of(shop) and state.request:
                return seen_of(state)
            if self._api.clock.monotonic() > deadline:
                return _not_yet(shop, order_ref, self._api.clock)
            await asyncio.sleep(0.02)

    async def _do(self, client: Client, state: OrderState, batch: Batch, action: str) -> Response:
        batch = replace(batch, events=[replace(event, actor=client.actor) for event in batch.events])
        fresh = await self._api.store.commit(batch)
        await self._note(client, f"request.{action}", state.order.id)
        await self._api.advance(state.order.id)
        return _json(Done(new=fresh), 202)

    async def _note(self, client: Client, action: str, subject: str) -> None:
        await self._api.audit.note(Act(client.actor, action, subject, client.shop))


def _client(request: Request, permission: Permission) -> Client:
    client: Client = request.state.client
    client.needs(permission)
    return client


def _batch(outcome: Outcome) -> Batch:
    return Batch(outcome.values, outcome.events, outcome.steps, outcome.done)


def _amount(state: OrderState, text: str | None) -> Money | None:
    if text is None:
        return None
    currency = state.payments[0].amount.currency if state.payments else "EUR"
    try:
        return Money.parse(Decimal(text), currency)
    except MoneyError as error:
        raise InvalidInput(
            f"amount: {error}.", field="amount", status=422, cure="Write as many decimals as the currency has."
        ) from None


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    items = [item.model_dump(mode="json") for item in body] if isinstance(body, list) else body.model_dump(mode="json")
    return JSONResponse(items, status, {"Cache-Control": "no-store", **(headers or {})})


def _not_yet(shop: ShopId, order_ref: str, clock: Clock) -> RequestSeen:
    now = clock.now()
    return RequestSeen(
        id="", reference=order_ref, connection=connection_of(shop), state="", money="", amount=None, captured=None,
        refunded=None, phone="", name="", description="", language="", link=None, messages=[], payments=[], stopped=[],
        created_at=now, updated_at=now,
    )  # fmt: skip
