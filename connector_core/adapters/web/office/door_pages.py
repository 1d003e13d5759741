"""Signing in, proving it once more, and signing out."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import Gate, caller
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.sign_in import SignIn
from connector_core.domain.errors import InvalidInput
from connector_core.ports.people import Act, PassPurpose, People


class DoorPages:
    def __init__(self, gate: Gate, pages: Pages, sign_in: SignIn, people: People) -> None:
        self._gate = gate
        self._pages = pages
        self._sign_in = sign_in
        self._people = people

    def add_to(self, router: APIRouter) -> None:
        router.get("/sign-in")(self.door)
        router.post("/sign-in")(self.knock)
        router.get("/welcome/{token}")(self.welcome)
        router.post("/welcome/{token}")(self.enter)
        router.get("/confirm")(self.ask_again)
        router.post("/confirm")(self.confirm)
        router.post("/sign-out")(self.sign_out)

    async def door(self, request: Request) -> Response:
        target = within(request.query_params.get("next", ""))
        first = not await self._people.anyone()
        return self._pages.page(request, "sign_in.html", next=target, first=first, wrong=None)

    async def knock(self, request: Request) -> Response:
        sent = await self._gate.sent(request)
        target = within(sent.get("next", ""))
        email, password, code = (sent.get(name, "") for name in ("email", "password", "code"))
        try:
            token = await self._sign_in.by_password(email, password, code, caller(request))
        except InvalidInput as wrong:
            return self._pages.page(request, "sign_in.html", status=wrong.status, next=target, first=False, wrong=wrong)
        return self._gate.let_in(RedirectResponse(target, 303), token)

    async def welcome(self, request: Request, token: str) -> Response:
        """Looking changes nothing: messengers and mail scanners open addresses too."""
        found = await self._sign_in.find_pass(token)
        if found is None:
            return self._pages.page(request, "welcome.html", status=410, person=None, invited=False, wrong=None)
        one_time, person = found
        invited = one_time.purpose is PassPurpose.INVITATION
        return self._pages.page(request, "welcome.html", person=person, invited=invited, wrong=None)

    async def enter(self, request: Request, token: str) -> Response:
        sent = await self._gate.sent(request)
        found = await self._sign_in.find_pass(token)
        try:
            session = await self._sign_in.by_pass(token, caller(request), sent.get("password", ""))
        except InvalidInput as wrong:
            person = found[1] if found else None
            invited = person is not None
            page = "welcome.html"
            return self._pages.page(request, page, status=wrong.status, person=person, invited=invited, wrong=wrong)
        return self._gate.let_in(RedirectResponse("/office", 303), session)

    async def ask_again(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        target = within(request.query_params.get("next", ""))
        return self._pages.page(request, "confirm.html", visitor, next=target, wrong=None)

    async def confirm(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        target = within(sent.get("next", ""))
        try:
            password, code = sent.get("password", ""), sent.get("code", "")
            await self._sign_in.confirm(visitor.session, visitor.person, password, code)
        except InvalidInput as wrong:
            return self._pages.page(request, "confirm.html", visitor, wrong.status, next=target, wrong=wrong)
        return RedirectResponse(target, 303)

    async def sign_out(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        await self._gate.sent(request, visitor)
        await self._people.end_session(visitor.session.id, Act(visitor.person.email, "sign_out"))
        return self._gate.let_out(RedirectResponse("/office/sign-in", 303))


def within(address: str) -> str:
    """An address inside of the back office; anything else becomes its first page."""
    inside = address == "/office" or address.startswith(("/office/", "/office?"))
    return address if inside and "//" not in address and "\\" not in address else "/office"
