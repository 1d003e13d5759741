"""The sandbox's front page: the newest payment orders, kept fresh by server-sent events."""

import asyncio

from aiohttp import web

from connector_core.sandbox.lyra.ledger import Ledger
from connector_core.sandbox.lyra.render import Renderer
from connector_core.sandbox.lyra.texts import choose_language
from connector_core.sandbox.lyra.values import PAID

_SHOWN = 50
_PAUSE_SECONDS = 0.5


class Overview:
    """`close` ends the event streams that browsers hold open."""

    def __init__(self, ledger: Ledger, renderer: Renderer) -> None:
        self._ledger = ledger
        self._renderer = renderer
        self._streams: set[asyncio.Task[object]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self.show), web.get("/orders", self.table), web.get("/events", self.events)]

    async def show(self, request: web.Request) -> web.Response:
        return self._page(request, "overview.html")

    async def table(self, request: web.Request) -> web.Response:
        return self._page(request, "orders.html")

    async def events(self, request: web.Request) -> web.StreamResponse:
        """One event when something has changed, at most two a second."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        try:
            await self._tell(stream)
        except ConnectionError:
            pass  # the browser has gone
        finally:
            self._streams.discard(task)
        return stream

    def close(self) -> None:
        for task in self._streams:
            task.cancel()

    async def _tell(self, stream: web.StreamResponse) -> None:
        version = self._ledger.version
        await stream.write(b"retry: 2000\n\n")
        while True:
            version = await self._ledger.changed(version)
            await stream.write(f"data: {version}\n\n".encode())
            await asyncio.sleep(_PAUSE_SECONDS)

    def _page(self, request: web.Request, template: str) -> web.Response:
        language = choose_language(None, request.headers.get("Accept-Language", ""))
        taken = [200 <= one.http_status < 400 for one in self._ledger.deliveries]
        return self._renderer.page(
            template,
            language,
            orders=self._ledger.newest(_SHOWN),
            total=self._ledger.count(),
            paid=self._ledger.count(PAID),
            taken=sum(taken),
            failed=len(taken) - sum(taken),
        )
