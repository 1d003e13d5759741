"""The sandbox, a channel that talks to it, and a door that takes its webhooks as the daemon's does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connector_core.adapters.channels.texts import sample_templates
from connector_core.adapters.channels.whatsapp import WhatsAppChannel
from connector_core.domain.errors import InvalidInput
from connector_core.domain.message import InboundMessage, MessageStatus
from connector_core.sandbox.whatsapp import Template, WhatsAppConfig, WhatsAppSandbox
from tests.unit.adapters.channels.accounts import APP_SECRET, PAY_URL_BASE, account


@dataclass
class Door:
    """Reads webhooks with the channel; what it could not verify is only counted."""

    channel: WhatsAppChannel
    statuses: list[MessageStatus] = field(default_factory=list)
    inbound: list[InboundMessage] = field(default_factory=list)
    refused: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            statuses, inbound = self.channel.read_webhook(headers, await request.read())
        except InvalidInput as error:
            self.refused += 1
            return web.Response(status=error.status)
        async with self.news:
            self.statuses += statuses
            self.inbound += inbound
            self.news.notify_all()
        return web.Response()

    async def greet(self, request: web.Request) -> web.Response:
        return web.Response(text=self.channel.handshake(request.query))

    async def until(self, count: int) -> list[MessageStatus]:
        """The statuses once there are so many, within five seconds."""
        async with self.news, asyncio.timeout(5):
            await self.news.wait_for(lambda: len(self.statuses) >= count)
        return self.statuses

    async def until_inbound(self) -> InboundMessage:
        async with self.news, asyncio.timeout(5):
            await self.news.wait_for(lambda: bool(self.inbound))
        return self.inbound[0]


@dataclass
class Sandbox:
    """The sandbox's base address and its controls."""

    url: str
    session: aiohttp.ClientSession

    async def fault(self, **fault: Any) -> None:
        async with self.session.post(f"{self.url}/_sandbox/faults", json=fault) as response:
            assert response.status == 200, await response.text()

    async def subscribe(self, url: str) -> None:
        async with self.session.post(f"{self.url}/_sandbox/subscribe", json={"url": url}) as response:
            assert response.status == 200, await response.text()

    async def answer(self, phone: str, text: str) -> None:
        """The buyer types into the chat."""
        url = f"{self.url}/chat/{phone}/messages"
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(url, data={"text": text}, headers=headers, allow_redirects=False) as response:
            assert response.status == 303, await response.text()

    async def read(self, phone: str) -> None:
        """The buyer opens the chat."""
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(f"{self.url}/chat/{phone}/read", headers=headers) as response:
            assert response.status == 204, await response.text()

    async def messages(self) -> list[dict[str, Any]]:
        """What the buyers' phones show, by the sandbox's own ledger."""
        async with self.session.get(f"{self.url}/_sandbox/ledger") as response:
            messages: list[dict[str, Any]] = (await response.json())["messages"]
            return messages


def sandbox_config(**changes: Any) -> WhatsAppConfig:
    templates = tuple(
        Template(text.name, text.language, text.body, text.button_text, text.button_url, text.category)
        for text in sample_templates(PAY_URL_BASE)
    )
    own = account()
    values: dict[str, Any] = {
        "access_token": own.access_token.get_secret_value(),
        "phone_number_id": own.phone_number_id,
        "waba_id": own.waba_id,
        "app_secret": APP_SECRET,
        "verify_token": own.verify_token.get_secret_value(),
        "templates": templates,
        "delivered_after": 0.02,
        "retry_seconds": (0.1, 0.1),
    }
    return WhatsAppConfig(**{**values, **changes})


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    server = WhatsAppSandbox(sandbox_config())
    url = await server.start()
    async with aiohttp.ClientSession() as session:
        yield Sandbox(url, session)
    await server.stop()


@pytest.fixture
async def channel(sandbox: Sandbox) -> AsyncIterator[WhatsAppChannel]:
    sender = WhatsAppChannel(account(graph_url=sandbox.url))
    yield sender
    await sender.close()


@pytest.fixture
async def door(sandbox: Sandbox, channel: WhatsAppChannel) -> AsyncIterator[Door]:
    """A subscribed door: the sandbox has shaken hands with it."""
    taker = Door(channel)
    app = web.Application()
    app.add_routes([web.post("/webhook", taker.take), web.get("/webhook", taker.greet)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await sandbox.subscribe(f"http://127.0.0.1:{runner.addresses[0][1]}/webhook")
    yield taker
    await runner.cleanup()
