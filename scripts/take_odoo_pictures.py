"""Takes the pictures of the Odoo addon from a real server that may be spoiled: `python scripts/take_odoo_pictures.py`.

The server is named as for `make test-live-odoo`; PAYLINK_TEST_ODOO_OFFICE_LOGIN and _PASSWORD are an administrator's,
whose language is English.
"""

import asyncio
import shutil
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

from connector_odoo.documents import parse_ref
from playwright.async_api import Page, async_playwright

from connector_core.sdk import OrderRef
from tests.plugins.odoo.live.server import GIVEN, OFFICE, SECRET, settings
from tests.plugins.odoo.office import Office

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
STORE = ROOT / "plugins" / "odoo" / "addon" / "paylink_connector" / "static" / "description"
IN_STORE = ("settings", "order", "orders", "deliveries", "qr")
ADDRESS = "https://connector.example/webhooks/odoo-main"
URL = "https://secure.example/t/k4f9s2xa"
SIZE = (1360, 740)


def fact(office: Office, ref: OrderRef, kind: str) -> dict[str, Any]:
    model, number = parse_ref(ref) or ("", 0)
    total, paid = f"{office.total(ref).decimal():f}", kind == "captured"
    return {
        "id": str(uuid.uuid4()), "model": model, "res_id": number, "fact": kind, "amount": total, "currency": "EUR",
        "asked": total, "captured": total if paid else "0", "psp_ref": uuid.uuid4().hex if paid else "",
        "at": "2026-11-26 09:41:00", "method": "VISA", "url": URL, "flag": "", "language": "en",
    }  # fmt: skip


class Connector(BaseHTTPRequestHandler):
    """Takes every delivery."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(202)
        self.end_headers()

    def log_message(self, *said: object) -> None: ...


def documents(office: Office) -> tuple[OrderRef, OrderRef]:
    """An order and an invoice whose PayLinks are open, among others that are paid, expired and just requested.

    The last one is confirmed while the connector is away.
    """
    with HTTPServer(("127.0.0.1", 0), Connector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        tell(office, f"http://127.0.0.1:{server.server_port}/")
        kinds = ("captured", "expired", "linked", "captured", "linked")
        orders = [office.order() for _ in kinds]
        facts = [fact(office, ref, kind) for ref, kind in zip(orders, kinds, strict=True)]
        invoice = office.free_invoice(249.9)
        office.rpc.run_model(
            "paylink.connector", "record_payments", vals_list=[*facts, fact(office, invoice, "linked")]
        )
        sleep(8)
        server.shutdown()
    tell(office, ADDRESS)
    office.order()
    return orders[-1], invoice


def tell(office: Office, address: str) -> None:
    companies = [row["id"] for row in office.rpc.search_read("res.company", [], ["name"])]
    values = {"paylink_address": address, "paylink_secret": SECRET, "paylink_mode": "automatic"}
    office.rpc.write("res.company", companies, values)


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    office = Office(settings(**OFFICE))
    order, invoice = (number for _, number in map(parse_parts, await asyncio.to_thread(documents, office)))
    await asyncio.sleep(5)  # the outbox tries once
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        await log_in(page)
        await take(page, "order", f"/odoo/action-sale.action_orders/{order}", "text=Resend PayLink")
        await take(page, "invoice", f"/odoo/action-account.action_move_out_invoice_type/{invoice}", "text=Copy link")
        await take(page, "orders", "/odoo/action-sale.action_orders", "text=Requested")
        await take(page, "deliveries", "/odoo/action-paylink_connector.action_paylink_delivery", "text=Waiting")
        await take(page, "settings", "/odoo/settings", ".settings_tab >> text=PayLink", click=True)
        await take(page, "qr", f"/report/html/account.report_invoice/{invoice}", "div.paylink_qr")
        await browser.close()
    office.close()
    for name in IN_STORE:
        shutil.copy(PICTURES / f"odoo-{name}.png", STORE / f"{name}.png")


def parse_parts(ref: OrderRef) -> tuple[str, int]:
    return parse_ref(ref) or ("", 0)


async def log_in(page: Page) -> None:
    await page.goto(f"{GIVEN['URL']}/web/login")
    await page.fill("input[name=login]", OFFICE["login"])
    await page.fill("input[name=password]", OFFICE["password"])
    await page.click("button[type=submit]")
    await page.wait_for_selector(".o_main_navbar", timeout=60_000)


async def take(page: Page, name: str, path: str, there: str, *, click: bool = False) -> None:
    await page.goto("about:blank")
    await page.goto(f"{GIVEN['URL']}{path}")
    await page.wait_for_selector(there, timeout=60_000)
    if click:
        await page.click(there)
    await page.wait_for_timeout(2_500)
    await page.screenshot(path=PICTURES / f"odoo-{name}.png", full_page=name == "qr")


if __name__ == "__main__":
    asyncio.run(main())
