"""What came of the requests: how many were read and paid, how fast, and where."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.office import charts
from connector_core.adapters.web.office.gate import Gate
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.shop import Shop
from connector_core.ports.listing import Listing

SPANS = (7, 30, 90, 365)


class FiguresPages:
    def __init__(self, gate: Gate, pages: Pages, listing: Listing, shops: Mapping[ShopId, Shop]) -> None:
        self._gate = gate
        self._pages = pages
        self._listing = listing
        self._shops = shops

    def add_to(self, router: APIRouter) -> None:
        router.get("/figures")(self.figures)

    async def figures(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        days, shop = _days(request.query_params.get("days", "30")), ShopId(request.query_params.get("shop", ""))
        today = self._pages.today().date()
        since = today - timedelta(days=days - 1)
        wanted = [one for one in visitor.shops if shop in ("", one)]
        found = await self._listing.figures(wanted, since, today)
        return self._pages.page(
            request, "figures.html", visitor, figures=found, funnel=charts.funnel(found), days=days, spans=SPANS,
            bars=charts.bars(_every_day(found.by_day, since, today)), shop=shop, shops=self._shops, since=since,
            until=today, width=charts.WIDTH, height=charts.HEIGHT,
        )  # fmt: skip


def _days(text: str) -> int:
    if text.isdecimal() and int(text) in SPANS:
        return int(text)
    raise InvalidInput("days must be 7, 30, 90 or 365.", field="days", status=422, cure="Choose one of the buttons.")


def _every_day(found: Sequence[tuple[date, int, int]], since: date, until: date) -> list[tuple[date, int, int]]:
    """Also the days on which nothing happened; weeks or months instead when there are too many for a picture."""
    known = {day: (made, paid) for day, made, paid in found}
    count = (until - since).days + 1
    each = max(1, count // 60)
    starts = [since + timedelta(days=offset) for offset in range(0, count, each)]
    return [
        (start, *_sum([known.get(start + timedelta(days=more), (0, 0)) for more in range(each)])) for start in starts
    ]


def _sum(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(made for made, _ in pairs), sum(paid for _, paid in pairs)
