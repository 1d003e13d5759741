"""What a person sees when something does not go: a sentence, and what to do about it."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.door_pages import within
from connector_core.adapters.web.office.gate import ConfirmNeeded, NotAllowed, NotHere, SignInNeeded
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import ConnectorError, InvalidInput
from connector_core.ports.store import StoreUnavailable

_log = structlog.get_logger(__name__)

KNOWN = (SignInNeeded, ConfirmNeeded, NotHere, NotAllowed, ConnectorError, StoreUnavailable)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def route_class(pages: Pages) -> type[APIRoute]:
    """Routes of pages answer every error as a page; a part of a page that htmx asked for gets it in its place."""

    class OfficeRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await inner(request)
                except KNOWN as error:
                    return _answer(pages, request, error)

            return handle

    return OfficeRoute


def _answer(pages: Pages, request: Request, error: Exception) -> Response:
    match error:
        case SignInNeeded():
            return _elsewhere(request, f"/office/sign-in?next={quote(_asked_for(request))}")
        case ConfirmNeeded():
            return _elsewhere(request, f"/office/confirm?next={quote(_asked_for(request))}")
        case NotHere():
            return _sorry(pages, request, 404, "There is no such page.", "Look for it in the list.")
        case NotAllowed():
            return _sorry(
                pages, request, 403, "Your role does not allow this.", "Ask an owner of the shop for another role."
            )
        case InvalidInput():
            return _sorry(pages, request, error.status, error.sentence, error.cure)
        case StoreUnavailable():
            _log.warning("database unavailable", cause=str(error))
            return _sorry(
                pages, request, 503, "The database does not answer at the moment.",
                "Nothing is lost. Try again in a minute; if it lasts, tell your administrator.",
            )  # fmt: skip
        case ConnectorError():
            return _sorry(pages, request, 422, error.sentence, error.cure)
    raise error


def _elsewhere(request: Request, address: str) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _asked_for(request: Request) -> str:
    """A page to go back to: never an address that acts."""
    if request.method != "GET" or "hx-request" in request.headers:
        return within(urlsplit(request.headers.get("referer", "")).path)
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _sorry(pages: Pages, request: Request, status: int, sentence: str, cure: str) -> Response:
    part = "hx-request" in request.headers
    return pages.page(request, "_problem.html" if part else "problem.html", status=status, sentence=sentence, cure=cure)
