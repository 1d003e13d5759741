"""The back office as its people meet it: in a real browser, at a desk and on a phone, in both languages."""

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from connector_core.sandbox.world import World
from tests.pictures import PNG
from tests.web.office import Scheme, faults_of, office

PAGES = (
    "",
    "/send",
    "/batch",
    "/attention",
    "/figures",
    "/setup",
    "/shops/main",
    "/mappings/shop",
    "/people",
    "/audit",
    "/me",
    "/me/second-factor",
    "/confirm",
)
_ACCEPTED = "4970 1000 0000 0055"


async def place(world: World, **fields: object) -> str:
    return str(await asyncio.to_thread(lambda: world.shop.place_order(**fields)))


@pytest.mark.parametrize(
    ("phone", "german", "scheme"),
    [(False, True, "light"), (False, False, "dark"), (True, True, "dark"), (True, False, "light")],
    ids=["desk-de-light", "desk-en-dark", "phone-de-dark", "phone-en-light"],
)
async def test_every_page_is_for_everybody(
    browser: Browser, world: World, phone: bool, german: bool, scheme: Scheme
) -> None:
    number = await place(world)
    await place(world, billing={"phone": "123"})
    async with office(browser, world, phone=phone, german=german, scheme=scheme) as page:
        await expect(page.locator("tbody tr")).to_have_count(2, timeout=10_000)
        faults = {}
        for path in PAGES:
            await page.goto(f"{world.addresses.daemon}/office{path}")
            faults[path] = await faults_of(page)
        await page.goto(f"{world.addresses.daemon}/office?text={number}")
        await page.locator("a.go").click()
        await expect(page.locator("ol.line li").first).to_be_visible()
        faults["request"] = await faults_of(page)
    assert {path: found for path, found in faults.items() if found} == {}


async def test_an_order_turns_paid_before_ones_eyes(browser: Browser, world: World) -> None:
    async with office(browser, world) as page:
        await expect(page.get_by_role("heading", name="Noch keine Forderungen")).to_be_visible()
        number = await place(world)
        row = page.locator("tbody tr", has_text=number)
        await expect(row.locator(".chip")).to_have_text("zugestellt", timeout=10_000)
        url = next(order.url for order in world.lyra.ledger.orders)
        payment = await page.context.browser.new_page()  # type: ignore[union-attr] # it is open
        await payment.goto(url)
        await payment.get_by_role("button", name=_ACCEPTED).click()
        await expect(row.locator(".chip")).to_have_text("bezahlt", timeout=10_000)
        await payment.close()
        await row.locator("a.go").click()
        await expect(page.get_by_text("Im System des Händlers gebucht").first).to_be_visible(timeout=10_000)


async def test_a_paylink_is_sent_by_hand_paid_and_given_back(browser: Browser, world: World) -> None:
    async with office(browser, world, phone=True) as page:
        await page.get_by_role("navigation").get_by_role("link", name="Senden").click()
        await page.get_by_label("Nummer", exact=True).fill("0151 23456789")
        await page.get_by_role("textbox", name="Betrag").fill("49,90")
        await expect(page.locator("#preview")).to_contain_text("49,90\u00a0€")
        await expect(page.locator("#preview")).to_contain_text("Deutschland")
        await page.get_by_role("button", name="Senden").click()
        await page.wait_for_url("**/office/requests/*")
        await expect(page.locator(".head .chip").first).to_have_text("zugestellt", timeout=10_000)
        reference = (await page.locator("h1").inner_text()).split()[0]
        payment = await page.context.new_page()
        await payment.goto(str(await page.locator("#paylink").get_attribute("href")))
        await payment.get_by_role("button", name=_ACCEPTED).click()
        await payment.close()
        await expect(page.locator(".head .chip").first).to_have_text("bezahlt", timeout=10_000)
        await page.get_by_text("Geld erstatten").first.click()
        await page.get_by_role("button", name="Geld erstatten").click()
        await expect(page.get_by_text("Die Erstattung ist unterwegs.")).to_be_visible()
        await expect(page.locator(".head .chip").first).to_have_text("erstattet", timeout=10_000)
        await expect(page.get_by_text("demo@paylink.example").first).to_be_visible()
        assert reference.startswith("H-")


async def test_what_waits_for_a_person_is_tried_again_or_given_up(browser: Browser, world: World) -> None:
    async with office(browser, world) as page:
        await place(world, billing={"phone": "123"})
        await page.goto(f"{world.addresses.daemon}/office/attention")
        await expect(page.get_by_text("Angehalten bei: Lesen der Bestellung.")).to_be_visible(timeout=10_000)
        await page.get_by_role("button", name="Noch einmal versuchen").click()
        await expect(page.get_by_text("Es wird neu versucht.")).to_be_visible()
        await page.get_by_text("Aufgeben", exact=True).first.click()
        await page.get_by_label("Warum").fill("Der Käufer hat angerufen")
        await page.get_by_role("button", name="Aufgeben").click()
        await expect(page.get_by_text("Aufgegeben; der Grund steht im Verlauf.")).to_be_visible()
        await expect(page.get_by_text("Der Käufer hat angerufen")).to_be_visible()
        await page.goto(f"{world.addresses.daemon}/office/attention")
        await expect(page.get_by_role("heading", name="Nichts wartet auf Sie")).to_be_visible()


async def test_what_somebody_types_outlasts_an_answer_that_was_on_its_way(browser: Browser, world: World) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        if "hx-request" in route.request.headers:
            asked.set()
            await go_on.wait()
        await route.continue_()

    async with office(browser, world) as page:
        await place(world, billing={"phone": "123"})
        await page.goto(f"{world.addresses.daemon}/office/attention")
        await expect(page.locator("section.card")).to_have_count(1, timeout=10_000)
        await page.route("**/office/attention", late)
        await place(world, billing={"phone": "124"})
        await asked.wait()
        await page.get_by_text("Aufgeben", exact=True).first.click()
        await page.get_by_label("Warum").fill("Der Käufer hat angerufen")
        async with page.expect_response("**/office/attention"):
            go_on.set()
        await page.wait_for_timeout(300)
        await expect(page.get_by_label("Warum")).to_have_value("Der Käufer hat angerufen")
        await page.get_by_text("Aufgeben", exact=True).first.click()
        await expect(page.locator("section.card")).to_have_count(2)


async def test_a_search_and_a_filter_show_what_fits(browser: Browser, world: World) -> None:
    first = await place(world, billing={"first_name": "Xaver", "last_name": "Quast"})
    await place(world)
    async with office(browser, world) as page:
        await expect(page.locator("tbody tr")).to_have_count(2, timeout=10_000)
        await page.get_by_role("searchbox").fill("quast")
        await expect(page.locator("tbody tr")).to_have_count(1)
        await expect(page.locator("tbody a.go")).to_have_text(first)
        assert "text=quast" in page.url
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/office/requests/*")
        await page.go_back()
        await page.get_by_role("searchbox").fill("quast")
        await page.get_by_role("searchbox").fill("niemand")
        await expect(page.get_by_role("heading", name="Nichts gefunden")).to_be_visible()


async def test_the_address_is_good_once_and_a_key_press_opens_a_row(browser: Browser, world: World) -> None:
    await place(world)
    async with office(browser, world) as page:
        await expect(page.locator("tbody tr")).to_have_count(1, timeout=10_000)
        await page.locator("a.go").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/office/requests/*")
        await page.get_by_role("button", name="Abmelden").click()
        await page.wait_for_url("**/office/sign-in")
        await page.go_back()
        await page.goto(f"{world.addresses.daemon}/office")
        await page.wait_for_url("**/office/sign-in?next=/office")


async def test_a_shop_gets_a_colour_and_a_logo(browser: Browser, world: World) -> None:
    async with office(browser, world) as page:
        await page.goto(f"{world.addresses.daemon}/office/shops/main")
        await expect(page.get_by_label("keine eigene")).to_be_checked()
        await page.locator("#colour").fill("#ffe000")
        await expect(page.get_by_label("keine eigene")).not_to_be_checked()
        await page.get_by_role("button", name="Speichern").click()
        await expect(page.locator(".shop-mark rect")).to_have_attribute("fill", "#ffe000")
        logo = page.get_by_label("Logo")
        await logo.set_input_files({"name": "l.png", "mimeType": "image/png", "buffer": PNG.ljust(70_000, b"\0")})
        assert await logo.evaluate("field => field.validationMessage") == "Das Logo hat mehr als 64 kB."
        await logo.set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": PNG})
        await page.get_by_role("button", name="Dieses Logo verwenden").click()
        mark = page.locator("img.shop-mark")
        await expect(mark).to_have_js_property("naturalWidth", 40)
        assert await faults_of(page) == []
        await page.get_by_role("button", name="Logo entfernen").click()
        await expect(page.locator(".shop-mark text")).to_have_text("WM")
