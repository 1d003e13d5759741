"""Payment requests for programs: made, seen, listed and changed."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connector_core.adapters.web.api.access import BASE, ONE, Api, answer
from connector_core.adapters.web.api.bearer import Client
from connector_core.adapters.web.api.models import (
    Changes,
    Happened,
    Lines,
    NewRequest,
    RequestSeen,
    line_of,
    not_yet,
    seen_of,
)
from connector_core.adapters.web.declared import API_PROBLEMS, IDEMPOTENT
from connector_core.adapters.web.office.list_pages import read_place
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.message import Delivery
from connector_core.domain.person import Permission
from connector_core.domain.request import MoneyState, RequestState
from connector_core.domain.state import OrderState
from connector_core.flow.by_hand import Wish, connection_of
from connector_core.ports.listing import Filters, Row

_MADE_SECONDS = 3.0
_MOST = 100


def _one_of(values: type[RequestState] | type[MoneyState] | type[Delivery]) -> str:
    return f"^({'|'.join(values)})?$"


class RequestsApi:
    """``/api/v1/payment-requests``. A key reaches its own shop; of others it gets 404."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add_to(self, router: APIRouter, about: dict[str, Any]) -> None:
        known: dict[str, Any] = {"responses": API_PROBLEMS, **about}
        stored = {"model": RequestSeen, "description": "Stored, and on its way: this is not it yet."}
        soon: dict[str, Any] = {**about, "responses": {**API_PROBLEMS, 202: stored}, "response_model": RequestSeen}
        made: dict[str, Any] = {"status_code": 201, "openapi_extra": IDEMPOTENT, **soon}
        router.post(BASE, summary="Ask a buyer for a payment", **made)(self.create)
        router.get(BASE, summary="The shop's requests, newest first", response_model=Lines, **known)(self.list)
        router.get(ONE, summary="One request as it stands", response_model=RequestSeen, **known)(self.get)
        router.patch(ONE, summary="Change one that was made here", **soon)(self.change)
        router.get(f"{ONE}/events", summary="Its timeline", response_model=list[Happened], **known)(self.events)

    async def create(self, request: Request, wanted: NewRequest) -> Response:
        client = self._api.client(request, Permission.SEND)

        async def make(name: str) -> Response:
            fields = wanted.model_dump(exclude={"valid_until", "expires_in"})
            wish = Wish(**fields, valid_until=wanted.end(self._api.clock.now()))
            order_ref = await self._created(client, wish, name)
            connection = connection_of(client.shop)
            state = await self._soon(connection, order_ref, lambda state: state.request is not None)
            if state is None:
                return answer(not_yet(connection, order_ref, self._api.clock.now()), 202)
            where = {"Location": f"/api/v1/payment-requests/{state.order.id}"}
            return answer(seen_of(state), 201, where)

        return await self._api.once.run(request, client, make)

    async def list(
        self,
        request: Request,
        text: Annotated[str, Query(max_length=100)] = "",
        state: Annotated[str, Query(pattern=_one_of(RequestState))] = "",
        money: Annotated[str, Query(pattern=_one_of(MoneyState))] = "",
        delivery: Annotated[str, Query(pattern=_one_of(Delivery))] = "",
        connection: Annotated[str, Query(max_length=100)] = "",
        attention: bool = False,
        since: date | None = None,
        until: date | None = None,
        after: Annotated[str, Query(max_length=80)] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    ) -> Response:
        client = self._api.client(request, Permission.SEE)
        filters = Filters([client.shop], text, state, money, delivery, connection, attention, since, until)
        rows = await self._api.listing.rows(filters, after=read_place(after), limit=limit + 1)
        further = _place(rows[limit - 1]) if len(rows) > limit else ""
        return answer(Lines(items=[line_of(row) for row in rows[:limit]], next=further))

    async def get(self, request: Request, request_id: str) -> Response:
        client = self._api.client(request, Permission.SEE)
        return answer(seen_of(await self._api.known(client, request_id)))

    async def change(self, request: Request, request_id: str, changes: Changes) -> Response:
        client = self._api.client(request, Permission.CHANGE)
        state = await self._api.known(client, request_id)
        given = changes.model_dump(exclude_none=True, exclude={"valid_until", "expires_in"})
        if end := changes.end(self._api.clock.now()):
            given["valid_until"] = end
        if not given:
            return answer(seen_of(state))
        terms = await self._api.actions.change(state, given, client.actor)
        order = state.order
        changed = await self._soon(
            order.connection, order.order_ref, lambda now: now.request is not None and now.request.terms == terms
        )
        return answer(seen_of(changed or state), 200 if changed else 202)

    async def events(self, request: Request, request_id: str) -> Response:
        client = self._api.client(request, Permission.SEE)
        state = await self._api.known(client, request_id)
        return answer(
            [
                Happened(type=event.type, at=event.at, actor=event.actor, cause=event.cause, data=dict(event.data))
                for event in await self._api.reports.timeline(state.order.id)
            ]
        )

    async def _created(self, client: Client, wish: Wish, name: str) -> OrderRef:
        """A reference that is taken is told with the id of the request that has it."""
        try:
            return await self._api.actions.create(client.shop, wish, client.actor, name)
        except InvalidInput as error:
            if error.status != 409 or error.field != "reference":
                raise
            first = await self._api.reports.order_of(connection_of(client.shop), OrderRef(wish.reference.strip()))
            cure = f"Its id is {first.order.id}. {error.cure}" if first else error.cure
            raise InvalidInput(error.sentence, field=error.field, status=409, cure=cure) from None

    async def _soon(
        self, connection: ConnectionId, order_ref: OrderRef, holds: Callable[[OrderState], bool]
    ) -> OrderState | None:
        """The request as soon as that is so; None when it takes long."""
        clock, pause = self._api.clock, 0.01
        deadline = clock.monotonic() + _MADE_SECONDS
        while clock.monotonic() < deadline:
            state = await self._api.reports.order_of(connection, order_ref)
            if state is not None and holds(state):
                return state
            await clock.sleep(pause)
            pause = min(0.2, pause * 1.5)
        return None


def _place(row: Row) -> str:
    return f"{row.created_at.timestamp():.6f}_{row.order_id}"
