import asyncio
import re

import pytest

from tests.unit.sandbox.whatsapp_bed import PHONE, bed, free_text, paylink, template

_CHAT = f"/chat/{PHONE}"


async def test_the_chat_shows_the_text_and_a_button_that_opens_the_payment_page() -> None:
    async with bed(business_name="Atelier Nord") as it:
        await it.send_paylink()
        _, page = await it.get(_CHAT)
    assert "Hello Ada, please pay <strong>€ 10</strong> now." in page
    assert re.search(r'<a class="pay" href="https://pay.example/t/abc" target="_blank" rel="noopener">', page)
    assert "Pay now" in page
    assert "Atelier Nord" in page


@pytest.mark.parametrize("path", [_CHAT, "/"])
async def test_a_hostile_text_stays_text(path: str) -> None:
    hostile = "<script>alert(1)</script> *<img src=x onerror=y>* \"'"
    async with bed(business_name="<b>Shop</b>") as it:
        await it.post(f"{_CHAT}/messages", data={"text": "x"})
        await it.send(paylink(template=template("paylink", "en", [hostile, "1"], '"><script>')))
        _, page = await it.get(path)
    assert not re.search(r"<script(?! src)|<img|<b>", page)
    assert "&lt;script&gt;" in page


async def test_a_link_in_a_text_can_be_followed_and_nothing_else_becomes_markup() -> None:
    async with bed() as it:
        await it.post(f"{_CHAT}/messages", data={"text": "x"})
        await it.send(free_text('see https://pay.example/1?a=1&b=2. javascript:alert(1) https://x"onclick="y'))
        _, page = await it.get(_CHAT)
    assert '<a href="https://pay.example/1?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">' in page
    assert 'href="javascript' not in page
    assert not re.search(r"<a [^>]*onclick", page)


async def test_looking_by_get_reads_nothing_and_post_does() -> None:
    async with bed() as it:
        await it.send_paylink()
        await it.until(lambda: it.receiver.statuses() == ["sent", "delivered"])
        for path in (_CHAT, "/", _CHAT):
            assert (await it.get(path))[0] == 200
        assert (await it.get(f"{_CHAT}/read"))[0] == 405
        assert (await it.ledger())["messages"][0]["status"] == "delivered"
        assert (await it.post(f"{_CHAT}/read"))[0] == 204
        assert (await it.ledger())["messages"][0]["status"] == "read"
        assert "ticks read" in (await it.get(_CHAT))[1]


async def test_another_sites_page_cannot_answer_for_the_buyer() -> None:
    async with bed() as it:
        foreign = {"Origin": "https://evil.example"}
        assert (await it.post(f"{_CHAT}/messages", data={"text": "STOP"}, headers=foreign))[0] == 403
        assert (await it.post(f"{_CHAT}/read", headers=foreign))[0] == 403
        own = {"Origin": it.base}
        assert (await it.post(f"{_CHAT}/messages", data={"text": "Hi"}, headers=own))[0] == 200
        assert [answer["text"] for answer in (await it.ledger())["inbound"]] == ["Hi"]


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097])
async def test_an_empty_or_endless_answer_is_refused(text: str) -> None:
    async with bed() as it:
        assert (await it.post(f"{_CHAT}/messages", data={"text": text}))[0] == 400
        assert (await it.ledger())["inbound"] == []


async def test_the_list_has_every_chat_the_last_used_first() -> None:
    async with bed() as it:
        _, empty = await it.get("/")
        await it.send_paylink(to="33612345678")
        await it.send_paylink(to="12025550123")
        await it.send_paylink(to="33612345678")
        _, page = await it.get("/")
    assert "No messages yet" in empty
    assert re.findall(r'id="chat-(\d+)"', page) == ["33612345678", "12025550123"]
    assert "+33 6 12 34 56 78" in page
    assert re.findall(r'class="badge"[^>]*>(\d+)<', page) == ["2", "1"]


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "fr-FR,en;q=0.5", "en"),
        ("", "", "en"),
        ("?lang=de", "en", "de"),
        ("?lang=xx", "de", "de"),
    ],
)
async def test_the_phone_speaks_german_or_english(query: str, accept: str, expected: str) -> None:
    async with bed() as it:
        _, page = await it.get(f"{_CHAT}{query}", **{"Accept-Language": accept})
    assert f'<html lang="{expected}">' in page
    assert ("Nachricht" in page) is (expected == "de")


async def test_pages_run_no_inline_script_or_style() -> None:
    async with bed() as it:
        await it.send_paylink()
        for path in ("/", _CHAT):
            async with it.http.get(it.base + path) as response:
                page, policy = await response.text(), response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", page)
        for name in ("phone.css", "phone.js", "wallpaper.svg", "icon.svg"):
            assert (await it.get(f"/phone/{name}"))[0] == 200
        assert (await it.get("/phone/chat.html"))[0] == 404


async def test_an_open_page_hears_of_every_change_and_ends_with_the_sandbox() -> None:
    async with bed() as it, it.http.get(it.base + "/events") as stream:
        assert stream.content_type == "text/event-stream"
        await stream.content.readuntil(b"\n\n")
        await it.send_paylink()
        async with asyncio.timeout(2):
            assert await stream.content.readuntil(b"\n\n") == f"data: {PHONE}\n\n".encode()
        await it.sandbox.stop()
        async with asyncio.timeout(2):
            await stream.content.read()


async def test_an_answer_shows_two_ticks_once_the_connector_has_taken_it() -> None:
    async with bed() as it:
        await it.post(f"{_CHAT}/messages", data={"text": "Hi"})
        await it.until(lambda: bool(it.receiver.bodies))
        await asyncio.sleep(0.02)
        assert (await it.ledger())["inbound"][0]["status"] == "delivered"
        assert "ticks delivered" in (await it.get(_CHAT))[1]
