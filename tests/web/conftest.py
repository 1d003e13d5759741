"""A real browser, the machine's own Chromium; missing, it skips at home and fails in CI."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright

from connector_core.adapters.cli.demo import world_options
from connector_core.sandbox.world import World


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def phone_browser(browser: Browser, world: World) -> AsyncIterator[BrowserContext]:
    """A browser of a phone's width that speaks German; a page that complains in its console fails the test.

    It closes before the world does, whose streams would else break off under it.
    """
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="de-DE")
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.location.get('url')}: {message.text}")

    context.on("console", listen)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    await context.close()
    assert complaints == []


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(world_options(tmp_path, "woocommerce", "", "", fixed_ports=False)) as running:
        yield running
    print(running.daemon.log.read_text(encoding="utf-8")[-8000:])  # seen when the test fails
