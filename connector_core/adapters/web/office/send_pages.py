"""A person sends a PayLink: a form, the message as it will be read, and the way it goes."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta

import phonenumbers
from babel import Locale
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import Gate, NotHere, Visitor
from connector_core.adapters.web.office.message_view import as_read
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderRef, ShopId, uuid7
from connector_core.domain.message import Purpose
from connector_core.domain.person import Permission
from connector_core.domain.request import Terms
from connector_core.domain.shop import Shop
from connector_core.flow.actions import Actions
from connector_core.flow.by_hand import ByHand, Wish, connection_of
from connector_core.ports.store import Reports

CURRENCIES = ("EUR", "CHF", "GBP", "USD", "CZK", "DKK", "NOK", "PLN", "SEK")
LANGUAGES = ("de", "en")

_AMOUNT = re.compile(
    r"(?P<whole>\d{1,3}(?:(?P<thousand>[., '\u2019])\d{3})(?:(?P=thousand)\d{3})*|\d+)"
    r"(?:(?P<comma>[.,])(?P<decimals>\d{1,2}))?"
)
"""Thousands in groups of three, all with one sign; the decimals behind another one."""


class SendPages:
    def __init__(
        self,
        gate: Gate,
        pages: Pages,
        by_hand: ByHand,
        actions: Actions,
        reports: Reports,
        shops: Mapping[ShopId, Shop],
    ) -> None:
        self._gate = gate
        self._pages = pages
        self._by_hand = by_hand
        self._reports = reports
        self._actions = actions
        self._shops = shops

    def add_to(self, router: APIRouter) -> None:
        router.get("/send")(self.form)
        router.post("/send")(self.send)
        router.post("/send/preview")(self.preview)
        router.get("/sent/{shop}/{order_ref}")(self.sent)

    async def form(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        return self._form(request, visitor, dict(request.query_params))

    async def preview(self, request: Request) -> Response:
        """What stands in the form so far, as the buyer would read it; nothing is kept."""
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        shop = self._shop(visitor, sent)
        terms, wrong = self._understood(shop, sent)
        message = as_read(Purpose.PAYLINK, terms, shop.name) if terms else None
        country = _country(terms.phone, visitor.language) if terms else ""
        return self._pages.page(
            request, "_preview.html", visitor, message=message, terms=terms, country=country,
            wrong=wrong if sent.get("phone") and sent.get("amount") else None,
        )  # fmt: skip

    async def send(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        shop, actor = self._shop(visitor, sent), visitor.person.email
        try:
            wish = wish_of(sent, self._pages.today())
            order_ref = await self._actions.create(shop.id, wish, actor, _once(sent))
        except InvalidInput as wrong:
            return self._form(request, visitor, sent, wrong)
        return RedirectResponse(f"/office/sent/{shop.id}/{order_ref}", 303)

    async def sent(self, request: Request, shop: str, order_ref: str) -> Response:
        """On its way to the list, which takes a moment."""
        visitor = await self._gate.visitor(request)
        visitor.needs(Permission.SEE, ShopId(shop))
        state = await self._reports.order_of(connection_of(ShopId(shop)), OrderRef(order_ref[:255]))
        if state is not None:
            address = f"/office/requests/{state.order.id}"
            if "hx-request" in request.headers:
                return Response(status_code=204, headers={"HX-Redirect": address})
            return RedirectResponse(address, 303)
        page = "_sent.html" if "hx-request" in request.headers else "sent.html"
        return self._pages.page(request, page, visitor, order_ref=order_ref, shop=shop)

    def _form(
        self, request: Request, visitor: Visitor, filled: Mapping[str, str], wrong: InvalidInput | None = None
    ) -> Response:
        places = [self._shops[shop] for shop in visitor.shops if visitor.may(Permission.SEND, shop)]
        visitor.needs_somewhere(Permission.SEND)
        today = self._pages.today().date()
        return self._pages.page(
            request, "send.html", visitor, wrong.status if wrong else 200, filled=filled, wrong=wrong, places=places,
            currencies=CURRENCIES, languages=LANGUAGES, first_day=today, regions=_regions(places, visitor.language),
            fresh_key=uuid7(),
        )  # fmt: skip

    def _shop(self, visitor: Visitor, sent: Mapping[str, str]) -> Shop:
        shop = self._shops.get(ShopId(sent.get("shop", "")))
        if shop is None:
            raise NotHere
        visitor.needs(Permission.SEND, shop.id)
        return shop

    def _understood(self, shop: Shop, sent: Mapping[str, str]) -> tuple[Terms | None, InvalidInput | None]:
        try:
            return self._by_hand.preview(shop.id, wish_of(sent, self._pages.today())), None
        except InvalidInput as wrong:
            return None, wrong


def wish_of(fields: Mapping[str, str], today: datetime) -> Wish:
    """What the fields of a form, or the cells of a row, ask for. Raises `InvalidInput`."""
    names = ("currency", "phone", "reference", "region", "name", "email", "description", "language")
    texts = {name: fields.get(name, "").strip() for name in names}
    until = end_of_day(fields.get("until", ""), today)
    return Wish(amount=plain_amount(fields.get("amount", "")), valid_until=until, **texts)


def _once(sent: Mapping[str, str]) -> str:
    """The same for the same form with the same texts in it: a second click is no second request."""
    if not sent.get("key"):
        return ""
    texts = repr(sorted((name, text.strip()) for name, text in sent.items() if name != "csrf"))
    return f"form:{hashlib.sha256(texts.encode()).hexdigest()}"


def end_of_day(day: str, today: datetime) -> str:
    """The end of a day in the time zone of `today`, as ISO 8601; empty for an empty one. Raises `InvalidInput`."""
    if not day:
        return ""
    try:
        last = datetime.combine(datetime.fromisoformat(day).date(), time(), today.tzinfo)
    except ValueError:
        raise InvalidInput("The day cannot be read.", field="until", status=422, cure="Choose a day.") from None
    return (last + timedelta(days=1)).isoformat()


def plain_amount(text: str) -> str:
    """``1.234,50``, ``1,234.50``, ``1 234,5`` and ``1234`` as digits with a dot; anything else stays as it is, and is
    refused by whoever reads it.
    """
    found = _AMOUNT.fullmatch(text.strip().replace("\u00a0", " "))
    if not found or (found["thousand"] and found["thousand"] == found["comma"]):
        return text.strip()
    whole = re.sub(r"\D", "", found["whole"])
    return f"{whole}.{found['decimals']}" if found["decimals"] else whole


def _country(phone: str, language: str) -> str:
    region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    return str(Locale(language).territories.get(region or "", ""))


def _regions(places: list[Shop], language: str) -> list[tuple[str, str]]:
    """(code, name with calling code) of the countries that people here send to most, the shops' own first."""
    names = Locale(language).territories
    near = ("DE", "AT", "CH", "FR", "IT", "NL", "BE", "LU", "PL", "CZ", "DK", "ES", "GB", "US")
    codes = dict.fromkeys([*(shop.region for shop in places), *near])
    return [(code, f"{names[code]} +{phonenumbers.country_code_for_region(code)}") for code in codes]
