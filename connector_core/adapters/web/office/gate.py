"""Who asks: the session in the cookie, the rights of its person, and that a form was sent by our own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.responses import Response

from connector_core.adapters.web.office.catalog import preferred
from connector_core.adapters.web.office.multipart import parts_of
from connector_core.adapters.web.office.sign_in import LONGEST, Caller, SignIn
from connector_core.adapters.web.office.tokens import csrf_token, same
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Permission, Person
from connector_core.ports.people import Session

_MOST_FIELDS = 200
_BY_ITSELF = "paylink-by-itself"


class SignInNeeded(Exception):
    """Nobody is signed in, or the session has ended."""


class ConfirmNeeded(Exception):
    """The person must prove once more who it is."""


class NotHere(Exception):
    """There is no such thing, or not for this person: both look alike."""


class NotAllowed(Exception):
    """The person sees the thing, but may not do this with it."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person at one request. `shops` are those that the person may see, `csrf` is what forms carry."""

    person: Person
    session: Session
    csrf: str
    shops: Sequence[ShopId]
    confirmed: bool

    @property
    def language(self) -> str:
        return self.person.language

    def may(self, permission: Permission, shop: ShopId) -> bool:
        return self.person.may(permission, shop)

    def may_somewhere(self, permission: Permission) -> bool:
        return any(self.person.may(permission, shop) for shop in self.shops)

    def needs(self, permission: Permission, shop: ShopId) -> None:
        """Raises `NotHere` for a shop that the person does not see, `NotAllowed` for a right that it lacks there."""
        if not self.may(Permission.SEE, shop):
            raise NotHere
        if not self.may(permission, shop):
            raise NotAllowed

    def needs_somewhere(self, permission: Permission) -> None:
        if not self.may_somewhere(permission):
            raise NotAllowed


class Gate:
    """`secure` says that people come by https only: then the cookie has the prefix that binds it to this host."""

    def __init__(self, sign_in: SignIn, shops: Sequence[ShopId], *, secure: bool) -> None:
        self._sign_in = sign_in
        self._shops = shops
        self._secure = secure
        self._cookie = "__Host-paylink" if secure else "paylink"

    async def visitor(self, request: Request, *, used: bool = True) -> Visitor:
        """Raises `SignInNeeded`. A page that lies open does not use the session: `live.js` marks what it asks for."""
        token = request.cookies.get(self._cookie, "")
        used = used and _BY_ITSELF not in request.headers
        found = await self._sign_in.session(token, used=used) if token else None
        if found is None:
            raise SignInNeeded
        session, person = found
        shops = person.shops(Permission.SEE, self._shops)
        return Visitor(person, session, csrf_token(token), shops, self._sign_in.is_confirmed(session))

    async def sent(self, request: Request, visitor: Visitor | None = None) -> Mapping[str, str]:
        """The fields of a form. Raises `InvalidInput` unless our own page has sent it."""
        return self._ours(request, visitor, dict(await _pairs(request)))

    async def uploaded(self, request: Request, visitor: Visitor, field: str) -> tuple[Mapping[str, str], bytes]:
        """As `sent`, of a form with a file in `field`, whose bytes stand beside the other fields."""
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            return await self.sent(request, visitor), b""
        found = await _parts(request)
        data = found.pop(field, b"")
        return self._ours(request, visitor, {name: text.decode(errors="replace") for name, text in found.items()}), data

    def _ours(self, request: Request, visitor: Visitor | None, fields: dict[str, str]) -> Mapping[str, str]:
        if not self._from_here(request):
            _foreign()
        carried = fields.pop("csrf", "") or request.headers.get("x-csrf", "")
        if visitor is not None and not same(carried, visitor.csrf):
            _foreign()
        return fields

    def let_in(self, answer: Response, token: str) -> Response:
        answer.set_cookie(
            self._cookie, token, max_age=int(LONGEST.total_seconds()), path="/", secure=self._secure, httponly=True,
            samesite="lax",
        )  # fmt: skip
        return answer

    def let_out(self, answer: Response) -> Response:
        answer.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="lax")
        return answer

    @staticmethod
    def _from_here(request: Request) -> bool:
        """Browsers say where a request comes from; what says nothing is no browser, and sends no cookie unasked."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = request.headers.get("origin")
        return origin is None or origin.split("://")[-1] == request.headers.get("host")


def count_of(text: str) -> int:
    """A number that a page of ours sends back; 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def caller(request: Request) -> Caller:
    return Caller(request.client.host if request.client else "", request.headers.get("user-agent", ""))


def wanted_language(request: Request, visitor: Visitor | None) -> str:
    return visitor.language if visitor else preferred(request.headers.get("accept-language", ""))


async def _pairs(request: Request) -> Sequence[tuple[str, str]]:
    try:
        text = (await request.body()).decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _unreadable() from None


async def _parts(request: Request) -> dict[str, bytes]:
    try:
        return dict(islice(parts_of(request.headers["content-type"], await request.body()), _MOST_FIELDS))
    except ValueError:
        raise _unreadable() from None


def _unreadable() -> InvalidInput:
    return InvalidInput("The form cannot be read.", cure="Load the page anew and send it again.")


def _foreign() -> NoReturn:
    raise InvalidInput(
        "This form was not sent by a page of yours, or its session has ended.",
        status=403,
        cure="Load the page anew and send it again.",
    )
