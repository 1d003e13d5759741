"""Buyers whom WhatsApp does not reach get an e-mail, with nobody's help, and their receipt too."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from connector_woocommerce.fake import FakeShop, FakeShopConfig

from connector_core.domain.message import Delivery, Purpose
from connector_core.domain.state import OrderState
from tests.flow.house import ACCEPTED, House, house_of, told
from tests.integration.email.mail_server import LOGIN, PASSWORD, MailServer, mail_server

NOT_ON_WHATSAPP = 131026


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as server:
        yield server


@pytest.fixture
async def house(tmp_path: Path, mails: MailServer) -> AsyncIterator[House]:
    sender = {
        "kind": "email", "host": "127.0.0.1", "port": mails.port, "username": LOGIN, "password": PASSWORD,
        "sender": "payments@shop.example.com", "ca_file": mails.certificate,
    }  # fmt: skip
    shop = {"shop": FakeShop(FakeShopConfig(seed=1))}
    async with house_of(tmp_path, shop, senders={"email": sender}, channels=["whatsapp", "email"]) as opened:
        yield opened


async def arrived(mails: MailServer, count: int) -> list[EmailMessage]:
    async with asyncio.timeout(10):
        while len(mails.mails) < count:
            await asyncio.sleep(0.03)
    return mails.mails


def over(state: OrderState, channel: str, purpose: Purpose = Purpose.PAYLINK) -> bool:
    return any(message.channel == channel for message in told(state, purpose))


@pytest.mark.fault(47)
async def test_who_is_not_on_whatsapp_gets_an_email_pays_and_gets_the_receipt(house: House, mails: MailServer) -> None:
    await house.fault(house.phone_url, operation="send", mode="error_code", code=NOT_ON_WHATSAPP, count=2)
    ref = house.shop.place_order(total="20.00", billing={"email": "erika@example.com"})
    state = await house.until(lambda state: over(state, "email"), ref)
    (mail,) = await arrived(mails, 1)
    body = mail.get_body(("plain",))
    assert body is not None
    assert state.links[0].url in body.get_content()
    assert await house.pay(state.links[0].url, ACCEPTED) == 303
    await house.until(lambda state: over(state, "email", Purpose.RECEIPT), ref)
    assert [mail["To"] for mail in await arrived(mails, 2)] == ["erika@example.com"] * 2
    await house.settles()
    assert len(mails.mails) == 2


@pytest.mark.fault(47)
async def test_a_message_that_whatsapp_took_and_could_not_deliver_goes_by_email(
    house: House, mails: MailServer
) -> None:
    await house.fault(house.phone_url, operation="status", mode="fail", code=NOT_ON_WHATSAPP, count=1)
    ref = house.shop.place_order(total="20.00", billing={"email": "erika@example.com"})
    await house.until(lambda state: over(state, "email"), ref)
    assert len(await arrived(mails, 1)) == 1


async def test_who_is_on_whatsapp_gets_no_email(house: House, mails: MailServer) -> None:
    ref = house.shop.place_order(total="20.00", billing={"email": "erika@example.com"})
    await house.until(lambda state: any(message.delivery is Delivery.DELIVERED for message in told(state)), ref)
    await house.settles()
    assert mails.mails == []


@pytest.mark.fault(47)
async def test_whom_nothing_reaches_a_person_is_asked_for(house: House, mails: MailServer) -> None:
    await house.fault(house.phone_url, operation="send", mode="error_code", code=NOT_ON_WHATSAPP, count=1)
    mails.answers["RCPT"] = "550 5.1.1 user unknown"
    ref = house.shop.place_order(total="20.00", billing={"email": "erika@example.com"})
    state = await house.until(lambda state: any(step.cause for step in state.steps), ref)
    assert any("buyer's address" in step.cause for step in state.steps)
