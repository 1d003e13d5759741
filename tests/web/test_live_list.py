"""The list of requests comes anew with each change, and takes nothing away from whoever is at it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, Route, expect

from connector_core.adapters.web.office import list_pages
from connector_core.domain.person import EVERY_SHOP, Role
from tests.flow.house import open_house, told
from tests.office.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody in front of the list; `order` has a further order come in, of a buyer of that name."""

    page: Page
    url: str
    order: Callable[[str], Awaitable[None]]

    async def holds(self, *names: str) -> None:
        await expect(self.page.locator("#rows td:nth-child(4)")).to_have_text(list(names), timeout=10_000)


@pytest.fixture
async def desk(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """Pages of two rows."""
    monkeypatch.setattr(list_pages, "PAGE", 2)
    async with open_house(tmp_path, "shop") as house, Visitor(house.url) as visitor:

        async def order(name: str) -> None:
            billing = {"first_name": name, "last_name": "", "phone": "0151 23456789", "country": "DE"}
            await house.until(lambda s: bool(told(s)), house.shop.place_order(billing=billing))

        await visitor.enter(house.store, {EVERY_SHOP: Role.OWNER})
        context = await browser.new_context(locale="en-GB")
        for cookie in visitor.http.cookie_jar:
            await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": house.url}])
        page = await context.new_page()
        page.set_default_timeout(10_000)
        yield Desk(page, f"{house.url}/office", order)
        await context.close()


async def test_a_search_still_holds_after_a_change(desk: Desk) -> None:
    await desk.order("Xaver")
    await desk.order("Berta")
    await desk.page.goto(desk.url)
    await desk.holds("Berta", "Xaver")
    await desk.page.get_by_role("searchbox").fill("xaver")
    await desk.holds("Xaver")
    await desk.order("Anton")
    await desk.order("Xaverl")
    await desk.holds("Xaverl", "Xaver")


async def test_an_answer_from_before_a_search_does_not_come_over_it(desk: Desk) -> None:
    typed = asyncio.Event()

    async def hold(route: Route) -> None:
        if "text=xaver" not in route.request.url:
            await typed.wait()
        with suppress(Error):  # given up by the page
            await route.continue_()

    await desk.order("Xaver")
    await desk.page.goto(desk.url)
    await desk.holds("Xaver")
    await desk.page.route("**/office?*shown=*", hold)
    async with desk.page.expect_request("**/office?*shown=*"):
        await desk.order("Anton")
    await desk.page.get_by_role("searchbox").fill("xaver")
    await expect(desk.page).to_have_url(re.compile("text=xaver"))
    typed.set()
    await desk.page.wait_for_timeout(1_000)
    await desk.holds("Xaver")


async def test_older_rows_that_somebody_opened_stay_open(desk: Desk) -> None:
    for name in ("Anton", "Berta", "Carla", "Dora"):
        await desk.order(name)
    await desk.page.goto(desk.url)
    await desk.holds("Dora", "Carla")
    await desk.page.get_by_role("link", name="Show older ones").click()
    await desk.holds("Dora", "Carla", "Berta", "Anton")
    await desk.order("Emil")
    await expect(desk.page.locator("#rows")).to_contain_text("Emil", timeout=10_000)
    await expect(desk.page.locator("#rows tr:not(.next)")).to_have_count(4)


@pytest.mark.parametrize("slow", ["older rows", "what changed"])
async def test_older_rows_come_though_the_list_changes_in_the_same_moment(desk: Desk, slow: str) -> None:
    both_asked = asyncio.Event()

    async def hold(route: Route) -> None:
        if ("shown=" in route.request.url) == (slow == "what changed") and not both_asked.is_set():
            await both_asked.wait()
        with suppress(Error):  # given up by the page
            await route.continue_()

    for name in ("Anton", "Berta", "Carla", "Dora"):
        await desk.order(name)
    await desk.page.goto(desk.url)
    await desk.holds("Dora", "Carla")
    await desk.page.wait_for_timeout(1_000)  # their own changes have come
    await desk.page.route("**/office?*", hold)
    older = desk.page.get_by_role("link", name="Show older ones")
    if slow == "older rows":
        async with desk.page.expect_request("**/office?*"):
            await older.click()
        await desk.order("Emil")
        await desk.page.wait_for_timeout(1_000)
    else:
        async with desk.page.expect_request("**/office?*shown=*"):
            await desk.order("Emil")
        await older.click()
    both_asked.set()
    await desk.holds("Emil", "Dora", "Carla", "Berta")


async def test_the_name_of_a_filter_is_typed_in_peace(desk: Desk) -> None:
    await desk.order("Anton")
    await desk.page.goto(f"{desk.url}?state=open")
    await desk.page.get_by_text("Keep this filter").click()
    name = desk.page.get_by_label("Name", exact=True)
    await name.fill("still to pay")
    await desk.order("Berta")
    await desk.page.wait_for_timeout(1500)
    await expect(name).to_have_value("still to pay")
    await desk.page.get_by_text("Keep this filter").click()
    await desk.holds("Berta", "Anton")


async def test_a_search_goes_on_within_the_requests_of_one_connection(desk: Desk) -> None:
    await desk.order("Anton")
    await desk.page.goto(f"{desk.url}?connection=shop")
    await desk.page.get_by_role("searchbox").fill("anton")
    await expect(desk.page).to_have_url(re.compile("text=anton"))
    assert "connection=shop" in desk.page.url
