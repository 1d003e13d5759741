"""The list of payment requests: filtered, searched, and alive."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from connector_core.adapters.web.office.export import as_csv, as_xlsx
from connector_core.adapters.web.office.gate import Gate, Visitor, count_of
from connector_core.adapters.web.office.live import Live
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ConnectionId, OrderId, ShopId
from connector_core.domain.person import Permission
from connector_core.domain.shop import Shop
from connector_core.ports.choices import Choices
from connector_core.ports.listing import Filters, Listing, Place, Row
from connector_core.ports.people import Act, AuditTrail

PAGE = 50
_MOST_SHOWN = 1000
_MOST_KEPT = 20
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOGETHER = 0.3
"""Changes within so many seconds are told as one: each makes the page load its part anew."""
CHOICES: Mapping[str, Sequence[str]] = {
    "state": ("open", "paid", "cancelled", "expired"),
    "money": ("open", "pending", "partly_paid", "paid", "overpaid"),
    "delivery": ("queued", "unknown", "accepted", "failed", "sent", "delivered", "read"),
}


class ListPages:
    def __init__(
        self, gate: Gate, pages: Pages, listing: Listing, live: Live, audit: AuditTrail, choices: Choices,
        shops: Mapping[ShopId, Shop], connections: Mapping[ConnectionId, ShopId],
    ) -> None:  # fmt: skip
        self._gate = gate
        self._pages = pages
        self._listing = listing
        self._live = live
        self._audit = audit
        self._choices = choices
        self._shops = shops
        self._connections = connections

    def add_to(self, router: APIRouter) -> None:
        router.get("")(self.requests)
        router.get("/export.csv")(self.export)
        router.get("/export.xlsx")(self.workbook)
        router.get("/live")(self.follow)
        router.post("/filters")(self.keep)
        router.post("/filters/drop")(self.drop)

    async def requests(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        asked = dict(request.query_params)
        filters, place = read_filters(asked, visitor.shops), read_place(asked.get("after", ""))
        count = PAGE if place else read_shown(asked.get("shown", ""))
        found = await self._listing.rows(filters, after=place, limit=count + 1)
        rows, more, query = found[:count], found[count:], urlencode(set_ones(asked))
        kept = await self._choices.filters(visitor.person.id)
        return self._pages.page(
            request, _template(request, place), visitor, rows=rows, filters=filters, shops=self._shops, asked=asked,
            choices=CHOICES, connections=[name for name, shop in self._connections.items() if shop in visitor.shops],
            more=further(asked, rows[-1]) if more else "", query=query,
            attention=await self._listing.attention(visitor.shops),
            kept=kept, kept_as=next((name for name, one in kept.items() if one == query), ""),
        )  # fmt: skip

    async def keep(self, request: Request) -> Response:
        """The filters that are set now, under a name of the person's own."""
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        name, asked = sent.get("name", "").strip(), dict(parse_qsl(sent.get("query", "")[:2000]))
        if not 0 < len(name) <= 60:
            raise InvalidInput("A name is needed.", field="name", status=422, cure="Type one of up to 60 characters.")
        read_filters(asked, visitor.shops)
        query = urlencode(set_ones(asked))
        kept = await self._choices.filters(visitor.person.id)
        if len(kept) >= _MOST_KEPT and name not in kept:
            raise InvalidInput("You keep 20 filters already.", field="name", status=422, cure="Remove one first.")
        await self._choices.keep_filter(visitor.person.id, name, query)
        return RedirectResponse(f"/office?{query}", 303)

    async def drop(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        await self._choices.drop_filter(visitor.person.id, sent.get("name", ""))
        return RedirectResponse("/office", 303)

    async def export(self, request: Request) -> Response:
        filters = await self._taken_along(request)
        headers = {**self._pages.headers(), "Content-Disposition": 'attachment; filename="paylink.csv"'}
        return StreamingResponse(as_csv(self._listing, filters), media_type="text/csv; charset=utf-8", headers=headers)

    async def workbook(self, request: Request) -> Response:
        filters = await self._taken_along(request)
        folder = TemporaryDirectory(prefix="paylink-")
        file = Path(folder.name) / "paylink.xlsx"
        try:
            await as_xlsx(self._listing, filters, file)
        except BaseException:
            folder.cleanup()
            raise
        gone = BackgroundTask(folder.cleanup)
        return FileResponse(file, filename=file.name, media_type=_XLSX, headers=self._pages.headers(), background=gone)

    async def _taken_along(self, request: Request) -> Filters:
        """What the list shows under the same filters, of the shops whose data the visitor may take along."""
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.EXPORT)
        shops = visitor.person.shops(Permission.EXPORT, visitor.shops)
        asked = dict(request.query_params)
        filters, by = read_filters(asked, shops), set_ones(asked)
        by.pop("text", None)  # may be a telephone number
        await self._audit.note(Act(visitor.person.email, "requests.exported", data=by))
        return filters

    async def follow(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request, used=False)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        order = request.query_params.get("order", "")
        return StreamingResponse(_stream(self._live, visitor, order), media_type="text/event-stream", headers=headers)


async def _stream(live: Live, visitor: Visitor, order: str) -> AsyncIterator[str]:
    """``changed`` names the orders, or comes for one of them alone, and once at the beginning: something may have
    changed since the page was made. A comment now and then keeps proxies from hanging up.
    """
    async with live.listener(visitor.shops) as changes:
        yield "retry: 2000\n\nevent: changed\ndata: \n\n"
        while not live.closing:
            try:
                async with asyncio.timeout(15):
                    ids = set(await changes.get())
            except TimeoutError:
                yield ": still here\n\n"
                continue
            await asyncio.sleep(_TOGETHER)
            while not changes.empty():
                ids.update(changes.get_nowait())
            if not order or order in ids:
                yield f"event: changed\ndata: {' '.join(sorted(ids))}\n\n"


def _template(request: Request, place: Place | None) -> str:
    """The whole page, the list alone after a filter or a change, or the rows that follow."""
    if "hx-request" not in request.headers or "hx-history-restore-request" in request.headers:
        return "requests.html"
    return "_rows.html" if place else "_requests.html"


def read_filters(asked: Mapping[str, str], shops: Sequence[ShopId]) -> Filters:
    """Raises `InvalidInput` that names the field. A shop that the visitor does not see filters to nothing."""
    for field, choices in CHOICES.items():
        if asked.get(field, "") not in ("", *choices):
            raise _wrong(field, f"one of {', '.join(choices)}")
    shop = ShopId(asked.get("shop", ""))
    filters = Filters(
        shops=[one for one in shops if shop in ("", one)],
        attention=asked.get("attention", "") == "1",
        since=_day("since", asked),
        until=_day("until", asked),
    )
    texts = {name: asked.get(name, "").strip()[:100] for name in ("text", "state", "money", "delivery", "connection")}
    return replace(filters, **texts)  # type: ignore[arg-type] # all of these fields are texts


def set_ones(asked: Mapping[str, str]) -> dict[str, str]:
    """The conditions that are set, as they stand in an address, always in the same order."""
    known = {*CHOICES, "shop", "text", "connection", "attention", "since", "until"}
    return {name: value for name, value in sorted(asked.items()) if name in known and value}


def further(asked: Mapping[str, str], last: Row) -> str:
    """The address of the next page."""
    place = f"{last.created_at.timestamp():.6f}_{last.order_id}"
    return urlencode({**set_ones(asked), "after": place})


def read_place(text: str) -> Place | None:
    if not text:
        return None
    at, _, order_id = text.partition("_")
    try:
        return Place(datetime.fromtimestamp(float(at), tz=UTC), OrderId(order_id[:36]))
    except (ValueError, OverflowError, OSError):
        raise _wrong("after", "what the page before has given") from None


def read_shown(text: str) -> int:
    """How many rows a list that comes anew has: those that were there, whole pages at least."""
    return min(max(PAGE, count_of(text)), _MOST_SHOWN)


def _day(field: str, asked: Mapping[str, str]) -> date | None:
    if not (text := asked.get(field, "")):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(field, "a day such as 2026-11-25") from None


def _wrong(field: str, wanted: str) -> InvalidInput:
    return InvalidInput(f"{field} must be {wanted}.", field=field, status=422, cure="Correct it, or clear the filters.")
