"""Templates, assets and the security headers that every page carries."""

from functools import cache
from importlib.resources import files

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.texts import TEXTS, write_amount, write_date

_PACKAGE = "connector_core.sandbox.lyra"
_ASSETS = {"lyra.css": "text/css", "overview.js": "text/javascript", "icon.svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


class Renderer:
    """Renders a template in one language; values are escaped."""

    def __init__(self, config: LyraConfig) -> None:
        self._config = config
        self._templates = Environment(
            loader=PackageLoader(_PACKAGE, "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.globals.update(shop=config.shop_name, write_amount=write_amount, write_date=write_date)

    def page(self, template: str, language: str, *, status: int = 200, **values: object) -> web.Response:
        texts = {name: text.replace("{shop}", self._config.shop_name) for name, text in TEXTS[language].items()}
        html = self._templates.get_template(template).render(language=language, t=texts, **values)
        return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/assets/{name}", asset)]


async def asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _ASSETS:
        raise web.HTTPNotFound
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=300"}
    return web.Response(body=_read(name), content_type=_ASSETS[name], charset="utf-8", headers=headers)


@cache
def _read(name: str) -> bytes:
    return files(_PACKAGE).joinpath("pages", name).read_bytes()
