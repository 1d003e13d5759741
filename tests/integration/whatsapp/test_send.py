"""Sends against the sandbox: what the buyer's phone shows, and what each fault means for the next step."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connector_core.adapters.channels.texts import has_link
from connector_core.adapters.channels.whatsapp import WhatsAppChannel
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RetryLater,
    Unreachable,
)
from connector_core.domain.message import Purpose
from tests.integration.whatsapp.conftest import Sandbox
from tests.unit.adapters.channels.accounts import PAY_URL_BASE, account, ask

ELSEWHERE = "https://elsewhere.example.com/pay/abc123"


@pytest.mark.parametrize("language", ["de-AT", "en-GB", "fr"])
@pytest.mark.parametrize("purpose", Purpose)
async def test_every_purpose_reaches_the_phone(
    purpose: Purpose, language: str, sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    url = PAY_URL_BASE + "abc123" if has_link(purpose) else ""
    accepted = await channel.send(ask(purpose=purpose, language=language, url=url))
    (message,) = await sandbox.messages()
    assert message["id"] == accepted.provider_id
    assert message["to"] == "4915123456789"
    assert message["attempt_id"] == ask().attempt_id
    assert message["language"] == ("de" if language.startswith("de") else "en")
    assert message["button_url"] == url
    assert message["category"] == "utility"
    assert all(part in message["text"] for part in ("Blumen Müller", "A-17", "33"))


async def test_a_link_that_does_not_fit_the_button_stands_in_the_text(
    sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    await channel.send(ask(url=ELSEWHERE))
    (message,) = await sandbox.messages()
    assert (message["template"], message["button_url"]) == ("paylink_link", "")
    assert f"Jetzt bezahlen: {ELSEWHERE}\n" in message["text"]


async def test_a_window_that_we_wrongly_think_open_leads_to_the_template(
    sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    await channel.send(ask(window_open=True))
    (message,) = await sandbox.messages()
    assert message["type"] == "template"


async def test_odd_values_from_an_order_do_not_break_a_send(sandbox: Sandbox, channel: WhatsAppChannel) -> None:
    await channel.send(ask(shop="Müller\n&\tSöhne     GmbH 🌷", reference="x" * 300))
    (message,) = await sandbox.messages()
    assert "Müller & Söhne GmbH 🌷" in message["text"]


@pytest.mark.fault(46)
@pytest.mark.parametrize("mode", ["do_then_cut", "truncated"])
async def test_fault_46_a_message_that_arrived_without_an_answer_is_unknown_and_sent_once(
    mode: str, sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    await sandbox.fault(mode=mode)
    with pytest.raises(OutcomeUnknown):
        await channel.send(ask())
    (message,) = await sandbox.messages()
    assert message["attempt_id"] == ask().attempt_id


@pytest.mark.parametrize("mode", ["cut_before", "http_500", "html"])
async def test_fault_30_an_answer_that_proves_nothing_is_unknown(
    mode: str, sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    await sandbox.fault(mode=mode)
    with pytest.raises(OutcomeUnknown):
        await channel.send(ask())
    assert await sandbox.messages() == []


@pytest.mark.fault(48)
async def test_fault_48_a_rate_limit_keeps_the_named_pause(sandbox: Sandbox, channel: WhatsAppChannel) -> None:
    await sandbox.fault(mode="http_429", seconds=7)
    with pytest.raises(RateLimited) as caught:
        await channel.send(ask())
    assert caught.value.after == timedelta(seconds=7)


@pytest.mark.fault(47, 48, 49, 51)
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (190, AuthenticationError),
        (131005, AuthenticationError),
        (131016, RetryLater),
        (131056, RateLimited),
        (131042, ConfigurationError),
        (132015, ConfigurationError),
        (131026, Unreachable),
        (131050, Unreachable),
        (131009, Rejected),
    ],
)
async def test_faults_47_to_51_an_error_leads_to_its_step_and_the_next_send_works(
    code: int, kind: type[ConnectorError], sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    await sandbox.fault(mode="error_code", code=code)
    with pytest.raises(kind) as caught:
        await channel.send(ask())
    assert type(caught.value) is kind
    await channel.send(ask())
    assert len(await sandbox.messages()) == 1


@pytest.mark.fault(49)
async def test_fault_49_a_template_that_vanished_in_one_language_goes_out_in_the_other(
    sandbox: Sandbox, channel: WhatsAppChannel
) -> None:
    await sandbox.fault(mode="error_code", code=132001)
    await channel.send(ask())
    (message,) = await sandbox.messages()
    assert message["language"] == "en"


async def test_a_check_of_the_sandboxs_sender_passes(channel: WhatsAppChannel) -> None:
    probes = await channel.check()
    assert [probe for probe in probes if not probe.ok] == []
    assert len(probes) == 13


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"access_token": SecretStr("expired")}, {"token"}),
        ({"phone_number_id": "1"}, {"phone number"}),
        ({"waba_id": "1"}, {"templates"}),
        ({"templates": {Purpose.PAYLINK: "ours"}}, {"template ours (de)", "template ours (en)"}),
        ({"templates": {Purpose.RECEIPT: "paylink_link"}, "languages": ("de",)}, {"template paylink_link (de)"}),
        ({"pay_url_base": "https://x.example.com/", "languages": ("de",), "templates": {Purpose.PAYLINK: "paylink"}},
         {"template paylink (de)"}),
    ],
)  # fmt: skip
async def test_fault_49_a_check_names_what_is_wrong_with_its_cure(
    changes: dict[str, Any], failing: set[str], sandbox: Sandbox
) -> None:
    sender = WhatsAppChannel(account(graph_url=sandbox.url, **changes))
    failed = [probe for probe in await sender.check() if not probe.ok]
    await sender.close()
    assert {probe.name for probe in failed} == failing
    assert all(probe.detail and probe.cure for probe in failed)
    assert await sandbox.messages() == []
