"""Pictures of every page of the back office for the documentation: `make pictures` takes them in a demo world.

They go to docs/pictures/office-*.png, at a desk's width and, with `-phone`, at a phone's.
"""

import asyncio
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from connector_core.adapters.cli.demo import office_address, world_options  # noqa: E402 - its own folder comes first
from connector_core.adapters.store_sql import SqlStore  # noqa: E402
from connector_core.sandbox.world import World  # noqa: E402
from connector_core.settings import load_settings  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
PAGES = {
    "list": "", "send": "/send", "batch": "/batch", "attention": "/attention", "figures": "/figures", "setup": "/setup",
    "shop": "/shops/main", "mapping": "/mappings/shop",
    "webhooks": "/webhooks", "people": "/people", "privacy": "/privacy", "audit": "/audit",
    "me": "/me",
}  # fmt: skip
WIDTHS = {"": {"width": 1280, "height": 800}, "-phone": {"width": 390, "height": 844}}
BUYERS = ("Anna Berger", "Jonas Weber", "Xaver Quast", "Mia Schulz", "Lena Hoffmann")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with World(world_options(Path(folder), "woocommerce", "", "", fixed_ports=False)) as world:
            await fill(world)
            async with async_playwright() as playwright:
                chromium = shutil.which("chromium")
                browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                for suffix, size in WIDTHS.items():
                    await take(browser, world, suffix, size)
                await browser.close()


async def fill(world: Any) -> None:
    """A few orders, one of them paid, one of them with a number that is none."""
    for number, name in enumerate(BUYERS):
        first, last = name.split()
        billing = {"first_name": first, "last_name": last}
        await asyncio.to_thread(partial(world.shop.place_order, total=f"{24 + 7 * number}.90", billing=billing))
    await asyncio.to_thread(partial(world.shop.place_order, total="12.50", billing={"phone": "123"}))
    await asyncio.sleep(4)


async def take(browser: Browser, world: World, suffix: str, size: dict[str, int]) -> None:
    context = await browser.new_context(viewport=size, locale="en-GB")  # type: ignore[arg-type] # a TypedDict
    page = await context.new_page()
    await page.goto(await address_of(world))
    await page.get_by_role("button").click()
    await page.wait_for_url("**/office")
    await page.goto(f"{world.addresses.daemon}/office/me")
    await page.locator("select[name=language]").select_option("en")
    await page.locator("form[action='/office/me'] button").click()
    for name, path in PAGES.items():
        answer = await page.goto(f"{world.addresses.daemon}/office{path}")
        if answer and answer.ok:
            await picture(page, f"{name}{suffix}")
    await page.goto(f"{world.addresses.daemon}/office")
    if not suffix:
        await pay(page, world)
    await page.goto(f"{world.addresses.daemon}/office")
    await page.locator("tbody a.go").nth(3).click()
    await page.locator("ol.line li").first.wait_for()
    await picture(page, f"request{suffix}")
    await context.close()


async def pay(page: Page, world: World) -> None:
    url = world.lyra.ledger.orders[2].url
    await page.goto(url)
    await page.get_by_role("button", name="4970 1000 0000 0055").click()
    await asyncio.sleep(2)


async def picture(page: Page, name: str) -> None:
    await page.wait_for_timeout(300)
    await page.screenshot(path=FOLDER / f"office-{name}.png", full_page=not name.endswith("-phone"))


async def address_of(world: World) -> str:
    store = SqlStore(load_settings(world.config_file).database, daemon=False)
    await store.open()
    try:
        return await office_address(world, store)
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
