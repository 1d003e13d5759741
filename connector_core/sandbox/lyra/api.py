"""The REST door `/api-payment/V4/...`: authentication, envelope, and faults on order (reference/lyra.md 1)."""

import asyncio
import base64
import hmac
import math
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from connector_core.sandbox.lyra import answers
from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.faults import Fault, FaultBook
from connector_core.sandbox.lyra.ledger import Ledger
from connector_core.sandbox.lyra.operations import Operations
from connector_core.sandbox.lyra.refusal import Refusal

PREFIX = "/api-payment/V4/"


class Api:
    """Business errors are HTTP 200 with status ERROR, wrong credentials included."""

    def __init__(self, config: LyraConfig, ledger: Ledger, operations: Operations, faults: FaultBook) -> None:
        self._config = config
        self._ledger = ledger
        self._table = operations.table
        self._faults = faults
        login = f"{config.shop_id}:{config.test_password}".encode()
        self._login = b"Basic " + base64.b64encode(login)

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PREFIX + "{operation:.+}", self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        half = self._config.latency_seconds / 2
        await request.read()  # whoever has asked may be gone before it is done
        await asyncio.sleep(half)
        answer = await self._handle(request)
        await asyncio.sleep(half)
        return answer

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        operation = request.match_info["operation"]
        if operation in self._table:
            self._ledger.calls[operation] += 1
        body = await request.read()
        fault = self._faults.take(operation)
        if fault is not None:
            return await self._faulty(request, operation, body, fault)
        return _json(self._do(request, operation, body))

    def _do(self, request: web.Request, operation: str, body: bytes) -> bytes:
        base = self._config.public_url.rstrip("/") or f"{request.scheme}://{request.host}"
        try:
            self._check_login(request)
            if operation not in self._table:
                raise Refusal("INT_901", operation[:127])
            status, answer = "SUCCESS", self._table[operation](_read(body), base)
        except Refusal as refusal:
            status, answer = "ERROR", answers.error(refusal, self._config.shop_id)
        return orjson.dumps(answers.envelope(operation, status, answer, base))

    def _check_login(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._login):
            raise Refusal("INT_905")

    async def _faulty(self, request: web.Request, operation: str, body: bytes, fault: Fault) -> web.StreamResponse:
        """do_then_cut, truncated and slow do what was asked; the other faults do nothing."""
        match fault.mode:
            case "do_then_cut":
                self._do(request, operation, body)
                return _cut(request)
            case "cut_before":
                return _cut(request)
            case "truncated":
                done = self._do(request, operation, body)
                return _json(done[: len(done) // 2])
            case "slow":
                done = self._do(request, operation, body)
                await asyncio.sleep(fault.seconds)
                return _json(done)
            case "error_code":
                return _json(self._error(request, operation, fault.code))
            case "html":
                return web.Response(text="<!DOCTYPE html><title>Maintenance</title>", content_type="text/html")
            case "http_429":
                return web.Response(status=429, headers={"Retry-After": str(math.ceil(fault.seconds))})
        return web.Response(status=500, text="Internal Server Error")

    def _error(self, request: web.Request, operation: str, code: str) -> bytes:
        answer = answers.error(Refusal(code), self._config.shop_id)
        return orjson.dumps(answers.envelope(operation, "ERROR", answer, f"{request.scheme}://{request.host}"))


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal("INT_902", f"can't decode JSON data : line: {error.lineno} column: {error.colno}") from None
    if not isinstance(value, dict):
        raise Refusal("INT_902", "can't decode JSON data : an object is expected")
    return value


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _cut(request: web.Request) -> web.Response:
    """Closes the TCP connection; what is returned never reaches it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
