"""The pages of webhooks in a real browser: a list with every state, the log, and one that is added and removed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from connector_core.adapters.store_sql import SqlStore, SqlWebhooks
from connector_core.domain.ids import EventId, ShopId, uuid7
from connector_core.domain.webhook import Delivery, DeliveryId, DeliveryState, Endpoint, EndpointId, EndpointState
from connector_core.domain.webhook_signature import new_secret
from connector_core.ports.people import Act
from connector_core.sandbox.world import World
from connector_core.settings import load_settings
from tests.web.office import Scheme, faults_of, office

ACT = Act("test", "test")
NOWHERE = "https://192.0.2.10"
"""An address of the documentation's own network: refused as it is written, so that nothing is sent or looked up."""
BODY = '{"type": "payment.captured.v1", "timestamp": "2026-11-26T01:02:03Z", "data": {"order_id": "o", "shop": "main"}}'


async def fill(world: World) -> EndpointId:
    """One webhook in each state; the id of the one that fails, whose log has a line of every kind."""
    store = SqlStore(load_settings(world.config_file).database, daemon=False)
    await store.open()
    webhooks, now = SqlWebhooks(store), datetime.now(UTC)
    shop = next(iter(load_settings(world.config_file).shops))
    new = Endpoint(EndpointId(""), ShopId(shop), "", (), new_secret(), now, "anna@shop.example", now)
    away = now + timedelta(hours=1)
    failing = replace(new, failing_since=now, rests_until=away, cause="There was no answer in time.")
    for number, one in enumerate(
        (
            replace(new, types=("payment.captured.v1", "payment.refunded.v1")),
            replace(failing, state=EndpointState.PAUSED),
            replace(failing, state=EndpointState.ENDED, cause="Not here any more"),
            replace(failing, old_secret=new_secret(), old_until=away),
        )
    ):
        own = EndpointId(uuid7())
        await webhooks.add(replace(one, id=own, url=f"{NOWHERE}/a-long-path/of-a-system/paylink/{number}"), 20, ACT)
    for state, status, cause in (
        (DeliveryState.DONE, 204, ""),
        (DeliveryState.FAILED, 500, "Internal Server Error: the database of the shop is away"),
        (DeliveryState.DUE, 0, "There was no answer in time."),
    ):
        event = EventId(uuid7())
        line = Delivery(
            DeliveryId(uuid7()), own, event, "payment.captured.v1", BODY, now, away, state, 3, status, cause, now
        )
        await webhooks.enqueue(line, ACT)
    await store.close()
    return own


@pytest.mark.parametrize(
    ("phone", "german", "scheme"),
    [(False, True, "light"), (False, False, "dark"), (True, True, "dark"), (True, False, "light")],
    ids=["desk-de-light", "desk-en-dark", "phone-de-dark", "phone-en-light"],
)
async def test_the_pages_are_for_everybody(
    browser: Browser, world: World, phone: bool, german: bool, scheme: Scheme
) -> None:
    own = await fill(world)
    faults = {}
    async with office(browser, world, phone=phone, german=german, scheme=scheme) as page:
        for path in ("/attention", "/webhooks", f"/webhooks/{own}"):
            await page.goto(f"{world.addresses.daemon}/office{path}")
            faults[path] = await faults_of(page)
        for summary in await page.locator("details.act > summary").all():
            await summary.click()
        faults["open"] = await faults_of(page)
    assert {path: found for path, found in faults.items() if found} == {}


async def test_one_is_added_its_secret_seen_once_and_removed(browser: Browser, world: World) -> None:
    async with office(browser, world) as page:
        await page.get_by_role("navigation").get_by_role("link", name="Webhooks").click()
        await expect(page.get_by_role("heading", name="Noch keine Webhooks")).to_be_visible()
        await page.get_by_label("Adresse").fill("https://erp.example.com/paylink")
        await page.get_by_label("eine Zahlung ist eingegangen").check()
        await page.get_by_role("button", name="Hinzufügen").click()
        await expect(page.get_by_text("whsec_")).to_be_visible()
        assert await faults_of(page) == []
        await page.get_by_role("link", name="Alle Webhooks").click()
        await page.get_by_role("link", name="https://erp.example.com/paylink").click()
        await expect(page.get_by_text("whsec_")).to_have_count(0)
        await expect(page.get_by_text("payment.captured.v1")).to_be_visible()
        await page.get_by_text("Entfernen").first.click()
        await page.get_by_role("button", name="Entfernen").click()
        await expect(page.get_by_role("heading", name="Noch keine Webhooks")).to_be_visible()


async def test_what_becomes_of_a_test_is_seen_without_reloading(browser: Browser, world: World) -> None:
    await fill(world)
    async with office(browser, world) as page:
        await page.goto(f"{world.addresses.daemon}/office/webhooks")
        await page.get_by_role("link", name="paylink/0").click()
        await page.get_by_role("button", name="Test senden").click()
        row = page.locator("table.told tbody tr")
        await expect(row).to_contain_text("ein Test")
        await expect(row).to_contain_text("Die Adresse führt in ein privates Netz oder auf diesen Rechner.")
        await expect(row).to_contain_text("wieder in")
        await page.get_by_role("button", name="Noch einmal senden: webhook.test").click()
        await expect(row).to_have_count(1)


async def test_a_message_that_somebody_reads_stays_open(browser: Browser, world: World) -> None:
    await fill(world)
    async with office(browser, world) as page:
        await page.goto(f"{world.addresses.daemon}/office/webhooks")
        await page.get_by_role("link", name="paylink/0").click()
        await page.get_by_role("button", name="Test senden").click()
        message = page.locator("table.told details")
        async with page.expect_response(lambda answer: "hx-request" in answer.request.headers, timeout=5_000):
            pass  # it moves: the page looks again every two seconds
        await message.get_by_text("Nachricht").click()
        await page.wait_for_timeout(3_000)
        await expect(message).to_have_attribute("open", "")
        await message.get_by_text("Nachricht").click()
        async with page.expect_response("**/office/webhooks/*", timeout=5_000):
            pass
