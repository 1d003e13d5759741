"""E-mails by SMTP: what the buyer reads, and which error a refusal is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector_core.adapters.channels.email_account import EmailAccount
from connector_core.adapters.channels.email_channel import EmailChannel
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    InvalidInput,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unreachable,
)
from connector_core.domain.message import Purpose
from connector_core.domain.money import Money
from connector_core.domain.phone import E164
from connector_core.ports.channel import MessageAsk
from tests.integration.email.mail_server import LOGIN, PASSWORD, MailServer, mail_server

URL = "https://secure.lyra.com/t/abc?x=1&y=2"
ASK = MessageAsk(
    "0190c0de-0000-7000-8000-00000000abcd", Purpose.PAYLINK, E164("+4915123456789"), "de-AT", "Weinhaus Mosel", "B-17",
    Money(11_990, "EUR"), "Erika Mustermann", "erika@example.com", URL,
)  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as running:
        yield running


def channel(server: MailServer, **changes: Any) -> EmailChannel:
    given = {
        "host": "127.0.0.1", "port": server.port, "username": LOGIN, "password": PASSWORD,
        "sender": "payments@shop.example.com", "ca_file": server.certificate or None,
    }  # fmt: skip
    return EmailChannel(EmailAccount.model_validate({**given, **changes}))


async def test_the_buyer_reads_shop_order_amount_and_link(server: MailServer) -> None:
    accepted = await channel(server, reply_to="hello@shop.example.com").send(ASK)
    (mail,) = server.mails
    assert mail["From"] == "Weinhaus Mosel <payments@shop.example.com>"
    assert (mail["To"], mail["Reply-To"]) == ("erika@example.com", "hello@shop.example.com")
    assert mail["Subject"] == "Ihre Bestellung B-17 bei Weinhaus Mosel"
    assert mail["Message-ID"] == accepted.provider_id == f"<{ASK.attempt_id}@shop.example.com>"
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert all(text in plain.get_content() for text in ("119,90", "B-17", URL, "nie in einer E-Mail"))
    assert 'href="https://secure.lyra.com/t/abc?x=1&amp;y=2"' in html.get_content()
    assert "STOPP" not in plain.get_content() + html.get_content()


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("language", ["de", "en-GB", "fr"])
async def test_every_purpose_has_words(server: MailServer, purpose: Purpose, language: str) -> None:
    await channel(server).send(replace(ASK, purpose=purpose, language=language))
    (mail,) = server.mails
    body = mail.get_body(("plain",))
    assert body is not None
    assert "B-17" in mail["Subject"]
    assert (URL in body.get_content()) is (purpose in (Purpose.PAYLINK, Purpose.REMINDER, Purpose.CHANGED))
    assert ("Bestellung" in body.get_content()) is (language == "de")


async def test_what_comes_from_an_order_begins_no_header(server: MailServer) -> None:
    await channel(server).send(replace(ASK, shop='A "B" <c@d>\r\nBcc: x@example.com', reference="1\n\nBody"))
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["To"] == "erika@example.com"
    assert mail["From"].addresses[0].addr_spec == "payments@shop.example.com"


async def test_odd_characters_do_not_break_a_mail(server: MailServer) -> None:
    await channel(server).send(replace(ASK, shop="Blumen & Töchter 🌷 " + "x" * 300, reference="<b>Ü</b>"))
    (mail,) = server.mails
    html = mail.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Ü&lt;/b&gt;" in html.get_content()


@pytest.mark.parametrize("address", ["", "jörg@example.com"])
async def test_a_buyer_without_an_address_is_tried_over_another_channel(server: MailServer, address: str) -> None:
    with pytest.raises(Unreachable):
        await channel(server).send(replace(ASK, email=address))
    assert server.mails == []


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("MAIL", "553 5.7.1 Sender address rejected: not owned by user", ConfigurationError),
        ("MAIL", "451 4.3.0 try again later", RetryLater),
        ("RCPT", "550 5.1.1 <erika@example.com>: user unknown", Unreachable),
        ("RCPT", "450 4.2.0 greylisted", RetryLater),
        ("DATA", "554 5.7.1 looks like spam: erika@example.com", Rejected),
        ("DATA", "452 4.3.1 insufficient storage", RetryLater),
        ("RCPT", "cut", RetryLater),
        ("DATA", "cut", OutcomeUnknown),
    ],
)
async def test_a_refusal_says_what_the_runner_shall_do(
    server: MailServer, command: str, answer: str, error: type[ConnectorError]
) -> None:
    server.answers[command] = answer
    with pytest.raises(error) as refused:
        await channel(server).send(ASK)
    assert type(refused.value) is error
    assert refused.value.cure
    assert "erika" not in f"{refused.value} {refused.value.detail}"
    server.answers.clear()
    await channel(server).send(ASK)


async def test_a_wrong_password_is_said_without_it(server: MailServer) -> None:
    with pytest.raises(AuthenticationError) as refused:
        await channel(server, password="wrong-password").send(ASK)
    assert "wrong-password" not in f"{refused.value} {refused.value.detail}"
    assert refused.value.cure


async def test_a_certificate_that_nobody_issued_is_not_taken(server: MailServer) -> None:
    with pytest.raises(ConfigurationError, match="certificate") as refused:
        await channel(server, ca_file=None).send(ASK)
    assert "ca_file" in refused.value.cure
    assert server.mails == []


async def test_a_file_of_certificates_that_is_not_there_is_named(server: MailServer) -> None:
    (probe,) = await channel(server, ca_file="/nowhere/ca.pem").check()
    assert "/nowhere/ca.pem" in probe.detail
    assert "ca_file" in probe.cure


async def test_a_server_without_encryption_gets_no_password(tmp_path: Path) -> None:
    with mail_server(tmp_path, login=False, encrypted=False) as server:
        with pytest.raises(ConfigurationError, match="does not offer"):
            await channel(server).send(ASK)
        assert server.mails == []


async def test_a_relay_on_this_machine_needs_neither(tmp_path: Path) -> None:
    with mail_server(tmp_path, login=False, encrypted=False) as server:
        await channel(server, security="none", username="", password=None).send(ASK)
        assert len(server.mails) == 1


async def test_nobody_at_the_address_is_for_later(server: MailServer) -> None:
    with pytest.raises(RetryLater) as refused:
        await channel(server, port=1).send(ASK)
    assert "host, port" in refused.value.cure


async def test_the_check_logs_in_and_sends_nothing(server: MailServer) -> None:
    (probe,) = await channel(server).check()
    assert probe.ok
    (probe,) = await channel(server, password="wrong").check()
    assert not probe.ok
    assert probe.cure
    assert server.mails == []


def test_it_takes_no_webhooks(server: MailServer) -> None:
    mail = channel(server)
    assert not mail.reports
    for ask in (lambda: mail.read_webhook({}, b""), lambda: mail.handshake({})):
        with pytest.raises(InvalidInput):
            ask()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "paylink", "password": None}, "together"),
        ({"security": "none", "host": "smtp.example.com"}, "encrypted"),
        ({"sender": "Weinhaus <a@b.example>"}, "sender"),
    ],
)
def test_wrong_settings_name_the_way_out(changes: dict[str, Any], words: str) -> None:
    given = {"host": "smtp.example.com", "username": LOGIN, "password": PASSWORD, "sender": "a@shop.example.com"}
    with pytest.raises(ValueError, match=words):
        EmailAccount.model_validate({**given, **changes})
