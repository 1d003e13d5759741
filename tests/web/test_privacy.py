"""Whoever wants to be forgotten is forgotten, by a person who sees what that means."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from connector_core.sandbox.world import World
from tests.privacy.traces import BILLING, EMAIL, PHONE
from tests.web.office import Scheme, faults_of, office
from tests.web.test_office import place


@pytest.mark.parametrize(
    ("phone", "german", "scheme"),
    [(False, True, "light"), (True, False, "dark"), (False, False, "dark"), (True, True, "light")],
    ids=["desk-de-light", "phone-en-dark", "desk-en-dark", "phone-de-light"],
)
async def test_a_buyer_is_looked_for_and_the_page_is_for_everybody(
    browser: Browser, world: World, phone: bool, german: bool, scheme: Scheme
) -> None:
    await place(world, billing=BILLING)
    async with office(browser, world, phone=phone, german=german, scheme=scheme) as page:
        await expect(page.locator("tbody tr")).to_have_count(1, timeout=10_000)
        await page.goto(f"{world.addresses.daemon}/office/privacy")
        faults = await faults_of(page)
        await page.locator("input[name=contact]").first.fill(PHONE)
        await page.locator("form[action='/office/privacy'] button").click()
        await expect(page.locator("#h-found")).to_be_visible()
        await page.locator("details.act > summary").click()
        faults += await faults_of(page)
    assert faults == []


async def test_a_buyer_is_given_out_and_forgotten(browser: Browser, world: World) -> None:
    number = await place(world, billing=BILLING)
    async with office(browser, world) as page:
        await expect(page.locator("tbody tr")).to_have_count(1, timeout=10_000)
        await page.get_by_role("link", name="Datenschutz").click()
        await page.get_by_label("Telefonnummer oder E-Mail-Adresse").fill(EMAIL)
        await page.get_by_role("button", name="Suchen").click()
        await expect(page.get_by_role("link", name=number)).to_be_visible()
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Alles als JSON herunterladen").click()
        assert EMAIL in (await asyncio.to_thread((await (await download.value).path()).read_text))
        await page.get_by_text("Diesen Käufer löschen").first.click()
        await page.get_by_label("Ich bin sicher. Es lässt sich nicht rückgängig machen.").check()
        await page.get_by_role("button", name="Diesen Käufer löschen").click()
        await expect(page.get_by_text("Die Person wird gelöscht.")).to_be_visible()
        await page.get_by_role("link", name="Forderungen").first.click()
        await expect(page.locator("tbody tr")).to_contain_text("[gelöscht]", timeout=15_000)
        await expect(page.locator("tbody tr")).to_contain_text("storniert")
