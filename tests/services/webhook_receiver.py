"""A merchant's own system that receives webhooks: an HTTP server on localhost, with a verification of its own."""

import base64
import hashlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from aiohttp import web

Behave = Callable[["Received"], web.StreamResponse | int]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes
    path: str = "/hook"

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        return orjson.loads(self.body)

    def signed_by(self, secret: str) -> bool:
        """After the text of Standard Webhooks and RFC 2104 alone: nothing of it is shared with the sender."""
        key = base64.b64decode(secret.split("_", 1)[1]).ljust(64, b"\0")
        signed = b".".join([self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body])
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + signed).digest()
        outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()
        expected = "v1," + base64.b64encode(outer).decode()
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass(slots=True)
class Receiver:
    """An async context manager. `answers` are given in turn, the last one for good: a status, or what makes one."""

    answers: Sequence[int | Behave] = (204,)
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        assert self._runner is not None
        return int(self._runner.addresses[0][1])

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        one = Received(headers, await request.read(), request.path)
        answer = self.answers[min(len(self.received), len(self.answers) - 1)]
        self.received.append(one)
        given = answer if isinstance(answer, int) else answer(one)
        return web.Response(status=given) if isinstance(given, int) else given
