"""What waits for a person, each with its cause, its cure and a button."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.alike_pages import AlikePages
from connector_core.adapters.web.office.gate import Gate, Visitor
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.setup_pages import Peer, visible
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.payment import Payment
from connector_core.domain.person import Permission
from connector_core.domain.shop import Shop
from connector_core.domain.step import StepState
from connector_core.domain.webhook import Endpoint, EndpointState
from connector_core.flow.actions import Actions
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.choices import Choices
from connector_core.ports.listing import Filters, Listing
from connector_core.ports.store import Reports
from connector_core.ports.webhooks import Webhooks

_MOST = 50


class AttentionPages:
    def __init__(
        self, gate: Gate, pages: Pages, listing: Listing, reports: Reports, shops: Mapping[ShopId, Shop],
        peers: Sequence[Peer], pauses: Pauses, choices: Choices, actions: Actions, webhooks: Webhooks,
        alike: AlikePages,
    ) -> None:  # fmt: skip
        self._gate = gate
        self._pages = pages
        self._listing = listing
        self._reports = reports
        self._shops = shops
        self._peers = peers
        self._pauses = pauses
        self._choices = choices
        self._actions = actions
        self._webhooks = webhooks
        self._alike = alike

    def add_to(self, router: APIRouter) -> None:
        router.get("/attention")(self.attention)
        router.post("/attention/settle")(self.settle)

    async def attention(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        rows = await self._listing.rows(Filters(shops=visitor.shops, attention=True), limit=_MOST)
        states = [await self._reports.order(row.order_id) for row in rows]
        found = [
            (row, state, [step for step in state.steps if step.state is StepState.PARKED])
            for row, state in zip(rows, states, strict=True)
            if state is not None
        ]
        own = visible(self._peers, visitor)
        alarms = {name: cause for name, cause in self._pauses.alarms.items() if name in own}
        held = [hold for hold in await self._choices.holds() if hold.block in own]
        part = "hx-request" in request.headers
        return self._pages.page(
            request, "_attention.html" if part else "attention.html", visitor, found=found, alarms=alarms, held=held,
            silent=await self._silent(visitor), strays=await self._strays(visitor), shops=self._shops,
            count=await self._listing.attention(visitor.shops), alike=await self._alike.alike(visitor),
        )  # fmt: skip

    async def settle(self, request: Request) -> Response:
        """A payment that belongs to no request is dealt with."""
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        visitor.needs_somewhere(Permission.REFUND)
        stray = next((one for one in await self._strays(visitor) if one.id == sent.get("payment")), None)
        if stray is None:
            raise InvalidInput("This payment needs nobody any more.", status=409, cure="Load the page anew.")
        shop = next(shop for shop in visitor.shops if self._shops[shop].psp == stray.account)
        await self._actions.settle_unallocated(stray, shop, visitor.person.email, sent.get("reason", ""))
        return RedirectResponse("/office/attention", 303)

    async def _silent(self, visitor: Visitor) -> Sequence[Endpoint]:
        """Webhooks that are told nothing any more."""
        shops = visitor.person.shops(Permission.SETTINGS, visitor.shops)
        return [one for one in await self._webhooks.endpoints(shops) if one.state is not EndpointState.ACTIVE]

    async def _strays(self, visitor: Visitor) -> Sequence[Payment]:
        """Payments without a request, of accounts of shops whose money the visitor may move."""
        shops = visitor.person.shops(Permission.REFUND, visitor.shops)
        accounts = {self._shops[shop].psp for shop in shops}
        if not accounts:
            return []
        found = await self._reports.unallocated(_MOST)
        return [one for one in found if one.account in accounts and not one.settled_by]
