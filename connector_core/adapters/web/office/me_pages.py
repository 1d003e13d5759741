"""One's own account: language, password, second factor, and where one is signed in."""

import asyncio
from dataclasses import replace

import pyotp
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.catalog import LANGUAGES
from connector_core.adapters.web.office.gate import ConfirmNeeded, Gate, Visitor
from connector_core.adapters.web.office.message_view import qr_code
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.passwords import check_new, hashed
from connector_core.adapters.web.office.sign_in import code_step
from connector_core.domain.errors import InvalidInput
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, People

_ISSUER = "PayLink"


class MePages:
    def __init__(self, gate: Gate, pages: Pages, people: People, clock: Clock) -> None:
        self._gate = gate
        self._pages = pages
        self._people = people
        self._clock = clock

    def add_to(self, router: APIRouter) -> None:
        router.get("/me")(self.me)
        router.post("/me")(self.change)
        router.post("/me/password")(self.set_password)
        router.get("/me/second-factor")(self.offer_factor)
        router.post("/me/second-factor")(self.set_factor)
        router.post("/me/sessions/end")(self.end_others)

    async def me(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        return await self._show(request, visitor)

    async def change(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        language = sent.get("language", "")
        if language not in LANGUAGES:
            raise InvalidInput("language must be de or en.", field="language", status=422)
        name = sent.get("name", "").strip()[:100]
        person = replace(visitor.person, language=language, name=name)
        await self._people.put_person(person, Act(person.email, "person.changed", person.email))
        return RedirectResponse("/office/me", 303)

    async def set_password(self, request: Request) -> Response:
        """Ends all sessions, this one too: whoever had the old password is out."""
        visitor = await self._confirmed(request)
        sent = await self._gate.sent(request, visitor)
        person = visitor.person
        try:
            check_new(sent.get("password", ""), [person.email, *person.name.split()])
        except InvalidInput as wrong:
            return await self._show(request, visitor, wrong)
        stored = await asyncio.to_thread(hashed, sent["password"])
        await self._people.set_password(person.id, stored, Act(person.email, "password.set"))
        return self._gate.let_out(RedirectResponse("/office/sign-in", 303))

    async def offer_factor(self, request: Request) -> Response:
        visitor = await self._confirmed(request)
        return self._offer(request, visitor, pyotp.random_base32(), None)

    async def set_factor(self, request: Request) -> Response:
        """The secret comes back with a code that only its owner can know, or nothing is set."""
        visitor = await self._confirmed(request)
        sent = await self._gate.sent(request, visitor)
        if sent.get("off"):
            await self._people.set_totp(visitor.person.id, "", Act(visitor.person.email, "second_factor.off"))
            return RedirectResponse("/office/me", 303)
        secret = sent.get("secret", "")
        if not _is_secret(secret) or code_step(secret, sent.get("code", ""), self._clock.now()) is None:
            wrong = InvalidInput(
                "The code is wrong.", field="code", status=422, cure="Check the clock of your phone, and type the next."
            )
            return self._offer(request, visitor, secret if _is_secret(secret) else pyotp.random_base32(), wrong)
        await self._people.set_totp(visitor.person.id, secret, Act(visitor.person.email, "second_factor.on"))
        return RedirectResponse("/office/me", 303)

    async def end_others(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        await self._gate.sent(request, visitor)
        act = Act(visitor.person.email, "sessions.ended")
        await self._people.end_sessions(visitor.person.id, act, but=visitor.session.id)
        return RedirectResponse("/office/me", 303)

    async def _confirmed(self, request: Request) -> Visitor:
        visitor = await self._gate.visitor(request)
        if not visitor.confirmed:
            raise ConfirmNeeded
        return visitor

    async def _show(self, request: Request, visitor: Visitor, wrong: InvalidInput | None = None) -> Response:
        sessions = await self._people.sessions(visitor.person.id)
        status = wrong.status if wrong else 200
        return self._pages.page(request, "me.html", visitor, status, sessions=sessions, wrong=wrong)

    def _offer(self, request: Request, visitor: Visitor, secret: str, wrong: InvalidInput | None) -> Response:
        address = pyotp.TOTP(secret).provisioning_uri(name=visitor.person.email, issuer_name=_ISSUER)
        status = wrong.status if wrong else 200
        return self._pages.page(
            request, "second_factor.html", visitor, status, secret=secret, qr=qr_code(address), wrong=wrong
        )


def _is_secret(text: str) -> bool:
    return len(text) == 32 and all(character in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" for character in text)
