"""The rules of one shop, changed while everything runs."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import Gate, NotHere, Visitor
from connector_core.adapters.web.office.logo import kept_logo, read_logo
from connector_core.adapters.web.office.message_view import as_read
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.shop_mark import LOGO
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.message import Purpose
from connector_core.domain.money import Money
from connector_core.domain.person import Permission
from connector_core.domain.phone import E164
from connector_core.domain.request import Terms
from connector_core.domain.shop import Shop
from connector_core.flow.choices import ShopBook, read_choices
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.choices import Choices, ShopChoices
from connector_core.ports.people import Act

_UNITS: Mapping[str, timedelta] = {"h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=180)
_MOST_REMINDERS = 5
_COLOUR = re.compile("#[0-9a-f]{6}")
_PURPOSES = (Purpose.PAYLINK, Purpose.REMINDER, Purpose.CHANGED, Purpose.RECEIPT)
_EXAMPLE = Terms(Money(4990, "EUR"), "10023", E164("+4915123456789"), "", "")


class ShopPages:
    """What is not changed here stays as the configuration file says."""

    def __init__(self, gate: Gate, pages: Pages, book: ShopBook, choices: Choices, pauses: Pauses) -> None:
        self._gate = gate
        self._pages = pages
        self._book = book
        self._choices = choices
        self._pauses = pauses

    def add_to(self, router: APIRouter) -> None:
        router.get("/shops/{shop}")(self.shop)
        router.post("/shops/{shop}")(self.change)
        router.get("/shops/{shop}/logo")(self.logo)
        router.post("/shops/{shop}/logo")(self.put_logo)

    async def shop(self, request: Request, shop: str) -> Response:
        visitor = await self._gate.visitor(request)
        own = self._own(visitor, shop)
        return self._form(request, visitor, own, filled(own))

    async def change(self, request: Request, shop: str) -> Response:
        """All fields of the form at once; `version` is the one that the form showed."""
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        own = self._own(visitor, shop)
        try:
            values = understood(own, sent) if not sent.get("reset") else {}
            before = await self._chosen(own.id)
            await self._store(visitor, own, sent, before, {**_only(before, LOGO), **values})
        except InvalidInput as wrong:
            return self._form(request, visitor, own, sent, wrong)
        return RedirectResponse(f"/office/shops/{own.id}?done=1", 303)

    async def logo(self, request: Request, shop: str) -> Response:
        """For everybody who sees the shop. A browser keeps it, and asks each time whether it is still the same."""
        visitor = await self._gate.visitor(request)
        visitor.needs(Permission.SEE, ShopId(shop))
        logo = kept_logo(self._book.chosen.get(ShopId(shop), {}))
        if logo is None:
            raise NotHere
        headers = {**self._pages.headers(), "Cache-Control": "private, no-cache", "ETag": logo.tag}
        if request.headers.get("if-none-match") == logo.tag:
            return Response(status_code=304, headers=headers)
        return Response(logo.data, media_type=logo.kind, headers=headers)

    async def put_logo(self, request: Request, shop: str) -> Response:
        """The picture in the form in place of the one before, or none."""
        visitor = await self._gate.visitor(request)
        sent, data = await self._gate.uploaded(request, visitor, LOGO)
        own = self._own(visitor, shop)
        try:
            logo = {} if sent.get("remove") else {LOGO: read_logo(data).kept()}
            before = await self._chosen(own.id)
            await self._store(visitor, own, sent, before, {**_without(before, LOGO), **logo})
        except InvalidInput as wrong:
            return self._form(request, visitor, own, filled(own), wrong)
        return RedirectResponse(f"/office/shops/{own.id}?done=1", 303)

    async def _chosen(self, shop: ShopId) -> Mapping[str, Any]:
        """As the database has it now: what a form does not hold is kept, also when another daemon has changed it."""
        await read_choices(self._choices, self._book, self._pauses)
        return self._book.chosen.get(shop, {})

    async def _store(
        self,
        visitor: Visitor,
        shop: Shop,
        sent: Mapping[str, str],
        before: Mapping[str, Any],
        values: Mapping[str, Any],
    ) -> None:
        version = sent.get("version", "")
        if not version.isdecimal() or len(version) > 9:
            raise InvalidInput("The form has no version.", field="version", status=422, cure="Load the page anew.")
        changed = ShopChoices(int(version) + 1, values)
        fields = sorted(name for name in {**before, **values} if before.get(name) != values.get(name))
        act = Act(visitor.person.email, "shop.changed", shop.id, shop.id, {"fields": fields})
        if not await self._choices.choose(shop.id, changed, act):
            raise InvalidInput(
                "Somebody else has just changed this shop.", status=409, cure="Load the page anew, then change it."
            )
        await read_choices(self._choices, self._book, self._pauses)

    def _own(self, visitor: Visitor, name: str) -> Shop:
        shop = self._book.get(ShopId(name))
        if shop is None:
            raise NotHere
        visitor.needs(Permission.SETTINGS, shop.id)
        return shop

    def _form(
        self,
        request: Request,
        visitor: Visitor,
        shop: Shop,
        shown: Mapping[str, str],
        wrong: InvalidInput | None = None,
    ) -> Response:
        messages = {
            language: [(one, as_read(one, _example(language), shop.name)) for one in _PURPOSES]
            for language in ("de", "en")
        }
        version = self._book.versions.get(shop.id, 0)
        return self._pages.page(
            request, "shop.html", visitor, wrong.status if wrong else 200, shop=shop, filled=shown, wrong=wrong,
            configured=self._book.configured[shop.id], messages=messages, version=version,
            done=bool(request.query_params.get("done")),
        )  # fmt: skip


def _only(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {name: values[name]} if name in values else {}


def _without(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {one: value for one, value in values.items() if one != name}


def filled(shop: Shop) -> Mapping[str, str]:
    """The fields of the form as the shop is now."""
    return {
        "name": shop.name,
        "link_validity": _text([shop.link_validity]),
        "reminders": _text(shop.reminders),
        "last_call": _text([shop.last_call] if shop.last_call else []),
        "channels": ", ".join(shop.channels),
        "payment_methods": ", ".join(shop.payment_methods),
        "colour": shop.colour,
    }


def understood(shop: Shop, sent: Mapping[str, str]) -> Mapping[str, Any]:
    """What the form wants, as `ShopChoices` keep it. Raises `InvalidInput` that names the field."""
    name = sent.get("name", "").strip()
    if not 0 < len(name) <= 60:
        raise _refused("name", "Buyers read the name of the shop: it has 1 to 60 characters.")
    validity = _spans("link_validity", sent, 1)
    if not validity:
        raise _refused("link_validity", "A PayLink lasts for a number of hours or days, such as 7d.")
    return {
        "name": name,
        "link_validity": validity[0],
        "reminders": _spans("reminders", sent, _MOST_REMINDERS),
        "last_call": next(iter(_spans("last_call", sent, 1)), 0),
        "channels": _channels(shop, _words("channels", sent)),
        "payment_methods": [word.upper() for word in _words("payment_methods", sent)],
        "colour": _colour(sent),
    }


def _channels(shop: Shop, wanted: Sequence[str]) -> Sequence[str]:
    if not wanted or set(wanted) - set(shop.channels):
        raise _refused("channels", "At least one messenger of the configuration file, in the order of trying.")
    return list(dict.fromkeys(wanted))


def _colour(sent: Mapping[str, str]) -> str:
    """A browser's field for colours always holds one, so that a box beside it says that none is wanted."""
    colour = "" if sent.get("no_colour") else sent.get("colour", "").strip().lower()
    if colour and not _COLOUR.fullmatch(colour):
        raise _refused("colour", "A colour is a # and six digits from 0 to 9 and a to f, such as #8a1538.")
    return colour


def _words(field: str, sent: Mapping[str, str]) -> Sequence[str]:
    words = [word.strip() for word in sent.get(field, "").split(",") if word.strip()]
    if len(words) > 20 or any(len(word) > 40 or not word.replace("_", "").replace("-", "").isalnum() for word in words):
        raise _refused(field, "Write names, and a comma between two of them.")
    return words


def _spans(field: str, sent: Mapping[str, str], most: int) -> Sequence[float]:
    """Seconds, shortest first."""
    found = []
    for word in _words(field, sent):
        number, unit = word[:-1], _UNITS.get(word[-1])
        if unit is None or not number.isdecimal() or not timedelta() < int(number[:6]) * unit <= _LONGEST:
            raise _refused(field, "Write hours or days, up to 180 days, such as 12h or 3d.")
        found.append((int(number) * unit).total_seconds())
    if len(found) > most:
        raise _refused(field, "That is too many.")
    return sorted(set(found))


def _text(spans: Sequence[timedelta]) -> str:
    hours = [span / _UNITS["h"] for span in spans]
    return ", ".join(f"{hour / 24:.0f}d" if hour % 24 == 0 else f"{hour:.0f}h" for hour in hours)


def _example(language: str) -> Terms:
    return Terms(_EXAMPLE.amount, _EXAMPLE.reference, _EXAMPLE.phone, language)


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field=field, status=422, cure="Correct it; nothing was changed.")
