"""A gateway over a running Lyra sandbox whose notifications arrive at a real HTTP door."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from connector_core.adapters.psp_lyra import LyraAccount, LyraGateway
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import LinkId, OrderId, RequestId, uuid7
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFact
from connector_core.domain.phone import E164
from connector_core.domain.request import PayLink, Terms
from connector_core.ports.gateway import LinkAsk, LinkReading
from connector_core.sandbox.lyra import LyraConfig, LyraSandbox

SHOP = "69876357"
PASSWORD = "testpassword_DEMOPRIVATEKEY23G4475zXZQ2UA5x7M"
ACCEPTED, REFUSED = "4970100000000055", "4970100000000113"


@dataclass
class Door:
    """Where notifications arrive. `facts` are those that the gateway read, `refused` counts the others."""

    gateway: LyraGateway | None = None
    facts: list[PaymentFact] = field(default_factory=list)
    refused: int = 0
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.Response:
        assert self.gateway is not None
        try:
            self.facts += self.gateway.read_notification(await request.read())
            answer = web.Response(text="OK-registered")
        except InvalidInput as error:
            self.refused += 1
            answer = web.Response(status=error.status, text="KO")
        async with self.came:
            self.came.notify_all()
        return answer

    async def until(self, enough: Callable[["Door"], bool]) -> None:
        """Waits for notifications, three seconds at most."""
        async with self.came:
            await asyncio.wait_for(self.came.wait_for(lambda: enough(self)), 3)


@dataclass
class Lyra:
    """The sandbox, seen by a test: what it knows, what it shall do wrong, and a buyer who pays."""

    url: str
    gateway: LyraGateway
    door: Door
    session: aiohttp.ClientSession

    async def fault(self, operation: str, mode: str, **more: Any) -> None:
        async with self.session.post(
            f"{self.url}/_sandbox/faults", json={"operation": operation, "mode": mode, **more}
        ) as response:
            assert response.status in (200, 201, 204), await response.text()

    async def ledger(self) -> dict[str, Any]:
        async with self.session.get(f"{self.url}/_sandbox/ledger") as response:
            known: dict[str, Any] = await response.json()
            return known

    async def do(self, switch: str, **body: str) -> None:
        async with self.session.post(f"{self.url}/_sandbox/{switch}", json=body) as response:
            assert response.status == 200, await response.text()

    async def pay(self, url: str, card: str = ACCEPTED) -> None:
        async with self.session.post(f"{url}/pay", data={"card": card}) as response:
            assert response.status < 500, await response.text()


def ask(minor: int = 3390, currency: str = "EUR", **terms: Any) -> LinkAsk:
    """A link ask with a new order id."""
    fields: dict[str, Any] = {
        "amount": Money(minor, currency),
        "reference": "S00042",
        "phone": E164("+4915123456789"),
        "language": "de",
        "name": "Grete Müller",
        "email": "grete@example.com",
        **terms,
    }
    return LinkAsk(uuid7(), Terms(**fields), datetime.now(UTC) + timedelta(days=7), ours={"request": "r-1"})


def link_of(wish: LinkAsk, reading: LinkReading) -> PayLink:
    """The PayLink that the store would hold for this reading."""
    return PayLink(
        id=LinkId("l"),
        request_id=RequestId("r"),
        order_id=OrderId("o"),
        revision=1,
        state=reading.state,
        account="main",
        psp_order=wish.psp_order,
        amount=reading.amount,
        created_at=datetime.now(UTC),
        psp_link=reading.psp_link,
        url=reading.url,
        mode=reading.mode,
        expires_at=reading.expires_at,
    )


@pytest.fixture
async def lyra() -> AsyncIterator[Lyra]:
    door = Door()
    app = web.Application()
    app.router.add_post("/ipn", door.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ipn_url = f"http://127.0.0.1:{runner.addresses[0][1]}/ipn"
    sandbox = LyraSandbox(LyraConfig(SHOP, PASSWORD, "hmac-key-of-the-browser", ipn_url, retry_seconds=(0.05,)))
    url = await sandbox.start()
    account = LyraAccount(
        name="main",
        shop_id=SHOP,
        passwords=(SecretStr(PASSWORD),),
        api_url=url,
        ipn_url=ipn_url,
        total_seconds=1,
    )
    door.gateway = LyraGateway(account)
    async with aiohttp.ClientSession() as session:
        try:
            yield Lyra(url.rstrip("/"), door.gateway, door, session)
        finally:
            await door.gateway.close()
            await sandbox.stop()
            await runner.cleanup()
