"""A running WhatsApp sandbox, a client for it, and a webhook receiver that keeps what it was sent."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from connector_core.sandbox.whatsapp import Template, WhatsAppConfig, WhatsAppSandbox

PHONE = "4915112345678"
SECRET = "app-secret"
TEMPLATES = (
    Template("paylink", "en", "Hello {{1}}, please pay *{{2}}* now.", "Pay now", "https://pay.example/t/{{1}}"),
    Template("paylink", "de", "Hallo {{1}}, bitte zahlen Sie *{{2}}*.", "Zahlen", "{{1}}"),
    Template("receipt", "en", "Order {{order_no}}: received {{amount}}, thank you.", "", ""),
    Template("shop", "en", "Come again soon.", "Shop", "https://shop.example/"),
    Template("resting", "en", "Hello.", "", "", status="PAUSED"),
    Template("off", "en", "Hello.", "", "", status="DISABLED"),
    Template("new", "en", "Hello.", "", "", status="PENDING"),
)


@dataclass
class Receiver:
    """Answers webhooks with the statuses of `answers` in turn, then with 200."""

    url: str
    answers: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)
    handshake: Callable[[Any], web.Response] = lambda query: web.Response(text=query["hub.challenge"])

    async def post(self, request: web.Request) -> web.Response:
        raw = await request.read()
        expected = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        self.valid.append(request.headers["X-Hub-Signature-256"] == expected)
        self.bodies.append(json.loads(raw))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def get(self, request: web.Request) -> web.Response:
        return self.handshake(request.query)

    def values(self) -> list[dict[str, Any]]:
        return [change["value"] for body in self.bodies for entry in body["entry"] for change in entry["changes"]]

    def statuses(self) -> list[str]:
        return [status["status"] for value in self.values() for status in value.get("statuses", [])]


@dataclass
class Bed:
    base: str
    http: aiohttp.ClientSession
    sandbox: WhatsAppSandbox
    receiver: Receiver
    clock: list[float]

    async def send(self, body: object, token: str = "token", node: str = "111", version: str = "v25.0") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(f"{self.base}/{version}/{node}/messages", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def send_paylink(self, **changes: Any) -> str:
        _, answer = await self.send(paylink(**changes))
        return str(answer["messages"][0]["id"])

    async def code(self, body: object, **how: str) -> tuple[int, int]:
        """HTTP status and Graph code of a refusal."""
        status, answer = await self.send(body, **how)
        return status, answer["error"]["code"]

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.base + path, headers=headers) as response:
            return response.status, await response.text()

    async def post(self, path: str, **how: Any) -> tuple[int, str]:
        async with self.http.post(self.base + path, **how) as response:
            return response.status, await response.text()

    async def fault(self, **fault: Any) -> None:
        status, text = await self.post("/_sandbox/faults", json=fault)
        assert status == 200, text

    async def ledger(self) -> Any:
        return json.loads((await self.get("/_sandbox/ledger"))[1])

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():
                await asyncio.sleep(0.005)


def paylink(**changes: Any) -> dict[str, Any]:
    body = {
        "messaging_product": "whatsapp",
        "to": "+" + PHONE,
        "type": "template",
        "biz_opaque_callback_data": "attempt-1",
        "template": template("paylink", "en", ["Ada", "€ 10"], "abc"),
    }
    return {**body, **changes}


def template(name: str, language: str, texts: list[str], suffix: str | None = None) -> dict[str, Any]:
    components: list[dict[str, Any]] = []
    if texts:
        components.append({"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]})
    if suffix is not None:
        button = [{"type": "text", "text": suffix}]
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": button})
    return {"name": name, "language": {"code": language}, "components": components}


def free_text(text: str = "hello") -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": PHONE, "type": "text", "text": {"body": text}}


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver("")
    app = web.Application()
    app.add_routes([web.post("/hook", receiver.post), web.get("/hook", receiver.get)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bed(*, subscribed: bool = True, **config: Any) -> AsyncIterator[Bed]:
    clock = [1_790_000_000.0]
    settings: dict[str, Any] = {
        "delivered_after": 0.03,
        "retry_seconds": (0.02, 0.02),
        "templates": TEMPLATES,
        **config,
    }
    account = WhatsAppConfig("token", "111", "222", SECRET, "verify", **settings)
    sandbox = WhatsAppSandbox(account, now=lambda: clock[0])
    base = await sandbox.start()
    try:
        async with aiohttp.ClientSession() as http, receiving() as receiver:
            sandbox.webhook_url = receiver.url if subscribed else ""
            yield Bed(base, http, sandbox, receiver, clock)
            sandbox.webhook_url = ""
    finally:
        await sandbox.stop()
