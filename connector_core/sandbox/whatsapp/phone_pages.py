"""The buyer's phone in a browser: the list of chats, one chat, and the events that keep them live."""

from importlib import resources
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientConnectionResetError, web
from jinja2 import Environment, PackageLoader, StrictUndefined

from connector_core.sandbox.whatsapp.chat_view import bubbles, clock_now, pretty_number, rows
from connector_core.sandbox.whatsapp.phone_texts import TEXTS, language_of
from connector_core.sandbox.whatsapp.world import World

_PAGES = "connector_core.sandbox.whatsapp"
_MOST_CHATS = 60
_MOST_MESSAGES = 200
_MAX_ANSWER = 4096
_PHONE = r"/chat/{phone:\d{7,15}}"
_FILES = {
    "phone.css": "text/css",
    "phone.js": "text/javascript",
    "wallpaper.svg": "image/svg+xml",
    "icon.svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PhonePages:
    """A GET changes nothing; a chat is read and answered by POST from its own page only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pages = Environment(
            loader=PackageLoader(_PAGES, "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        folder = resources.files(_PAGES) / "pages"
        self._files = {name: (folder / name).read_bytes() for name in _FILES}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._list),
            web.get(_PHONE, self._chat),
            web.post(_PHONE + "/read", self._read),
            web.post(_PHONE + "/messages", self._answer),
            web.get("/events", self._events),
            web.get("/phone/{file}", self._file),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        chats = islice(reversed(self._world.ledger.chats.items()), _MOST_CHATS)
        texts = self._texts(request)
        return self._page(request, "list.html", rows=rows(chats, self._world.now(), texts))

    async def _chat(self, request: web.Request) -> web.Response:
        phone = request.match_info["phone"]
        thread = self._world.ledger.chats.get(phone, [])[-_MOST_MESSAGES:]
        shown = list(bubbles(thread, self._world.now(), self._texts(request)))
        return self._page(request, "chat.html", phone=phone, number=pretty_number(phone), bubbles=shown)

    async def _read(self, request: web.Request) -> web.Response:
        _same_origin(request)
        self._world.read(request.match_info["phone"])
        return web.Response(status=204)

    async def _answer(self, request: web.Request) -> web.Response:
        _same_origin(request)
        text = str((await request.post()).get("text", "")).strip()
        if not 0 < len(text) <= _MAX_ANSWER:
            raise web.HTTPBadRequest(text=f"text: must have 1 to {_MAX_ANSWER} characters")
        phone = request.match_info["phone"]
        self._world.answer(phone, text)
        raise web.HTTPSeeOther(f"/chat/{phone}{_lang_query(request)}")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        with self._world.live.listener() as listener:
            await response.prepare(request)
            try:
                async for event in listener.events():
                    await response.write(event)
            except ClientConnectionResetError:
                pass  # the page was closed
        return response

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        if name not in _FILES:
            raise web.HTTPNotFound
        return web.Response(body=self._files[name], content_type=_FILES[name], charset="utf-8", headers=_HEADERS)

    def _texts(self, request: web.Request) -> Any:
        return TEXTS[_language(request)]

    def _page(self, request: web.Request, name: str, **values: Any) -> web.Response:
        config = self._world.config
        html = self._pages.get_template(name).render(
            t=self._texts(request),
            language=_language(request),
            lang_query=_lang_query(request),
            business=config.business_name,
            initials="".join(word[0] for word in config.business_name.split()[:2]).upper(),
            clock=clock_now(self._world.now()),
            **values,
        )
        return web.Response(text=html, content_type="text/html", headers={**_HEADERS, "Vary": "Accept-Language"})


def _language(request: web.Request) -> str:
    return language_of(request.query.get("lang"), request.headers.get("Accept-Language", ""))


def _lang_query(request: web.Request) -> str:
    return f"?lang={_language(request)}" if "lang" in request.query else ""


def _same_origin(request: web.Request) -> None:
    """Another site's page, open in the same browser, must not answer for the buyer."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="this address is for the phone's own pages")
