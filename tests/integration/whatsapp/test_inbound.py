"""What a buyer types reaches us as a keyword at most; it opens the window for free text."""

import pytest

from connector_core.adapters.channels.whatsapp import WhatsAppChannel
from connector_core.domain.message import Delivery, Purpose
from tests.integration.whatsapp.conftest import Door, Sandbox
from tests.unit.adapters.channels.accounts import PAY_URL_BASE, ask

BUYER = "4915123456789"


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    ("text", "keyword"),
    [("Stopp!", "stop"), ("退订", "stop"), ("Meine Karte: 4111 1111 1111 1111", ""), ("Danke 🌷", "")],
)
async def test_fault_52_an_answer_is_a_keyword_and_nothing_more(
    text: str, keyword: str, sandbox: Sandbox, door: Door
) -> None:
    await sandbox.answer(BUYER, text)
    message = await door.until_inbound()
    assert (message.sender, message.keyword) == ("+" + BUYER, keyword)
    assert text not in repr(message)
    assert "4111" not in repr(message)


async def test_in_the_open_window_the_link_goes_out_as_free_text_with_a_button(
    sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    await sandbox.answer(BUYER, "Hallo")
    await channel.send(ask(window_open=True))
    await channel.send(ask(window_open=True, purpose=Purpose.RECEIPT, url=""))
    paylink, receipt = await sandbox.messages()
    assert (paylink["type"], paylink["button_url"]) == ("interactive", PAY_URL_BASE + "abc123")
    assert paylink["button_text"] == "Jetzt bezahlen"
    assert (receipt["type"], receipt["button_url"]) == ("text", "")


async def test_a_chat_that_the_buyer_opens_reports_read(sandbox: Sandbox, channel: WhatsAppChannel, door: Door) -> None:
    await channel.send(ask())
    await door.until(2)
    await sandbox.read(BUYER)
    statuses = await door.until(3)
    assert statuses[-1].delivery is Delivery.READ
