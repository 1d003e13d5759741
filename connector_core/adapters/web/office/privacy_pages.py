"""What is kept of a buyer: found, given out, erased; and how long buyers are kept."""

from collections.abc import Mapping, Sequence

import orjson
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import ConfirmNeeded, Gate, Visitor
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Permission
from connector_core.domain.shop import Shop
from connector_core.flow.buyers import Buyers, contact_of
from connector_core.ports.privacy import Contact

_LONGEST = 254


class PrivacyPages:
    """Only of the shops in which the visitor has the right. Whom they look for stands in no address."""

    def __init__(self, gate: Gate, pages: Pages, buyers: Buyers, shops: Mapping[ShopId, Shop]) -> None:
        self._gate = gate
        self._pages = pages
        self._buyers = buyers
        self._shops = shops

    def add_to(self, router: APIRouter) -> None:
        router.get("/privacy")(self.rules)
        router.post("/privacy")(self.find)
        router.post("/privacy/export")(self.export)
        router.post("/privacy/erase")(self.erase)

    async def rules(self, request: Request) -> Response:
        visitor, shops = await self._allowed(request)
        done = request.query_params.get("done", "")
        return self._show(request, visitor, shops, done=int(done) if done.isdecimal() and len(done) < 9 else -1)

    async def find(self, request: Request) -> Response:
        visitor, shops = await self._allowed(request)
        typed = (await self._gate.sent(request, visitor)).get("contact", "")[:_LONGEST]
        try:
            contact = self._contact(typed, shops)
        except InvalidInput as wrong:
            return self._show(request, visitor, shops, wrong=wrong, typed=typed)
        found = await self._buyers.find(contact, shops)
        return self._show(request, visitor, shops, typed=typed, found=found)

    async def export(self, request: Request) -> Response:
        visitor, shops = await self._allowed(request)
        contact = self._contact((await self._gate.sent(request, visitor)).get("contact", "")[:_LONGEST], shops)
        document = await self._buyers.export(contact, shops, visitor.person.email)
        body = orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2)
        headers = {**self._pages.headers(), "Content-Disposition": 'attachment; filename="buyer.json"'}
        return Response(body, headers=headers, media_type="application/json")

    async def erase(self, request: Request) -> Response:
        visitor, shops = await self._allowed(request)
        sent = await self._gate.sent(request, visitor)
        if not visitor.confirmed:
            raise ConfirmNeeded
        contact = self._contact(sent.get("contact", "")[:_LONGEST], shops)
        if not sent.get("sure"):
            raise InvalidInput("Nothing was erased.", field="sure", status=422, cure="Say that you are sure.")
        count = await self._buyers.erase(contact, shops, visitor.person.email)
        return RedirectResponse(f"/office/privacy?done={count}", 303)

    async def _allowed(self, request: Request) -> tuple[Visitor, Sequence[ShopId]]:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.PRIVACY)
        return visitor, visitor.person.shops(Permission.PRIVACY, self._shops)

    def _contact(self, typed: str, shops: Sequence[ShopId]) -> Contact:
        try:
            return contact_of(typed, [self._shops[shop].region for shop in shops])
        except InvalidInput:
            raise InvalidInput(
                "This is neither a telephone number nor an e-mail address.",
                field="contact",
                status=422,
                cure="Write the number with its country's code, such as +49 1512 3456789, or the whole address.",
            ) from None

    def _show(
        self,
        request: Request,
        visitor: Visitor,
        shops: Sequence[ShopId],
        *,
        wrong: InvalidInput | None = None,
        **values: object,
    ) -> Response:
        shown = {"typed": "", "found": None, "done": -1} | values
        mine = [self._shops[shop] for shop in shops]
        status = wrong.status if wrong else 200
        return self._pages.page(request, "privacy.html", visitor, status, shops=mine, wrong=wrong, **shown)
