"""The page of a vendor's fake: its newest orders, kept fresh while it is open, and buttons for what people do there."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from itertools import islice
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler
from babel.numbers import format_currency
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

_SHARED = "connector_core.sdk.testing"
_LANGUAGES = {"en": "English", "de": "Deutsch"}
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One order as the page shows it, in the reader's language.

    `actions` are those of the page's that are open to this order. `tone` colours the state: ``due``, ``paid``, ``bad``
    or ``off``. `own` holds what the vendor's ``orders.html`` shows beyond that.
    """

    id: str
    title: str
    state: str
    buyer: str
    amount: str
    actions: Sequence[str] = ()
    tone: str = "off"
    own: Mapping[str, Any] = field(default_factory=dict)


class VendorPage(ABC):
    """Server-rendered, in German and English; a script fetches the list anew when the event stream says so.

    The folder ``pages`` of the vendor's `package` holds ``orders.html``, which extends ``list.html`` by the blocks
    ``buyer`` and ``details`` of one `order`, the colours as ``page.css`` and the vendor's sign as ``page.svg``.
    `texts` are by language, ``en`` and ``de``: ``intro``, ``place``, ``orders``, ``none``, perhaps ``hint``, one for
    each of `actions`, and the vendor's own; a template finds them as `t`.

    The page is at ``/``, all else below `path`: its files are ``/page/page.css``, ``.js`` and ``.svg``. `order_id` is
    the pattern of the vendor's ids there.
    """

    package: ClassVar[str]
    texts: ClassVar[Mapping[str, Mapping[str, str]]]
    actions: ClassVar[Sequence[str]]
    path: ClassVar[str] = "/page"
    order_id: ClassVar[str] = r"\d+"

    def __init__(self, name: str) -> None:
        self._name = name
        self._streams: dict[asyncio.Task[Any], asyncio.Event] = {}
        self._base = f"{self.path}{self.path}"
        self._files = {kind: self._read(f"page.{kind}") for kind in _KINDS}
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package, "pages") for package in (self.package, _SHARED)]),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @abstractmethod
    def orders(self, language: str) -> Iterable[OrderCard]:
        """The newest first; the page takes as many as it shows."""

    @abstractmethod
    def place(self) -> None:
        """A new random order."""

    @abstractmethod
    def act(self, order_id: str, action: str) -> None:
        """One of `actions`. An order that is unknown, or not open to it, stays as it is."""

    def sums(self, language: str) -> str:
        """A line above the list."""
        return ""

    def add_routes(self, app: web.Application) -> None:
        one_order = f"{self.path}/orders/{{id:{self.order_id}}}/{{action:{'|'.join(self.actions)}}}"
        app.add_routes(
            [
                web.get("/", self._show("page.html")),
                web.get(f"{self.path}/orders", self._show("orders.html")),
                web.get(f"{self.path}/events", self._events),
                web.get(f"{self._base}.{{kind:{'|'.join(_KINDS)}}}", self._file),
                web.post(f"{self.path}/orders", self._place),
                web.post(one_order, self._act),
            ]
        )

    def changed(self) -> None:
        """Tells every open page, once until it has heard."""
        for news in self._streams.values():
            news.set()

    def end(self) -> None:
        """Ends the event streams that browsers hold open."""
        for stream in self._streams:
            stream.cancel()

    def _show(self, template: str) -> Handler:
        async def show(request: web.Request) -> web.Response:
            language = _language(request)
            html = self._templates.get_template(template).render(
                name=self._name,
                path=self.path,
                base=self._base,
                languages=_LANGUAGES,
                language=language,
                t=self.texts[language],
                sums=self.sums(language),
                orders=list(islice(self.orders(language), _SHOWN)),
            )
            return web.Response(text=html, content_type="text/html", headers=_SAFE)

        return show

    async def _place(self, request: web.Request) -> web.Response:
        self.place()
        return _back(request)

    async def _act(self, request: web.Request) -> web.Response:
        self.act(request.match_info["id"], request.match_info["action"])
        return _back(request)

    async def _file(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        return web.Response(text=self._files[kind], content_type=_KINDS[kind], headers=_SAFE)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**_SAFE, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        stream, news = asyncio.current_task(), asyncio.Event()
        assert stream is not None
        self._streams[stream] = news
        try:
            await response.write(b"retry: 2000\n\n")
            while await news.wait():
                news.clear()
                await response.write(b"event: changed\ndata: \n\n")
        except ConnectionResetError:
            pass  # the page was closed
        finally:
            del self._streams[stream]
        return response

    def _read(self, name: str) -> str:
        """The shared file with the vendor's behind it."""
        found = (resources.files(f"{package}.pages").joinpath(name) for package in (_SHARED, self.package))
        return "".join(file.read_text(encoding="utf-8") for file in found if file.is_file())


def write_amount(amount: Decimal | None, currency: str, language: str) -> str:
    """Such as ``1.200,00 EUR``; a dash for none."""
    return "–" if amount is None else format_currency(amount, currency, "#,##0.00 ¤¤", locale=language)


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "") or request.headers.get("Accept-Language", "")
    return next((language for language in _LANGUAGES if asked.lower().startswith(language)), "en")


def _back(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/?lang={_language(request)}"})
