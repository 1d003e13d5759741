"""Sending by hand as hurried people with old spreadsheets do it."""

import pytest
from playwright.async_api import Browser, Route, expect

from connector_core.sandbox.world import World
from tests.web.office import office


async def test_a_double_click_sends_and_changes_once(browser: Browser, world: World) -> None:
    async with office(browser, world) as page:
        await page.goto(f"{world.addresses.daemon}/office/send")
        await page.get_by_label("Nummer", exact=True).fill("0151 23456789")
        await page.get_by_role("textbox", name="Betrag").fill("49,90")
        await page.get_by_role("button", name="Senden").dblclick()
        await page.wait_for_url("**/office/requests/*")
        await page.get_by_text("Betrag oder Frist ändern").click()
        await page.get_by_role("textbox", name="Betrag").fill("59,90")
        await page.get_by_role("button", name="Ändern", exact=True).dblclick()
        await expect(page.locator(".notice.good")).to_be_visible()
        await expect(page.locator(".notice.bad:visible")).to_have_count(0)
        await page.goto(f"{world.addresses.daemon}/office")
        await expect(page.locator("#rows tr")).to_have_count(1, timeout=10_000)
        await expect(page.locator("#rows tr")).to_contain_text("59,90", timeout=10_000)


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16", "utf-8", "utf-8-sig"])
async def test_a_table_is_read_in_the_encodings_of_spreadsheets(browser: Browser, world: World, encoding: str) -> None:
    table = "Telefon;Betrag;Name\n0151 23456789;49,90;Jörg Müßig\n".encode(encoding)
    async with office(browser, world) as page:
        await page.goto(f"{world.addresses.daemon}/office/batch")
        await page.locator("input[type=file]").set_input_files(
            {"name": "t.csv", "mimeType": "text/csv", "buffer": table}
        )
        await expect(page.locator("#table")).to_have_value(
            "Telefon;Betrag;Name\n0151 23456789;49,90;Jörg Müßig\n", timeout=10_000
        )


async def test_the_sending_of_a_table_outlasts_a_moment_without_an_answer(browser: Browser, world: World) -> None:
    cuts = [True, False]
    rows = "".join(f"0151 234567{number};49,90;T-{number}\n" for number in range(10, 36))

    async def one_cut(route: Route) -> None:
        if "next=" in (route.request.post_data or "") and cuts.pop(0):
            await route.abort()
        else:
            await route.continue_()

    async with office(browser, world, unanswered=True) as page:
        await page.route("**/office/batch/send", one_cut)  # not while a page is on its way: it is lost then
        await page.goto(f"{world.addresses.daemon}/office/batch")
        await page.locator("#table").fill(f"Telefon;Betrag;Referenz\n{rows}")
        await page.get_by_role("button", name="Durchsehen").click()
        await page.get_by_role("button", name="Jetzt senden").click()
        await expect(page.get_by_text("26 / 26")).to_be_visible(timeout=15_000)
        await expect(page.locator("#cut-off")).to_be_hidden()
    assert cuts == []
