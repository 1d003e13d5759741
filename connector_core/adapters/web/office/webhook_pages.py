"""Webhooks out: who is told what happens in a shop, and what each was told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import ConfirmNeeded, Gate, NotAllowed, NotHere, Visitor
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.shown import webhook_verdict
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Permission
from connector_core.domain.shop import Shop
from connector_core.domain.webhook import TYPES, Delivery, DeliveryState, Endpoint, Health
from connector_core.flow.webhook_endpoints import WebhookEndpoints

_PAGE = 50
_SOON = timedelta(minutes=1)
"""What is due within it is waited for with the page open."""


class WebhookPages:
    """For those who may change the settings of a shop. Secrets are shown once, to somebody who has just proved who they
    are.
    """

    def __init__(self, gate: Gate, pages: Pages, endpoints: WebhookEndpoints, shops: Mapping[ShopId, Shop]) -> None:
        self._gate = gate
        self._pages = pages
        self._endpoints = endpoints
        self._shops = shops

    def add_to(self, router: APIRouter) -> None:
        one = "/webhooks/{endpoint_id}"
        router.get("/webhooks")(self.overview)
        router.post("/webhooks")(self.add)
        router.get(one)(self.one)
        router.post(f"{one}/test")(self.test)
        router.post(f"{one}/resume")(self.resume)
        router.post(f"{one}/rotate")(self.rotate)
        router.post(f"{one}/replay")(self.replay_since)
        router.post(f"{one}/deliveries/{{delivery_id}}/replay")(self.replay)
        router.post(f"{one}/remove")(self.remove)

    async def overview(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.SETTINGS)
        return await self._list(request, visitor)

    async def add(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.SETTINGS)
        sent = await self._gate.sent(request, visitor)
        _needs_confirmed(visitor)
        shop = self._shop(visitor, sent.get("shop", ""))
        types = [kind.value for kind in TYPES if sent.get(kind.value)]
        try:
            made = await self._endpoints.add(shop, sent.get("url", "").strip(), types, visitor.person.email)
        except InvalidInput as wrong:
            return await self._list(request, visitor, sent, wrong)
        return await self._show(request, visitor, made, secret=made.secret)

    async def one(self, request: Request, endpoint_id: str) -> Response:
        visitor, endpoint = await self._known(request, endpoint_id)
        return await self._show(request, visitor, endpoint)

    async def test(self, request: Request, endpoint_id: str) -> Response:
        visitor, endpoint, _ = await self._sent(request, endpoint_id)
        await self._endpoints.test(endpoint, visitor.person.email)
        return _back(endpoint)

    async def resume(self, request: Request, endpoint_id: str) -> Response:
        visitor, endpoint, _ = await self._sent(request, endpoint_id)
        await self._endpoints.resume(endpoint, visitor.person.email)
        return _back(endpoint)

    async def rotate(self, request: Request, endpoint_id: str) -> Response:
        visitor, endpoint, _ = await self._sent(request, endpoint_id)
        _needs_confirmed(visitor)
        fresh = await self._endpoints.rotate(endpoint, visitor.person.email)
        return await self._show(request, visitor, fresh, secret=fresh.secret)

    async def remove(self, request: Request, endpoint_id: str) -> Response:
        visitor, endpoint, _ = await self._sent(request, endpoint_id)
        _needs_confirmed(visitor)
        await self._endpoints.remove(endpoint, visitor.person.email)
        return RedirectResponse("/office/webhooks", 303)

    async def replay(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        visitor, endpoint, _ = await self._sent(request, endpoint_id)
        await self._endpoints.replay(endpoint, delivery_id, visitor.person.email)
        return _back(endpoint)

    async def replay_since(self, request: Request, endpoint_id: str) -> Response:
        visitor, endpoint, sent = await self._sent(request, endpoint_id)
        try:
            since = self._moment(sent.get("since", ""))
            await self._endpoints.replay_since(endpoint, since, visitor.person.email)
        except InvalidInput as wrong:
            return await self._show(request, visitor, endpoint, wrong=wrong)
        return _back(endpoint)

    async def _list(
        self,
        request: Request,
        visitor: Visitor,
        filled: Mapping[str, str] | None = None,
        wrong: InvalidInput | None = None,
    ) -> Response:
        shops = [shop for shop in visitor.shops if visitor.may(Permission.SETTINGS, shop)]
        found = [(one, await self._health(one)) for one in await self._endpoints.webhooks.endpoints(shops)]
        return self._pages.page(
            request, "webhooks.html", visitor, wrong.status if wrong else 200, found=found, shops=self._shops,
            places=shops, kinds=TYPES, verdict_of=webhook_verdict, filled=filled or {}, wrong=wrong,
        )  # fmt: skip

    async def _show(
        self,
        request: Request,
        visitor: Visitor,
        endpoint: Endpoint,
        *,
        secret: str = "",
        wrong: InvalidInput | None = None,
    ) -> Response:
        before = request.query_params.get("before", "")[:36]
        log = await self._endpoints.webhooks.deliveries(endpoint.id, before=before, limit=_PAGE)
        now = self._pages.today()
        part = "hx-request" in request.headers
        return self._pages.page(
            request, "_deliveries.html" if part else "webhook.html", visitor, wrong.status if wrong else 200,
            endpoint=endpoint, health=await self._health(endpoint), log=log, full=len(log) == _PAGE, secret=secret,
            shop=self._shops[endpoint.shop], verdict_of=webhook_verdict, moves=not before and _moves(log, now),
            latest=f"{now:%Y-%m-%dT%H:%M}", day_before=f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}", wrong=wrong,
        )  # fmt: skip

    async def _health(self, endpoint: Endpoint) -> Health:
        return await self._endpoints.webhooks.health(endpoint.id)

    async def _known(self, request: Request, endpoint_id: str) -> tuple[Visitor, Endpoint]:
        visitor = await self._gate.visitor(request)
        endpoint = await self._endpoints.find(endpoint_id)
        if endpoint is None or endpoint.shop not in self._shops:
            raise NotHere
        visitor.needs(Permission.SETTINGS, endpoint.shop)
        return visitor, endpoint

    async def _sent(self, request: Request, endpoint_id: str) -> tuple[Visitor, Endpoint, Mapping[str, str]]:
        visitor, endpoint = await self._known(request, endpoint_id)
        return visitor, endpoint, await self._gate.sent(request, visitor)

    def _shop(self, visitor: Visitor, name: str) -> ShopId:
        shop = ShopId(name)
        if shop not in self._shops or not visitor.may(Permission.SETTINGS, shop):
            raise NotAllowed
        return shop

    def _moment(self, text: str) -> datetime:
        """As people type it, in the zone in which they read."""
        try:
            typed = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidInput(
                "This is no moment.", field="since", status=422, cure="Choose a day and a time."
            ) from None
        return typed if typed.tzinfo else typed.replace(tzinfo=self._pages.today().tzinfo)


def _needs_confirmed(visitor: Visitor) -> None:
    if not visitor.confirmed:
        raise ConfirmNeeded


def _back(endpoint: Endpoint) -> Response:
    return RedirectResponse(f"/office/webhooks/{endpoint.id}", 303)


def _moves(log: Sequence[Delivery], now: datetime) -> bool:
    return any(one.state is DeliveryState.DUE and one.next_at < now + _SOON for one in log)
