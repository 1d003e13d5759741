"""The sandbox as one server: the Graph API, its controls, and the buyer's phone."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from connector_core.sandbox.whatsapp.config import WhatsAppConfig
from connector_core.sandbox.whatsapp.control import ControlApi
from connector_core.sandbox.whatsapp.graph_api import GraphApi
from connector_core.sandbox.whatsapp.ledger import Ledger
from connector_core.sandbox.whatsapp.phone_pages import PhonePages
from connector_core.sandbox.whatsapp.world import World


class WhatsAppSandbox:
    """`start` gives the base address: of the API for a connector, of the phone for a browser. One start a sandbox."""

    def __init__(self, config: WhatsAppConfig, *, now: Callable[[], float] = time.time) -> None:
        self._world = World(config, now)
        self._runner: web.AppRunner | None = None

    @property
    def ledger(self) -> Ledger:
        """What was sent, answered and reported."""
        return self._world.ledger

    @property
    def webhook_url(self) -> str:
        """Where statuses and answers go, without a handshake; empty: nowhere."""
        return self._world.courier.url

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self._world.courier.url = url

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1024 * 1024)
        for group in (ControlApi(self._world), PhonePages(self._world), GraphApi(self._world)):
            app.add_routes(group.routes())
        app.cleanup_ctx.append(self._background)
        app.on_shutdown.append(self._end_live)
        return app

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, host, port).start()
        return f"http://{host}:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Ends open pages, webhooks on their way and everything that was to happen later."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _background(self, _: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._world.courier.run()), asyncio.create_task(self._world.progress.agenda.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end_live(self, _: web.Application) -> None:
        self._world.live.close()
