"""A Lyra that answers word for word what a test has written down, over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

Reply = tuple[int, Any]
"""Status and body: bytes go out as they are, anything else as JSON."""


def success(answer: dict[str, Any], **changes: Any) -> Reply:
    """An envelope as reference/lyra.md 1.3 has it."""
    envelope = {"status": "SUCCESS", "answer": answer, "ticket": "c" * 32, "mode": "TEST", "version": "V4"}
    return 200, {**envelope, **changes}


def refusal(code: str, status: int = 200) -> Reply:
    """An error answer as reference/lyra.md 1.4 has it; its inner ticket is the text "null"."""
    answer = {"errorCode": code, "errorMessage": "no", "detailedErrorMessage": None, "ticket": "null"}
    return status, {"status": "ERROR", "answer": answer, "ticket": "d" * 32, "mode": "TEST"}


def payment_order(**changes: Any) -> dict[str, Any]:
    """A running payment order over 33.90 EUR (reference/lyra.md 2.2)."""
    return {
        "paymentOrderId": "c4402491f1f048509bdbcdc846505f86",
        "paymentOrderStatus": "RUNNING",
        "paymentURL": "https://secure.osb.pf/t/3m94qazq",
        "expirationDate": "2026-03-08T12:00:00+00:00",
        "amount": 3390,
        "currency": "EUR",
        "orderId": "019c-psp-order_1",
        **changes,
    }


@dataclass
class ScriptedLyra:
    """`replies` by operation, used up in turn, the last one for good; `calls` is what came in."""

    replies: dict[str, list[Reply]]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        operation = request.match_info["operation"]
        self.calls.append((operation, orjson.loads(await request.read())))
        waiting = self.replies[operation]
        status, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        return web.Response(status=status, body=raw, content_type="application/json")


@asynccontextmanager
async def scripted(**replies: Reply | list[Reply]) -> AsyncIterator[ScriptedLyra]:
    """Operations are named with ``_`` for ``/``: ``Charge_PaymentOrder_Get=success(...)``."""
    lyra = ScriptedLyra(
        {name.replace("_", "/"): reply if isinstance(reply, list) else [reply] for name, reply in replies.items()}
    )
    app = web.Application()
    app.router.add_post("/api-payment/V4/{operation:.*}", lyra.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    lyra.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield lyra
    finally:
        await runner.cleanup()
