"""The web application, and the server that runs it inside the daemon's loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import APIRouter, FastAPI

from connector_core.adapters.web.connection import Connection
from connector_core.adapters.web.limits import Limits
from connector_core.adapters.web.problems import install
from connector_core.domain.errors import ConfigurationError


def web_application(*routers: APIRouter) -> FastAPI:
    app = FastAPI(title="PayLink Connector", docs_url=None, redoc_url=None, redirect_slashes=False)
    for router in routers:
        app.include_router(router)
    install(app)
    app.add_middleware(Limits)
    return app


class WebServer:
    """uvicorn without its signal handling, which belongs to the daemon."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        config = uvicorn.Config(
            app, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
            timeout_keep_alive=30,
        )  # fmt: skip
        self._server = _Server(config)
        self._host = host
        self._port = port
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Begins to listen; the base URL. Raises `ConfigurationError` when the address is not to be had."""
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 - the server has a flag and no event
            await asyncio.sleep(0.01)
        return f"http://{self._host}:{self._port}"

    async def stop(self) -> None:
        """Answers what is being asked, then closes."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"port: {host}:{port} cannot be listened on: {error.strerror}.",
            cure="Another program uses it: stop that, or set another port, for example PAYLINK_PORT=8081.",
        ) from None
    return listener
