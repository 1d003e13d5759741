"""What a newcomer does: orders in the shop, sees the PayLink on the phone, pays it, and sees the order paid."""

from playwright.async_api import BrowserContext, Page, expect

from connector_core.sandbox.world import World


async def fits_the_screen(page: Page) -> bool:
    """Nothing sticks out to the side of a phone."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def test_a_person_orders_pays_and_sees_the_receipt(phone_browser: BrowserContext, world: World) -> None:
    phone, shop = await phone_browser.new_page(), await phone_browser.new_page()
    await phone.goto(world.addresses.phone)
    await shop.goto(world.addresses.shop)
    await shop.get_by_role("button", name="Neue Bestellung aufgeben").click()
    await expect(shop.get_by_text("Zahlung offen").first).to_be_visible()

    await phone.get_by_role("link").first.click(timeout=10_000)
    await expect(phone.get_by_text("Guten Tag!")).to_be_visible()
    async with phone_browser.expect_page() as opened:
        await phone.get_by_role("link", name="Jetzt bezahlen").click()
    payment = await opened.value
    assert await fits_the_screen(phone)
    assert await fits_the_screen(payment)
    await payment.get_by_role("button", name="4970 1000 0000 0055").click()
    await expect(payment.get_by_role("heading", name="bezahlt", exact=False).first).to_be_visible()

    await expect(phone.locator("article.bubble")).to_have_count(2, timeout=10_000)
    await expect(shop.get_by_text("Bezahlt").first).to_be_visible(timeout=10_000)
    assert await fits_the_screen(shop)


async def test_a_refused_card_may_be_tried_again_with_three_d_secure(
    phone_browser: BrowserContext, world: World
) -> None:
    world.shop.place_order()
    phone = await phone_browser.new_page()
    await phone.goto(world.addresses.phone)
    await phone.get_by_role("link").first.click(timeout=10_000)
    url = await phone.get_by_role("link", name="Jetzt bezahlen").get_attribute("href", timeout=10_000)
    assert url is not None
    payment = await phone_browser.new_page()
    await payment.goto(url)
    await payment.get_by_role("button", name="4970 1000 0000 0113").click()
    await expect(payment.get_by_text("abgelehnt").first).to_be_visible()

    await payment.goto(url)
    await payment.get_by_role("button", name="4970 1100 0000 1003").click()
    await payment.locator("button[value=confirm]").click()
    await expect(payment.get_by_role("heading", name="bezahlt", exact=False).first).to_be_visible()
    await expect(phone.locator("article.bubble")).to_have_count(2, timeout=10_000)
