"""From templates to answers: one layout, two languages, and headers that let no foreign script in."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse, Response

from connector_core.adapters.web.office import shown
from connector_core.adapters.web.office.catalog import translator
from connector_core.adapters.web.office.gate import Visitor, wanted_language
from connector_core.adapters.web.office.shop_mark import mark_of
from connector_core.adapters.web.office.trouble import Trouble
from connector_core.adapters.web.office.words import word
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Permission
from connector_core.domain.request import ERASED
from connector_core.flow.choices import ShopBook
from connector_core.ports.clock import Clock

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Pages:
    """`zone` is the time zone in which people read moments."""

    def __init__(
        self,
        clock: Clock,
        shops: ShopBook,
        troubles: Callable[[Sequence[ShopId]], Sequence[Trouble]],
        *,
        zone: str = "Europe/Berlin",
        secure: bool = False,
    ) -> None:
        self._clock = clock
        self._shops = shops
        self._troubles = troubles
        self._zone = zone
        self._headers = HEADERS | (_HSTS if secure else {})

    def page(
        self, request: Request, template: str, visitor: Visitor | None = None, status: int = 200, **values: Any
    ) -> Response:
        """`template` is a file of `templates/`; a `part` of a page when its name begins with an underscore."""
        language = wanted_language(request, visitor)
        text = _environment(language).get_template(template).render(
            visitor=visitor,
            csrf=visitor.csrf if visitor else "",
            path=request.url.path,
            troubles=self._troubles(visitor.shops) if visitor else (),
            in_test=[self._shops[shop].name for shop in visitor.shops if self._shops[shop].is_test] if visitor else (),
            now=self._clock.now(),
            can=visitor.may_somewhere if visitor else _nothing,
            mark_of=lambda shop: mark_of(shop, self._shops),
            moment=lambda value: shown.moment(value, language, self._zone),
            moment_seconds=lambda value: shown.moment(value, language, self._zone, seconds=True),
            ago=lambda value: shown.ago(value, self._clock.now(), language),
            **values,
        )  # fmt: skip
        return HTMLResponse(text, status, self._headers)

    def headers(self) -> dict[str, str]:
        return dict(self._headers)

    def today(self) -> datetime:
        """The moment, in the zone in which people read."""
        return self._clock.now().astimezone(ZoneInfo(self._zone))


@cache
def _environment(language: str) -> jinja2.Environment:
    translate = translator(language)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: translate(ERASED) if value == ERASED else value,
    )
    environment.globals.update(
        _=translate,
        language=language,
        Permission=Permission,
        money=lambda value: shown.money(value, language),
        sum_of=lambda minor, like: shown.sum_of(minor, like, language),
        minor_money=lambda minor, currency: shown.minor_money(minor, currency, language),
        percent=lambda share: shown.percent(share, language),
        span=lambda seconds: shown.span(seconds, language),
        day=lambda value: shown.day(value, language),
        word=word,
        phone=shown.phone,
        verdict=shown.verdict,
        static=f"/office/static/{version()}",
    )
    return environment


def _nothing(_permission: Permission) -> bool:
    return False


@cache
def version() -> str:
    """Changes with the static files, so that a browser may keep them for long."""
    marks = hashlib.sha256()
    for file in sorted(files(__package__).joinpath("static").iterdir(), key=lambda file: file.name):
        marks.update(file.read_bytes())
    return marks.hexdigest()[:12]
