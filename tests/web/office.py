"""A signed-in browser in the back office of a demo world, and what a page must be like."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page

from connector_core.adapters.cli.demo import office_address
from connector_core.adapters.store_sql import SqlStore
from connector_core.sandbox.world import World
from connector_core.settings import load_settings

Scheme = Literal["light", "dark"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@asynccontextmanager
async def office(
    browser: Browser,
    world: World,
    *,
    phone: bool = False,
    german: bool = True,
    scheme: Scheme = "light",
    unanswered: bool = False,
) -> AsyncIterator[Page]:
    """A page that complains in its console fails the test, but for what is `unanswered` on purpose."""
    context = await browser.new_context(
        viewport=PHONE if phone else DESK,  # type: ignore[arg-type] # a TypedDict of two numbers
        locale="de-DE" if german else "en-GB",
        color_scheme=scheme,
        has_touch=phone,
    )
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not unanswered:
            complaints.append(f"{message.location.get('url')}: {message.text}")

    context.on("console", listen)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = await context.new_page()
    page.set_default_timeout(10_000)
    await page.goto(await _address(world))
    await page.get_by_role("button").click()
    await page.wait_for_url("**/office")
    if german != (await page.get_attribute("html", "lang") == "de"):
        await page.goto(f"{world.addresses.daemon}/office/me")
        await page.locator("select[name=language]").select_option("de" if german else "en")
        await page.locator("form[action='/office/me'] button").click()
        await page.goto(f"{world.addresses.daemon}/office")
    yield page
    await context.close()
    assert complaints == [], complaints


async def faults_of(page: Page) -> list[str]:
    """What axe finds, and whether something sticks out to the side."""
    found = await Axe().run(page, options=RULES)
    faults = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found.response["violations"]]
    if not await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        faults.append("wider than the screen")
    return faults


async def _address(world: World) -> str:
    store = SqlStore(load_settings(world.config_file).database, daemon=False)
    await store.open()
    try:
        return await office_address(world, store)
    finally:
        await store.close()
