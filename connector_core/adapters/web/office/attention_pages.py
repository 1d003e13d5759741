"""What waits for a person, each with its cause, its cure and a button."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.office.gate import Gate
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.setup_pages import Peer, visible
from connector_core.domain.ids import ShopId
from connector_core.domain.shop import Shop
from connector_core.domain.step import StepState
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.choices import Choices
from connector_core.ports.listing import Filters, Listing
from connector_core.ports.store import Reports

_MOST = 50


class AttentionPages:
    def __init__(
        self, gate: Gate, pages: Pages, listing: Listing, reports: Reports, shops: Mapping[ShopId, Shop],
        peers: Sequence[Peer], pauses: Pauses, choices: Choices,
    ) -> None:  # fmt: skip
        self._gate = gate
        self._pages = pages
        self._listing = listing
        self._reports = reports
        self._shops = shops
        self._peers = peers
        self._pauses = pauses
        self._choices = choices

    def add_to(self, router: APIRouter) -> None:
        router.get("/attention")(self.attention)

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
            shops=self._shops, count=await self._listing.attention(visitor.shops),
        )  # fmt: skip
