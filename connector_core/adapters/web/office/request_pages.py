"""One request: what is asked, the PayLink, the message, the money, and everything that has happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.office import shown
from connector_core.adapters.web.office.catalog import translator
from connector_core.adapters.web.office.gate import Gate, NotHere, Visitor
from connector_core.adapters.web.office.message_view import as_read, own_whatsapp, qr_code
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.story import told
from connector_core.domain.ids import OrderId, ShopId, uuid7
from connector_core.domain.message import Purpose
from connector_core.domain.person import Permission
from connector_core.domain.request import PayLink, Terms
from connector_core.domain.shop import Shop
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.flow.by_hand import is_by_hand
from connector_core.ports.listing import Listing
from connector_core.ports.store import Reports

DONE: Mapping[str, str] = {
    "notify": "The message is on its way.",
    "hand_over": "Noted that you have handed it over.",
    "change": "Changed. The buyer is told what is different.",
    "cancel": "The request is being cancelled.",
    "refund": "The refund is on its way.",
    "replay": "It is being tried anew.",
    "settle": "Dealt with; how stands in the timeline.",
    "retry": "It is being tried anew.",
    "give_up": "Given up; the reason stands in the timeline.",
    "before": "This was done before; nothing has changed.",
}
"""What the page says after an action."""


class RequestPages:
    def __init__(
        self, gate: Gate, pages: Pages, reports: Reports, listing: Listing, shops: Mapping[ShopId, Shop]
    ) -> None:
        self._gate = gate
        self._pages = pages
        self._reports = reports
        self._listing = listing
        self._shops = shops

    def add_to(self, router: APIRouter) -> None:
        router.get("/requests/{order_id}")(self.request)

    async def request(self, request: Request, order_id: str) -> Response:
        visitor = await self._gate.visitor(request)
        state = await self.visible(order_id, visitor)
        return await self.show(request, visitor, state)

    def today(self) -> datetime:
        return self._pages.today()

    def channels(self, shop: ShopId) -> Sequence[str]:
        """In the order in which they are tried; none of a shop that the configuration does not know any more."""
        return self._shops[shop].channels if shop in self._shops else ()

    async def visible(self, order_id: str, visitor: Visitor) -> OrderState:
        """The order when the visitor may see its shop. Raises `NotHere`."""
        state = await self._reports.order(order_id[:64])
        if state is None or state.order.id != order_id or not visitor.may(Permission.SEE, state.order.shop):
            raise NotHere
        return state

    async def show(self, request: Request, visitor: Visitor, state: OrderState) -> Response:
        shop = self._shops.get(state.order.shop)
        terms = state.request.terms if state.request else None
        link = state.open_link or (state.links[-1] if state.links else None)
        part = "hx-request" in request.headers and "hx-boosted" not in request.headers
        story = told(
            await self._reports.timeline(state.order.id),
            translator(visitor.language),
            partial(shown.money, language=visitor.language),
        )
        return self._pages.page(
            request, "_request.html" if part else "request.html", visitor, state=state, story=story, link=link,
            row=await self._listing.row(OrderId(state.order.id)), shop=shop,
            shop_name=shop.name if shop else state.order.shop,
            parked=[step for step in state.steps if step.state is StepState.PARKED],
            message=as_read(Purpose.PAYLINK, terms, shop.name) if terms and shop else None,
            payable_until=_payable_until(terms, link, shop),
            channels=self.channels(state.order.shop), fresh_key=uuid7(),
            done=DONE.get(request.query_params.get("done", ""), ""),
            by_hand=is_by_hand(state.order.connection), first_day=self.today().date(),
            handed_over=own_whatsapp(terms, shop.name, link.url) if terms and shop and link else "",
            qr=qr_code(link.url) if link and link.url and link == state.open_link else "",
        )  # fmt: skip


def _payable_until(terms: Terms | None, link: PayLink | None, shop: Shop | None) -> datetime | None:
    """A new PayLink lives for minutes until it is prolonged (docs/decisions/0004): what it will come to is shown."""
    if terms is None or link is None or shop is None:
        return None
    return terms.valid_until or max(link.expires_at or link.created_at, link.created_at + shop.link_validity)
