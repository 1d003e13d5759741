"""A client of the Lyra sandbox and a shop that takes its notifications, both over real HTTP."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from connector_core.sandbox.lyra import LyraConfig, LyraSandbox
from connector_core.sandbox.world.daemon import free_port

PASSWORD = "testpassword_DEMOPRIVATEKEY23G4475zXZQ2UA5x7M"
HMAC_KEY = "38453613e7f44dc58732bad3dca2bca3"
SHOP = "69876357"
ACCEPTED, REFUSED, CHALLENGE = "4970100000000055", "4970100000000113", "4970110000001003"


def login(password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{SHOP}:{password}".encode()).decode()}


@dataclass
class Client:
    """`call` speaks the REST API; `order` makes a PayLink and returns its answer."""

    base: str
    session: ClientSession
    sandbox: LyraSandbox

    async def call(self, operation: str, ask: object, password: str = PASSWORD) -> dict[str, Any]:
        data = ask if isinstance(ask, bytes) else json.dumps(ask).encode()
        async with self.session.post(
            f"{self.base}/api-payment/V4/{operation}", data=data, headers=login(password)
        ) as response:
            assert response.status == 200
            answer: dict[str, Any] = await response.json()
            return answer

    async def ok(self, operation: str, ask: object) -> dict[str, Any]:
        envelope = await self.call(operation, ask)
        assert envelope["status"] == "SUCCESS", envelope
        answer: dict[str, Any] = envelope["answer"]
        return answer

    async def code(self, operation: str, ask: object) -> str:
        envelope = await self.call(operation, ask)
        assert envelope["status"] == "ERROR", envelope
        return str(envelope["answer"]["errorCode"])

    async def order(self, **more: object) -> dict[str, Any]:
        return await self.ok("Charge/CreatePaymentOrder", {"amount": 4990, "currency": "EUR", "orderId": "S42"} | more)

    async def status(self, order: dict[str, Any]) -> str:
        found = await self.ok("Charge/PaymentOrder/Get", {"paymentOrderId": order["paymentOrderId"]})
        return str(found["paymentOrderStatus"])

    async def pay(self, order: dict[str, Any], card: str = ACCEPTED) -> tuple[int, str, str]:
        """HTTP status, final URL and HTML after the redirects."""
        return await self.post(order["paymentURL"] + "/pay", card=card)

    async def post(self, url: str, **form: str) -> tuple[int, str, str]:
        async with self.session.post(url, data=form) as response:
            return response.status, str(response.url), await response.text()

    async def get(self, url: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(url, headers=headers) as response:
            return response.status, await response.text()

    async def switch(self, path: str, body: object) -> tuple[int, dict[str, Any]]:
        async with self.session.post(f"{self.base}/_sandbox/{path}", json=body) as response:
            return response.status, await response.json()

    async def fault(self, operation: str, mode: str, **more: object) -> None:
        status, answer = await self.switch("faults", {"operation": operation, "mode": mode, **more})
        assert status == 201, answer

    async def ledger(self) -> dict[str, Any]:
        async with self.session.get(f"{self.base}/_sandbox/ledger") as response:
            answer: dict[str, Any] = await response.json()
            return answer


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[Client]:
    settings = {"shop_id": SHOP, "test_password": PASSWORD, "hmac_key": HMAC_KEY, "ipn_url": ""} | settings
    sandbox = LyraSandbox(LyraConfig(**settings))
    base = await sandbox.start(port=free_port())
    try:
        async with ClientSession() as session:
            yield Client(base, session, sandbox)
    finally:
        await sandbox.stop()


@dataclass
class Shop:
    """Takes notifications; answers `statuses` in turn, then 200."""

    statuses: list[int] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-www-form-urlencoded"
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        async with self._arrived:
            self._arrived.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, text="OK")

    async def wait(self, count: int) -> list[dict[str, Any]]:
        """The contents of the first `count` notifications, once they are here."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(self.forms) >= count)
        return [json.loads(form["kr-answer"]) for form in self.forms]


def genuine(form: dict[str, str], key: str = PASSWORD) -> bool:
    """The receiver's own check, written from the description of the signature and not from the sandbox."""
    wanted = hmac.new(key.encode(), form["kr-answer"].encode(), hashlib.sha256).hexdigest()
    return form["kr-hash"] == wanted and form["kr-hash-key"] == "password"


@asynccontextmanager
async def listening(*statuses: int) -> AsyncIterator[Shop]:
    shop = Shop(list(statuses))
    app = web.Application()
    app.add_routes([web.post("/ipn", shop.take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ipn"
    try:
        yield shop
    finally:
        await runner.cleanup()
