"""Whoever serves two shops sees in a browser which one a request belongs to, and which one a PayLink is sent for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from connector_core.domain.person import EVERY_SHOP, Role
from tests.flow.house import House, open_house
from tests.office.visitor import Visitor
from tests.web.office import faults_of

DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
CHOSEN = {"link_validity": "7d", "channels": "whatsapp"}


@asynccontextmanager
async def two_shops(browser: Browser, folder: Path, size: ViewportSize) -> AsyncIterator[tuple[House, Page]]:
    """Signed in, with a request in each shop; the second one has a light colour."""
    async with open_house(folder, "shop", more_shops=["other"]) as house, Visitor(house.url) as visitor:
        await visitor.enter(house.store, {EVERY_SHOP: Role.OWNER})
        await visitor.post("/shops/other", version="0", name="Käsehof", colour="#ffe000", **CHOSEN)
        for shop in ("main", "other"):
            await visitor.post("/send", shop=shop, region="DE", phone="0151 23456789", amount="12,50", currency="EUR")
        context = await browser.new_context(viewport=size, locale="en-GB")
        for cookie in visitor.http.cookie_jar:
            await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": house.url}])
        page = await context.new_page()
        page.set_default_timeout(10_000)
        yield house, page
        await context.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_shops_are_told_apart_at_a_glance(browser: Browser, tmp_path: Path, size: ViewportSize) -> None:
    async with two_shops(browser, tmp_path, size) as (house, page):
        await page.goto(f"{house.url}/office")
        await expect(page.locator("tbody tr")).to_have_count(2)
        mark = page.locator("tr", has_text="Käsehof").locator(".shop-mark")
        await expect(mark.locator("rect")).to_have_attribute("fill", "#ffe000")
        await expect(mark.locator("text")).to_have_text("K")
        assert await faults_of(page) == []
        await page.goto(f"{house.url}/office/send")
        shown = page.locator("[data-of]:visible rect")
        await expect(shown).to_have_attribute("fill", "#7a5c00")
        await page.locator("select[name=shop]").select_option("other")
        await expect(shown).to_have_attribute("fill", "#ffe000")
        assert await faults_of(page) == []
