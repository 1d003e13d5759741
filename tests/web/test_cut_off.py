"""A page that lies open while the connector is away says so, keeps what it shows, and goes on by itself."""

import re

import pytest
from playwright.async_api import Browser, Request, Route, expect

from connector_core.sandbox.world import World
from tests.web.office import faults_of, office
from tests.web.test_office import place

_POLLS = 10_000
"""Milliseconds between two looks of a page; a test waits for one."""


@pytest.mark.parametrize("german", [True, False], ids=["de", "en"])
async def test_a_proxy_answers_in_the_place_of_the_connector(browser: Browser, world: World, german: bool) -> None:
    away = True

    async def gateway(route: Route) -> None:
        if away:
            await route.fulfill(status=502, content_type="text/html", body="<h1>502 Bad Gateway</h1>")
        else:
            await route.continue_()

    number = await place(world)
    async with office(browser, world, german=german, phone=True, unanswered=True) as page:
        await expect(page.locator("#rows")).to_contain_text(number, timeout=10_000)
        notice = page.locator("#cut-off")
        await expect(notice).to_be_hidden()
        await page.route("**/office/condition", gateway)
        await expect(notice).to_be_visible(timeout=2 * _POLLS)
        await expect(notice).to_contain_text("antwortet nicht" if german else "does not answer")
        await expect(page.get_by_text("Bad Gateway")).to_have_count(0)
        await expect(page.locator("#rows")).to_contain_text(number)
        faults = await faults_of(page)
        away = False
        await expect(notice).to_be_hidden(timeout=2 * _POLLS)
    assert faults == []


async def test_the_connector_is_killed_and_comes_back(browser: Browser, world: World) -> None:
    number = await place(world)
    async with office(browser, world, unanswered=True) as page:
        await expect(page.locator("#rows")).to_contain_text(number, timeout=10_000)
        await world.daemon.kill()
        await expect(page.locator("#cut-off")).to_be_visible(timeout=2 * _POLLS)
        await world.daemon.start()
        await expect(page.locator("#cut-off")).to_be_hidden(timeout=2 * _POLLS)
        later = await place(world)
        await expect(page.locator("#rows")).to_contain_text(later, timeout=10_000)


async def test_what_nobody_asked_for_with_a_hand_is_marked(browser: Browser, world: World) -> None:
    seen: list[tuple[str, bool]] = []

    def note(request: Request) -> None:
        if "hx-request" in request.headers:
            seen.append((request.url, "paylink-by-itself" in request.headers))

    await place(world)
    async with office(browser, world) as page:
        await expect(page.locator("#rows tr")).to_have_count(1, timeout=10_000)
        page.on("request", note)
        async with page.expect_request("**/office/condition", timeout=2 * _POLLS):
            await page.get_by_role("searchbox").fill("10")
            await expect(page).to_have_url(re.compile("text=10"))
        await place(world)
        await expect(page.locator("#rows tr")).to_have_count(2, timeout=10_000)
    assert ("condition", True) in {(url.rpartition("/")[2], by_itself) for url, by_itself in seen}
    assert {by_itself for url, by_itself in seen if "text=10" in url and "shown=" not in url} == {False}
    assert {by_itself for url, by_itself in seen if "shown=" in url} == {True}
