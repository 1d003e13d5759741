"""The sandbox as one thing that starts and stops."""

from aiohttp import web

from connector_core.sandbox.lyra.api import Api
from connector_core.sandbox.lyra.cashier import Cashier
from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.faults import FaultBook
from connector_core.sandbox.lyra.ledger import Ledger
from connector_core.sandbox.lyra.notices import Notices
from connector_core.sandbox.lyra.notifier import Notifier
from connector_core.sandbox.lyra.operations import NAMES, Operations
from connector_core.sandbox.lyra.overview import Overview
from connector_core.sandbox.lyra.page import PaymentPage
from connector_core.sandbox.lyra.refunds import Refunds
from connector_core.sandbox.lyra.render import Renderer
from connector_core.sandbox.lyra.switchboard import Switchboard

_SHUTDOWN_SECONDS = 1.0


class LyraSandbox:
    """A Lyra shop in TEST mode. What it knows survives `stop` and `start`, as when a PSP goes down and comes back."""

    def __init__(self, config: LyraConfig) -> None:
        self.config = config
        self.ledger = Ledger()
        self._notifier: Notifier
        self._runner: web.AppRunner | None = None
        self._wire()

    def _wire(self) -> None:
        config, ledger = self.config, self.ledger
        self.faults = FaultBook(NAMES)
        self._notifier = Notifier(config, ledger, self.faults)
        notices = Notices(config, ledger, self._notifier)
        operations = Operations(config, ledger, Refunds(config, ledger, notices))
        self._cashier = Cashier(config, ledger, self.faults, notices)
        renderer = Renderer(config)
        self._overview = Overview(ledger, renderer)
        self._rooms = (
            Api(config, ledger, operations, self.faults),
            Switchboard(ledger, self.faults, self._cashier),
            PaymentPage(ledger, self._cashier, renderer),
            self._overview,
            renderer,
        )

    @property
    def ipn_url(self) -> str:
        """Where notifications go that name no address of their own."""
        return self._notifier.url

    @ipn_url.setter
    def ipn_url(self, url: str) -> None:
        self._notifier.url = url

    def app(self) -> web.Application:
        """A fresh application over the same ledger, for whoever runs the server himself."""
        app = web.Application()
        for room in self._rooms:
            app.add_routes(room.routes())
        app.on_startup.append(self._open)
        app.on_shutdown.append(self._close)
        return app

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serves until `stop`; returns the base URL, such as ``http://127.0.0.1:40123``."""
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Ends the server, its notifications and its streams; harmless when it is not running."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _open(self, _app: web.Application) -> None:
        await self._notifier.open()

    async def _close(self, _app: web.Application) -> None:
        self._overview.close()
        self._cashier.close()
        await self._notifier.close()
