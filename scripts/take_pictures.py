"""Takes the pictures of the documentation from a running demo world: `python scripts/take_pictures.py`."""

import asyncio
import re
import shutil
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from rich.console import Console

from connector_core.adapters.cli.demo import compare, office_address, world_options
from connector_core.adapters.cli.demo_view import Progress, audit_table, welcome
from connector_core.adapters.store_sql import SqlStore
from connector_core.sandbox.world import Buyer, World
from connector_core.settings import load_settings

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
ORDERS = 12


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with World(world_options(Path(folder), "woocommerce", "", "", fixed_ports=True)) as world:
            reports = SqlStore(load_settings(world.config_file).database, daemon=False)
            await reports.open()
            try:
                await _picture_everything(world, reports)
            finally:
                await reports.close()


async def _picture_everything(world: World, reports: SqlStore) -> None:
    placed: list[str] = []
    progress = Progress(world, placed, 0)
    paying = asyncio.create_task(Buyer(world.phone, world.lyra, world.addresses.lyra).run())
    for _ in range(ORDERS):
        placed.append(await asyncio.to_thread(world.shop.place_order))
        await asyncio.sleep(0.3)
    await asyncio.sleep(3)
    paying.cancel()
    placed.append(await asyncio.to_thread(world.shop.place_order))
    await asyncio.to_thread(lambda: world.shop.place_order(billing={"phone": "0151 123"}))  # type: ignore[call-arg] # the demo shop's own
    await asyncio.sleep(2)
    await _picture_terminal(world, reports, placed, progress)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        await _picture_pages(world, browser)
        await _picture_office(world, browser, await office_address(world, reports))
        await browser.close()


async def _picture_terminal(world: World, reports: SqlStore, placed: list[str], progress: Progress) -> None:
    console = Console(record=True, width=100, force_terminal=True, file=Path("/dev/null").open("w"))  # noqa: SIM115, ASYNC230
    console.print("$ make demo", style="bold")
    console.print(welcome(world.addresses, Path("demo"), f"{world.addresses.daemon}/office/welcome/…"))
    console.print(await progress.picture(reports))
    console.print(audit_table(await compare(world, reports, placed)))
    drawn = console.export_svg(title="PayLink Connector")
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # a picture fetches nothing from elsewhere
    (PICTURES / "terminal.svg").write_text(drawn, encoding="utf-8")


async def _picture_pages(world: World, browser: Browser) -> None:
    phone = await browser.new_context(viewport={"width": 412, "height": 900}, device_scale_factor=2, locale="de-DE")
    desk = await browser.new_context(viewport={"width": 1180, "height": 940}, locale="de-DE")
    newest = list(world.phone.ledger.messages.values())[-1]
    for context, name, url in (
        (desk, "phone.png", f"{world.addresses.phone}/chat/{newest.to}"),
        (phone, "pay.png", newest.button_url),
        (phone, "chats.png", world.addresses.phone),
        (desk, "shop.png", world.addresses.shop),
        (phone, "shop-phone.png", world.addresses.shop),
        (desk, "lyra.png", world.addresses.lyra),
    ):
        page = await context.new_page()
        await page.goto(url, wait_until="domcontentloaded")
        await page.wait_for_timeout(800)
        await page.screenshot(path=PICTURES / name)


async def _picture_office(world: World, browser: Browser, address: str) -> None:
    desk = await browser.new_context(viewport={"width": 1180, "height": 820}, locale="de-DE")
    page = await desk.new_page()
    await page.goto(address)
    await page.get_by_role("button").click()
    await page.wait_for_url("**/office")
    await page.goto(f"{world.addresses.daemon}/office/me")
    await page.locator("select[name=language]").select_option("de")
    await page.locator("form[action='/office/me'] button").click()
    base = f"{world.addresses.daemon}/office"
    for name, path in (("list", ""), ("attention", "/attention"), ("figures", "/figures")):
        await page.goto(base + path)
        await page.wait_for_timeout(500)
        await page.screenshot(path=PICTURES / f"office-{name}.png")
    await page.goto(base + "?state=paid")
    await page.locator("a.go").first.click()
    await page.wait_for_timeout(500)
    await page.screenshot(path=PICTURES / "office-request.png", full_page=True)
    await page.goto(base + "/send")
    await page.locator("#phone").fill("0151 23456789")
    await page.locator("#amount").fill("49,90")
    await page.get_by_label("Text").fill("Sechs Flaschen Riesling")
    await page.wait_for_timeout(1500)
    await page.screenshot(path=PICTURES / "office-send.png")
    phone = await browser.new_context(
        viewport={"width": 390, "height": 780}, device_scale_factor=2, locale="de-DE", color_scheme="dark",
        storage_state=await desk.storage_state(),
    )  # fmt: skip
    small = await phone.new_page()
    await small.goto(base)
    await small.wait_for_timeout(500)
    await small.screenshot(path=PICTURES / "office-phone.png")


if __name__ == "__main__":
    asyncio.run(main())
