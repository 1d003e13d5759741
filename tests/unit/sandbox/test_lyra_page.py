"""The payment page: reading changes nothing, a card decides, and a dead link is friendly."""

import asyncio
from datetime import timedelta

import pytest

from connector_core.sandbox.lyra.texts import TEXTS, write_amount
from tests.unit.sandbox.lyra_client import ACCEPTED, CHALLENGE, REFUSED, Client, running

GERMAN = {"locale": "de_DE"}


async def transactions(lyra: Client) -> list[tuple[str, str, int]]:
    return [(t["operationType"], t["detailedStatus"], t["amount"]) for t in (await lyra.ledger())["transactions"]]


async def test_a_preview_bot_that_opens_the_link_changes_nothing() -> None:
    async with running() as lyra:
        order = await lyra.order()
        before = await lyra.ledger()
        for path in ("", "/result", "/pay"):
            await lyra.get(order["paymentURL"] + path)
        assert await lyra.ledger() == before


async def test_the_page_shows_shop_reference_and_amount_in_the_orders_language() -> None:
    async with running(shop_name="Blumen & Co") as lyra:
        german = (await lyra.get((await lyra.order(**GERMAN, amount=123450))["paymentURL"]))[1]
        english = (await lyra.get((await lyra.order(locale="en_GB", amount=123450))["paymentURL"]))[1]
        by_browser = (await lyra.get((await lyra.order())["paymentURL"], **{"Accept-Language": "de-AT,en"}))[1]
    assert "Blumen &amp; Co" in german
    assert "S42" in german
    assert "1.234,50\xa0€" in german or "1.234,50 €" in german
    assert "Kartennummer" in german
    assert "€1,234.50" in english
    assert "Card number" in english
    assert '<html lang="de">' in by_browser


@pytest.mark.parametrize(
    ("minor", "currency", "language", "written"),
    [
        (123450, "EUR", "de", "1.234,50 €"),
        (123450, "EUR", "en", "€1,234.50"),
        (123450, "CHF", "en", "CHF\N{NO-BREAK SPACE}1,234.50"),
        (1234, "KWD", "de", "1,234 KWD"),
        (1234, "IDR", "de", "1.234 IDR"),
    ],
)
def test_amounts_are_written_with_the_gateways_decimals(minor: int, currency: str, language: str, written: str) -> None:
    assert write_amount(minor, currency, language) == written


async def test_yen_have_no_decimals() -> None:
    async with running() as lyra:
        html = (await lyra.get((await lyra.order(currency="JPY", amount=5000))["paymentURL"]))[1]
    assert "5,000" in html
    assert "5,000.00" not in html


async def test_no_script_and_no_style_runs_from_the_page_itself() -> None:
    async with running() as lyra:
        order = await lyra.order()
        async with lyra.session.get(order["paymentURL"]) as response:
            policy, html = response.headers["Content-Security-Policy"], await response.text()
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in html
    assert "style=" not in html


async def test_the_accepted_card_pays_the_link() -> None:
    async with running() as lyra:
        order = await lyra.order(**GERMAN)
        status, url, html = await lyra.pay(order, "4970 1000 0000 0055")
        assert (status, url) == (200, order["paymentURL"] + "/result")
        assert "Vielen Dank" in html
        assert await lyra.status(order) == "PAID"
        assert await transactions(lyra) == [("DEBIT", "AUTHORISED", 4990)]


async def test_a_paid_link_cannot_be_paid_again() -> None:
    async with running() as lyra:
        order = await lyra.order(**GERMAN)
        await lyra.pay(order)
        status, _, html = await lyra.pay(order)
        assert status == 409
        assert "Bezahlt" in html
        assert len(await transactions(lyra)) == 1
        assert "<form" not in (await lyra.get(order["paymentURL"]))[1]


async def test_a_double_payment_happens_when_it_is_asked_for() -> None:
    async with running() as lyra:
        order = await lyra.order()
        await lyra.pay(order)
        await lyra.fault("page", "allow_double_payment")
        assert (await lyra.pay(order))[0] == 200
        assert (await lyra.pay(order))[0] == 409
        assert len(await transactions(lyra)) == 2


async def test_a_refused_card_may_be_followed_by_a_good_one() -> None:
    async with running() as lyra:
        order = await lyra.order(**GERMAN)
        assert "Noch einmal versuchen" in (await lyra.pay(order, REFUSED))[2]
        assert await lyra.status(order) == "REFUSED"
        cancel = {"paymentOrderId": order["paymentOrderId"]}
        assert await lyra.code("Charge/PaymentOrder/Cancel", cancel) == "PSP_1005"
        await lyra.pay(order, ACCEPTED)
        assert await lyra.status(order) == "PAID"
        answer = await lyra.ok("Order/Get", {"orderId": "S42"})
    assert [t["detailedStatus"] for t in answer["transactions"]] == ["REFUSED", "AUTHORISED"]
    assert (answer["transactions"][0]["errorCode"], answer["transactions"][0]["detailedErrorCode"]) == ("ACQ_001", "51")


async def test_the_link_closes_when_its_attempts_are_used_up() -> None:
    async with running(attempts=2) as lyra:
        order = await lyra.order(**GERMAN)
        await lyra.pay(order, REFUSED)
        await lyra.pay(order, REFUSED)
        status, _, html = await lyra.pay(order, ACCEPTED)
        assert status == 409
        assert "Zu viele Versuche" in html
        assert await lyra.status(order) == "REFUSED"


@pytest.mark.parametrize(
    ("card", "answer", "outcome"),
    [
        (CHALLENGE, "confirm", "AUTHORISED"),
        (CHALLENGE, "deny", "REFUSED"),
        ("4970110000000039", "confirm", "REFUSED"),
    ],
)
async def test_the_bank_asks_and_the_answer_decides(card: str, answer: str, outcome: str) -> None:
    async with running() as lyra:
        order = await lyra.order()
        _, question, html = await lyra.pay(order, card)
        assert "3-D Secure" in html
        assert card[-4:] in html
        assert card not in html
        assert await transactions(lyra) == []
        await lyra.post(question, answer=answer)
        assert await transactions(lyra) == [("DEBIT", outcome, 4990)]
        assert (await lyra.post(question, answer="confirm"))[0] == 410


async def test_an_unanswered_bank_question_is_a_refusal_in_the_end() -> None:
    async with running(session=timedelta(milliseconds=30)) as lyra:
        order = await lyra.order()
        await lyra.pay(order, CHALLENGE)
        async with asyncio.timeout(5):
            while await transactions(lyra) == []:
                await asyncio.sleep(0.01)
        assert await transactions(lyra) == [("DEBIT", "REFUSED", 4990)]


async def test_two_open_bank_questions_do_not_pay_twice() -> None:
    async with running() as lyra:
        order = await lyra.order()
        first, second = (await lyra.pay(order, CHALLENGE))[1], (await lyra.pay(order, CHALLENGE))[1]
        await lyra.post(first, answer="confirm")
        assert (await lyra.post(second, answer="confirm"))[0] == 409
        assert len(await transactions(lyra)) == 1


@pytest.mark.parametrize("card", ["", "4111111111111111", "4051700000003926"])
async def test_a_number_that_is_no_test_card_of_the_currency_makes_no_attempt(card: str) -> None:
    async with running() as lyra:
        order = await lyra.order(**GERMAN)
        status, _, html = await lyra.pay(order, card)
        assert status == 422
        assert 'role="alert"' in html
        assert not card or card not in html
        assert await transactions(lyra) == []


async def test_an_expired_link_is_a_friendly_dead_end() -> None:
    async with running() as lyra:
        order = await lyra.order(**GERMAN)
        assert (await lyra.switch("expire", {"paymentOrderId": order["paymentOrderId"]}))[1]["status"] == "EXPIRED"
        status, html = await lyra.get(order["paymentURL"])
        assert status == 410
        assert "abgelaufen" in html
        assert (await lyra.pay(order))[0] == 409
        assert await lyra.status(order) == "EXPIRED"
        cancel = {"paymentOrderId": order["paymentOrderId"]}
        assert await lyra.code("Charge/PaymentOrder/Cancel", cancel) == "PSP_1006"


async def test_time_itself_expires_a_link() -> None:
    async with running(validity=timedelta(0)) as lyra:
        assert await lyra.status(await lyra.order()) == "EXPIRED"


async def test_expiry_does_not_undo_a_payment() -> None:
    async with running() as lyra:
        order = await lyra.order()
        await lyra.pay(order)
        assert (await lyra.switch("expire", {"paymentOrderId": order["paymentOrderId"]}))[1]["status"] == "PAID"
        assert (await lyra.switch("expire", {"paymentOrderId": "?"}))[0] == 404


async def test_going_away_books_nothing_and_leaves_the_link_open() -> None:
    async with running() as lyra:
        order = await lyra.order(**GERMAN)
        assert "abgebrochen" in (await lyra.post(order["paymentURL"] + "/abandon"))[2]
        assert await transactions(lyra) == []
        assert await lyra.status(order) == "RUNNING"


async def test_an_unknown_link_says_so() -> None:
    async with running() as lyra:
        status, html = await lyra.get(f"{lyra.base}/t/aaaaaaaa", **{"Accept-Language": "de"})
    assert status == 404
    assert "gibt es nicht" in html


async def test_the_way_back_to_the_shop_is_offered() -> None:
    async with running() as lyra:
        order = await lyra.order(returnUrl="https://shop.example.org/thanks")
        assert "https://shop.example.org/thanks" in (await lyra.pay(order))[2]


async def test_the_front_page_lists_links_and_hears_of_changes() -> None:
    async with running() as lyra:
        order = await lyra.order(orderId="S77")
        status, html = await lyra.get(lyra.base, **{"Accept-Language": "de"})
        assert status == 200
        assert "S77" in html
        assert "/t/" + order["paymentURL"][-8:] in html
        async with lyra.session.get(f"{lyra.base}/events") as events:
            assert events.content_type == "text/event-stream"
            assert b"retry" in await events.content.readuntil(b"\n\n")
            await lyra.pay(order)
            assert b"data:" in await asyncio.wait_for(events.content.readuntil(b"\n\n"), 5)
        assert "bezahlt" in (await lyra.get(f"{lyra.base}/orders", **{"Accept-Language": "de"}))[1]


@pytest.mark.parametrize(
    ("name", "kind"), [("lyra.css", "text/css"), ("overview.js", "text/javascript"), ("base.html", None)]
)
async def test_only_the_pages_own_assets_are_served(name: str, kind: str | None) -> None:
    async with running() as lyra, lyra.session.get(f"{lyra.base}/assets/{name}") as response:
        assert (response.status, response.content_type if kind else None) == (200 if kind else 404, kind)


def test_both_languages_say_everything() -> None:
    assert TEXTS["de"].keys() == TEXTS["en"].keys()
