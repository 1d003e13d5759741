"""Who may do what in which shop, and the trail of what was done."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import ConfirmNeeded, Gate, NotAllowed, NotHere, Visitor, count_of
from connector_core.adapters.web.office.invite import invite
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.sign_in import make_pass
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.person import EVERY_SHOP, Permission, Person, PersonId, Role
from connector_core.domain.shop import Shop
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, AuditTrail, PassPurpose, People

_PAGE = 100


class PeoplePages:
    """Whoever has the right for people in a shop sees those who have a role there, and gives roles there alone."""

    def __init__(
        self,
        gate: Gate,
        pages: Pages,
        people: People,
        audit: AuditTrail,
        clock: Clock,
        shops: Mapping[ShopId, Shop],
        public_url: str,
    ) -> None:
        self._gate = gate
        self._pages = pages
        self._people = people
        self._audit = audit
        self._clock = clock
        self._shops = shops
        self._public_url = public_url

    def add_to(self, router: APIRouter) -> None:
        router.get("/people")(self.people)
        router.post("/people")(self.invite)
        router.post("/people/{person_id}/role")(self.set_role)
        router.post("/people/{person_id}/disable")(self.disable)
        router.post("/people/{person_id}/address")(self.address)
        router.get("/audit")(self.audit)

    async def people(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        return await self._show(request, visitor)

    async def invite(self, request: Request) -> Response:
        visitor = await self._confirmed(request)
        sent = await self._gate.sent(request, visitor)
        shop, role = self._place(visitor, sent.get("shop", "")), _role(sent.get("role", ""))
        actor, email, name = visitor.person.email, sent.get("email", ""), sent.get("name", "")
        try:
            token = await invite(self._people, self._clock, email, name, {shop: role}, visitor.language, actor)
        except InvalidInput as wrong:
            return await self._show(request, visitor, wrong=wrong)
        return await self._show(request, visitor, address=self._address(request, token) if token else "", whose=email)

    async def set_role(self, request: Request, person_id: str) -> Response:
        visitor = await self._confirmed(request)
        sent = await self._gate.sent(request, visitor)
        person = await self._reachable(visitor, person_id)
        shop = self._place(visitor, sent.get("shop", ""))
        roles = {place: role for place, role in person.roles.items() if place != shop}
        if sent.get("role"):
            roles[shop] = _role(sent["role"])
        data = {"roles": {place: role.value for place, role in roles.items()}}
        act = Act(visitor.person.email, "person.roles", person.email, shop if shop != EVERY_SHOP else None, data)
        await self._people.put_person(replace(person, roles=roles), act)
        return RedirectResponse("/office/people", 303)

    async def disable(self, request: Request, person_id: str) -> Response:
        visitor = await self._confirmed(request)
        sent = await self._gate.sent(request, visitor)
        person = await self._reachable(visitor, person_id)
        if person.id == visitor.person.id:
            raise InvalidInput("You cannot lock yourself out.", status=422, cure="Let another owner do it.")
        disabled = not sent.get("enable")
        action = "person.disabled" if disabled else "person.enabled"
        await self._people.put_person(
            replace(person, disabled=disabled), Act(visitor.person.email, action, person.email)
        )
        return RedirectResponse("/office/people", 303)

    async def address(self, request: Request, person_id: str) -> Response:
        """A new one-time address, for somebody who has forgotten the password."""
        visitor = await self._confirmed(request)
        await self._gate.sent(request, visitor)
        person = await self._reachable(visitor, person_id)
        act = Act(visitor.person.email, "pass.invitation.made", person.email)
        token = await make_pass(self._people, person.id, PassPurpose.INVITATION, self._clock.now(), act)
        return await self._show(request, visitor, address=self._address(request, token), whose=person.email)

    async def audit(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.AUDIT)
        whole = visitor.may(Permission.AUDIT, EVERY_SHOP)
        shops = None if whole else visitor.person.shops(Permission.AUDIT, self._shops)
        before = count_of(request.query_params.get("before", ""))
        acts = await self._audit.acts(shops=shops, before=before, limit=_PAGE)
        return self._pages.page(request, "audit.html", visitor, acts=acts, full=len(acts) == _PAGE)

    async def _show(
        self,
        request: Request,
        visitor: Visitor,
        *,
        wrong: InvalidInput | None = None,
        address: str = "",
        whose: str = "",
    ) -> Response:
        visitor.needs_somewhere(Permission.PEOPLE)
        places = self._places(visitor)
        seen = [person for person in await self._people.everyone() if set(person.roles) & places]
        return self._pages.page(
            request, "people.html", visitor, wrong.status if wrong else 200, people=seen, wrong=wrong, address=address,
            whose=whose, shops=self._shops, places=sorted(places), roles=list(Role), every=EVERY_SHOP,
        )  # fmt: skip

    def _address(self, request: Request, token: str) -> str:
        """As people outside reach it; without a `public_url`, as this visitor did."""
        return f"{self._public_url or str(request.base_url).rstrip('/')}/office/welcome/{token}"

    def _places(self, visitor: Visitor) -> set[ShopId]:
        """Where the visitor may give roles."""
        return {place for place in (EVERY_SHOP, *self._shops) if visitor.may(Permission.PEOPLE, place)}

    def _place(self, visitor: Visitor, name: str) -> ShopId:
        place = ShopId(name or EVERY_SHOP)
        if place not in self._places(visitor):
            raise NotAllowed
        return place

    async def _reachable(self, visitor: Visitor, person_id: str) -> Person:
        """Somebody all of whose roles are in places where the visitor may give roles."""
        person = await self._people.person(PersonId(person_id[:36]))
        places = self._places(visitor)
        if person is None or not set(person.roles) & places:
            raise NotHere
        if not set(person.roles) <= places:
            raise NotAllowed
        return person

    async def _confirmed(self, request: Request) -> Visitor:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.PEOPLE)
        if not visitor.confirmed:
            raise ConfirmNeeded
        return visitor


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise InvalidInput("There is no such role.", field="role", status=422, cure="Choose one of the list.") from None
