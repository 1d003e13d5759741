"""Many PayLinks from a table: looked through, then sent with progress; the same table again sends nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.office.batch import COLUMNS, Line, read_table
from connector_core.adapters.web.office.gate import Gate, NotHere, Visitor, count_of
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.send_pages import wish_of
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderRef, ShopId
from connector_core.domain.person import Permission
from connector_core.domain.request import Terms
from connector_core.domain.shop import Shop
from connector_core.flow.actions import Actions
from connector_core.flow.by_hand import ByHand, Wish

_AT_ONCE = 25
"""So many rows are sent between two signs of progress."""
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became, or would become, of one row."""

    line: Line
    terms: Terms | None = None
    order_ref: OrderRef | None = None
    wrong: InvalidInput | None = None


class BatchPages:
    def __init__(
        self, gate: Gate, pages: Pages, by_hand: ByHand, actions: Actions, shops: Mapping[ShopId, Shop]
    ) -> None:
        self._gate = gate
        self._pages = pages
        self._by_hand = by_hand
        self._actions = actions
        self._shops = shops

    def add_to(self, router: APIRouter) -> None:
        router.get("/batch")(self.form)
        router.post("/batch/check")(self.check)
        router.post("/batch/send")(self.send)

    async def form(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.SEND)
        return self._page(request, visitor, {})

    async def check(self, request: Request) -> Response:
        """A dry run: every row as it would be asked for, or what is wrong with it. Nothing is kept."""
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        shop = self._shop(visitor, sent)
        try:
            lines = read_table(sent.get("table", ""), shop.id)
        except InvalidInput as wrong:
            return self._page(request, visitor, sent, wrong=wrong)
        return self._page(request, visitor, sent, verdicts=[self._looked_at(shop, line) for line in lines])

    async def send(self, request: Request) -> Response:
        """The next rows from `next` on; whoever has no script sends the rest with the button again."""
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        shop = self._shop(visitor, sent)
        lines = read_table(sent.get("table", ""), shop.id)
        start = count_of(sent.get("next", ""))
        now = lines[start : start + _AT_ONCE]
        verdicts = [await self._sent(shop, line, visitor.person.email) for line in now]
        done = min(start + len(now), len(lines))
        part = "hx-request" in request.headers
        return self._pages.page(
            request, "_batch_sent.html" if part else "batch.html", visitor, verdicts=verdicts, done=done,
            count=len(lines), first=start == 0, shop=shop, filled={**sent, "next": str(done)}, places=[shop],
            wrong=None, columns=COLUMNS, shown=_SHOWN, sending=True,
        )  # fmt: skip

    def _looked_at(self, shop: Shop, line: Line) -> Verdict:
        try:
            return Verdict(line, self._by_hand.preview(shop.id, self._wish(line)))
        except InvalidInput as wrong:
            return Verdict(line, wrong=wrong)

    async def _sent(self, shop: Shop, line: Line, actor: str) -> Verdict:
        try:
            return Verdict(
                line, order_ref=await self._actions.create(shop.id, self._wish(line), actor, f"{shop.id}:{line.once}")
            )
        except InvalidInput as wrong:
            return Verdict(line, wrong=wrong)

    def _wish(self, line: Line) -> Wish:
        return wish_of({"currency": "EUR", **line.fields}, self._pages.today())

    def _shop(self, visitor: Visitor, sent: Mapping[str, str]) -> Shop:
        shop = self._shops.get(ShopId(sent.get("shop", "")))
        if shop is None:
            raise NotHere
        visitor.needs(Permission.SEND, shop.id)
        return shop

    def _page(
        self, request: Request, visitor: Visitor, filled: Mapping[str, str], *, verdicts: Sequence[Verdict] = (),
        wrong: InvalidInput | None = None,
    ) -> Response:  # fmt: skip
        places = [self._shops[shop] for shop in visitor.shops if visitor.may(Permission.SEND, shop)]
        return self._pages.page(
            request, "batch.html", visitor, wrong.status if wrong else 200, places=places, filled=filled, wrong=wrong,
            verdicts=verdicts, columns=COLUMNS, shown=_SHOWN, sending=False, done=0, count=len(verdicts), first=True,
        )  # fmt: skip
