"""Faults 24, 30, 46 to 49 and 51: what each answer of Graph, and each missing one, means for the next step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from connector_core.adapters.channels.texts import sample_templates
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
from connector_core.ports.channel import Accepted, Channel
from tests.unit.adapters.channels.accounts import PAY_URL_BASE, account, ask
from tests.unit.adapters.channels.graph_stub import (
    SENT,
    Answer,
    GraphStub,
    cut,
    graph_failure,
    json_answer,
    raw_answer,
    running,
)
from tests.unit.adapters.channels.test_whatsapp_check import listed


@asynccontextmanager
async def channel(*answers: Answer, **changes: Any) -> AsyncIterator[tuple[WhatsAppChannel, GraphStub]]:
    async with running(*answers) as stub:
        sender = WhatsAppChannel(account(graph_url=stub.url, **changes))
        try:
            yield sender, stub
        finally:
            await sender.close()


async def failure(*answers: Answer, **changes: Any) -> tuple[ConnectorError, GraphStub]:
    async with channel(*answers) as (sender, stub):
        with pytest.raises(ConnectorError) as caught:
            await sender.send(ask(**changes))
    return caught.value, stub


async def test_a_send_is_one_authorised_post_to_the_sending_number() -> None:
    async with channel(json_answer(SENT)) as (sender, stub):
        as_port: Channel = sender
        assert await as_port.send(ask()) == Accepted("wamid.1")
    (request,) = stub.requests
    assert (request.method, request.path) == ("POST", "/v25.0/106540352242922/messages")
    assert request.headers["Authorization"] == "Bearer token-of-the-tests"
    assert stub.bodies[0]["biz_opaque_callback_data"] == ask().attempt_id


async def test_a_message_that_meta_holds_back_is_accepted_with_a_word() -> None:
    held = {"messages": [{"id": "wamid.1", "message_status": "held_for_quality_assessment"}]}
    async with channel(json_answer(held)) as (sender, _):
        assert (await sender.send(ask())).detail == "WhatsApp: held_for_quality_assessment"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (190, 401, AuthenticationError),
        (131031, 403, ConfigurationError),
        (130497, 403, Unreachable),
        (130429, 429, RateLimited),
        (131016, 500, RetryLater),
        (132016, 400, ConfigurationError),
        (131026, 400, Unreachable),
        (131009, 400, Rejected),
    ],
)
async def test_the_code_decides_and_not_the_http_status(code: int, status: int, kind: type[ConnectorError]) -> None:
    error, stub = await failure(json_answer(graph_failure(code), status))
    assert type(error) is kind
    assert len(stub.requests) == 1


@pytest.mark.fault(48)
async def test_fault_48_the_pause_that_meta_names_is_kept() -> None:
    error, _ = await failure(json_answer(graph_failure(130429), 429, {"Retry-After": "42"}))
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(seconds=42)


@pytest.mark.fault(46)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (cut, OutcomeUnknown),
        (raw_answer(b"<html>Bad gateway</html>", 502), OutcomeUnknown),
        (json_answer({"reason": "overload"}, 503), OutcomeUnknown),
        (raw_answer(b'{"messages":[{"id":"wam'), OutcomeUnknown),
        (json_answer({"messages": []}), OutcomeUnknown),
        (json_answer({"messages": [{"id": ""}]}), OutcomeUnknown),
        (json_answer([]), OutcomeUnknown),
        (raw_answer(b"slow down", 429), RateLimited),
        (raw_answer(b"who are you", 401), AuthenticationError),
        (raw_answer(b"<html>not found</html>", 404), ConfigurationError),
    ],
)
async def test_fault_46_an_answer_that_is_not_graphs_is_never_taken_for_a_refusal(
    answer: Answer, kind: type[ConnectorError]
) -> None:
    error, stub = await failure(answer)
    assert type(error) is kind
    assert len(stub.requests) == 1


async def test_a_peer_that_is_not_there_got_nothing() -> None:
    async with running(json_answer(SENT)) as stub:
        url = stub.url
    sender = WhatsAppChannel(account(graph_url=url))
    with pytest.raises(RetryLater):
        await sender.send(ask())
    await sender.close()


async def test_fault_49_a_template_that_is_missing_in_a_language_goes_out_in_the_next() -> None:
    async with channel(json_answer(graph_failure(132001), 404), json_answer(SENT)) as (sender, stub):
        assert await sender.send(ask()) == Accepted("wamid.1")
    assert [body["template"]["language"]["code"] for body in stub.bodies] == ["de", "en"]


@pytest.mark.fault(49)
async def test_fault_49_a_template_that_is_missing_in_both_languages_pauses_the_sender() -> None:
    error, stub = await failure(json_answer(graph_failure(132001), 404))
    assert isinstance(error, ConfigurationError)
    assert len(stub.requests) == 2


async def test_a_window_that_has_closed_leads_to_the_template() -> None:
    async with channel(json_answer(graph_failure(131047)), json_answer(SENT)) as (sender, stub):
        assert await sender.send(ask(window_open=True)) == Accepted("wamid.1")
    assert [body["type"] for body in stub.bodies] == ["interactive", "template"]


async def test_an_unknown_outcome_is_never_followed_by_a_second_send() -> None:
    error, stub = await failure(cut, json_answer(SENT), window_open=True)
    assert isinstance(error, OutcomeUnknown)
    assert len(stub.requests) == 1


async def test_errors_show_neither_number_nor_token() -> None:
    details = {"details": "+49 151 23456789 is not allowed"}
    error, _ = await failure(json_answer(graph_failure(131030, error_data=details)))
    shown = f"{error} {error.detail} {error.cure}"
    assert "***789" in shown
    assert "23456" not in shown
    assert "token-of-the-tests" not in shown


NUMBER = {"display_phone_number": "+1 555-010-0199", "verified_name": "Shop", "quality_rating": "GREEN"}
TEMPLATES = [listed(template) for template in sample_templates(PAY_URL_BASE)]


async def test_a_check_of_a_ready_sender_passes_over_all_pages() -> None:
    first = {"data": TEMPLATES[:7], "paging": {"cursors": {"after": "QVFI"}, "next": "https://graph.example.com/next"}}
    second = {"data": TEMPLATES[7:], "paging": {"cursors": {"before": "x", "after": "y"}}}
    async with channel(json_answer(NUMBER), json_answer(first), json_answer(second)) as (sender, stub):
        probes = await sender.check()
    assert [probe.name for probe in probes if not probe.ok] == []
    assert len(probes) == 13
    assert {request.method for request in stub.requests} == {"GET"}
    assert stub.requests[2].query["after"] == "QVFI"


async def test_fault_51_a_check_with_a_dead_token_names_the_token_and_asks_no_more() -> None:
    async with channel(json_answer(graph_failure(190), 401)) as (sender, stub):
        (failed,) = [probe for probe in await sender.check() if not probe.ok]
    assert failed.name == "token"
    assert "token" in failed.cure
    assert len(stub.requests) == 1


async def test_a_check_goes_on_when_the_number_is_wrong() -> None:
    async with channel(json_answer(graph_failure(33)), json_answer({"data": TEMPLATES})) as (sender, _):
        probes = await sender.check()
    assert [probe.name for probe in probes if not probe.ok] == ["phone number"]
    assert len(probes) == 12


@pytest.mark.parametrize("answer", [raw_answer(b"<html>"), json_answer([]), cut, json_answer({"data": "x"}, 500)])
async def test_a_check_never_raises_because_the_peer_is_odd(answer: Answer) -> None:
    async with channel(answer) as (sender, _):
        failed = [probe for probe in await sender.check() if not probe.ok]
    assert [probe.name for probe in failed] == ["phone number", "templates"]
    assert all(probe.detail for probe in failed)
