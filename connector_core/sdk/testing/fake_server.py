"""The base of a vendor's fake: a real HTTP server on its own thread, with fault switches and a ledger."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from connector_core.sdk.testing.faults import Fault, FaultKind, FaultSwitches

_Result = TypeVar("_Result")
_MAX_BODY = 32 * 2**20


class FakeServer(ABC):
    """Subclasses add their routes and keep their state on the server's loop: reach it from outside by `on_loop`.

    Every fake answers ``GET/POST/DELETE /_sandbox/faults`` and ``GET /_sandbox/ledger``. Faults strike and calls are
    recorded below `api_prefix` only. Each of those calls takes `latency_seconds`, half of it on the way there.
    """

    api_prefix = "/"
    latency_seconds = 0.0

    def __init__(self) -> None:
        self.faults = FaultSwitches()
        self.calls: deque[dict[str, Any]] = deque(maxlen=10_000)
        self.url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def add_routes(self, app: web.Application) -> None:
        """Called once, on the server's loop, before it listens."""

    @abstractmethod
    def ledger(self) -> dict[str, object]:
        """The vendor's books as JSON values; safe to call from any thread."""

    async def opened(self) -> None:  # noqa: B027 - a hook
        """Runs on the loop as soon as the server listens."""

    async def closing(self) -> None:  # noqa: B027 - a hook
        """Runs on the loop before the server ends."""

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens (port 0: a free one) and returns the base address. Raises `OSError` when the port is taken."""
        started = threading.Event()
        failures: list[BaseException] = []
        self._thread = threading.Thread(
            target=self._run, args=(host, port, started, failures), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        started.wait(10)
        if failures:
            raise failures[0]
        return self.url

    def stop(self) -> None:
        """Ends the server and its connections. A second call does nothing."""
        loop, stopping, thread = self._loop, self._stopping, self._thread
        if thread is None or loop is None or stopping is None:
            return
        self._loop = self._thread = None
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)

    def on_loop(self, function: Callable[[], _Result]) -> _Result:
        """Runs `function` where the state lives and returns what it returns; after `stop` it runs right here."""
        if self._loop is None or threading.current_thread() is self._thread:
            return function()

        async def call() -> _Result:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def arm(
        self, kind: FaultKind | str, match: str = "", *, times: int = 1, seconds: float = 1.0, after: int = 0
    ) -> None:
        """Arms one fault from a test."""
        fault = Fault(kind=FaultKind(kind), match=match, times=times, seconds=seconds, after=after)
        self.on_loop(lambda: self.faults.arm(fault))

    def _run(self, host: str, port: int, started: threading.Event, failures: list[BaseException]) -> None:
        try:
            asyncio.run(self._serve(host, port, started))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called start
            failures.append(error)
        finally:
            started.set()

    async def _serve(self, host: str, port: int, started: threading.Event) -> None:
        self._stopping = asyncio.Event()
        app = web.Application(middlewares=[self._guard], client_max_size=_MAX_BODY)
        app.add_routes(
            [
                web.get("/_sandbox/faults", self._list_faults),
                web.post("/_sandbox/faults", self._arm_fault),
                web.delete("/_sandbox/faults", self._clear_faults),
                web.get("/_sandbox/ledger", self._show_ledger),
            ]
        )
        self.add_routes(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            self.url = f"http://{host}:{runner.addresses[0][1]}"
            self._loop = asyncio.get_running_loop()
            await self.opened()
            started.set()
            await self._stopping.wait()
            await self.closing()
        finally:
            await runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_sandbox/") or not request.path.startswith(self.api_prefix):
            return await handler(request)
        try:
            await request.read()  # whoever has asked may be gone before it is done
        except ConnectionResetError:
            return web.Response(status=499)
        await asyncio.sleep(self.latency_seconds / 2)
        fault = self.faults.take(f"{request.method} {request.path}")
        response = await (commit(fault, request, handler) if fault else handler(request))
        await asyncio.sleep(self.latency_seconds / 2)
        self.calls.append(
            {
                "at": time.time(),
                "method": request.method,
                "path": request.path,
                "status": response.status,
                "fault": fault.kind.value if fault else "",
            }
        )
        return response

    async def _list_faults(self, _: web.Request) -> web.Response:
        return web.json_response(self.faults.armed())

    async def _arm_fault(self, request: web.Request) -> web.Response:
        try:
            fault = Fault.model_validate_json(await request.read())
        except ValidationError as error:
            return web.json_response({"error": str(error)}, status=422)
        self.faults.arm(fault)
        return web.json_response(self.faults.armed(), status=201)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response([])

    async def _show_ledger(self, _: web.Request) -> web.Response:
        return web.json_response(self.ledger())


async def commit(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to a request that this fault strikes."""
    match fault.kind:
        case FaultKind.ERROR:
            return web.json_response({"code": "internal_server_error", "message": "sandbox fault"}, status=500)
        case FaultKind.RATE_LIMIT:
            return web.Response(status=429, headers={"Retry-After": f"{fault.seconds:.0f}"}, text="Too Many Requests")
        case FaultKind.HTML:
            return web.Response(text="<html><body>Briefly unavailable</body></html>", content_type="text/html")
        case FaultKind.CUT_BEFORE:
            return _cut(request, web.Response(status=499))
        case FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
    response = await handler(request)
    if fault.kind is FaultKind.DO_THEN_CUT:
        return _cut(request, response)
    if fault.kind is FaultKind.TRUNCATED and isinstance(response, web.Response) and isinstance(response.body, bytes):
        response.body = response.body[: len(response.body) // 2]
    return response


def _cut(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response
