import json
import time
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict

from tests.unit.sandbox.whatsapp_bed import Bed, bed, paylink

_AUTH = {"Authorization": "Bearer token"}


async def _raw(it: Bed) -> tuple[int, str, aiohttp.typedefs.LooseHeaders]:
    async with it.http.post(it.base + "/v25.0/111/messages", json=paylink(), headers=_AUTH) as response:
        return response.status, await response.text(), response.headers


async def _kept(it: Bed) -> int:
    return len((await it.ledger())["messages"])


@pytest.mark.parametrize(("mode", "kept"), [("do_then_cut", 1), ("cut_before", 0)])
async def test_a_cut_gives_no_answer_and_only_the_ledger_knows(mode: str, kept: int) -> None:
    async with bed() as it:
        await it.fault(mode=mode)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await _raw(it)
        assert await _kept(it) == kept
        assert (await _raw(it))[0] == 200


async def test_a_message_whose_answer_was_cut_still_reports_its_statuses() -> None:
    async with bed() as it:
        await it.fault(mode="do_then_cut")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await _raw(it)
        await it.until(lambda: it.receiver.statuses() == ["sent", "delivered"])
    assert it.receiver.values()[0]["statuses"][0]["biz_opaque_callback_data"] == "attempt-1"


async def test_http_500_has_no_graph_body_and_sends_nothing() -> None:
    async with bed() as it:
        await it.fault(mode="http_500")
        status, text, _ = await _raw(it)
        assert (status, text) == (500, "Internal Server Error")
        assert await _kept(it) == 0


async def test_http_429_names_the_pause() -> None:
    async with bed() as it:
        await it.fault(mode="http_429", seconds=7)
        status, text, headers = await _raw(it)
        assert await _kept(it) == 0
    assert (status, json.loads(text)["error"]["code"]) == (429, 130429)
    assert CIMultiDict(headers)["Retry-After"] == "7"


async def test_truncated_is_half_an_answer_for_a_message_that_was_sent() -> None:
    async with bed() as it:
        await it.fault(mode="truncated")
        status, text, _ = await _raw(it)
        assert await _kept(it) == 1
    assert status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


async def test_html_is_a_proxys_page_and_nothing_was_sent() -> None:
    async with bed() as it:
        await it.fault(mode="html")
        status, text, _ = await _raw(it)
        assert await _kept(it) == 0
    assert status == 200
    assert text.startswith("<!doctype html>")


async def test_slow_answers_late_but_well() -> None:
    async with bed() as it:
        await it.fault(mode="slow", seconds=0.1)
        started = time.monotonic()
        assert (await _raw(it))[0] == 200
    assert time.monotonic() - started >= 0.1


async def test_an_error_code_hits_its_recipient_as_often_as_it_was_asked_for() -> None:
    async with bed() as it:
        await it.fault(mode="error_code", code=131056, count=2, to="+33 6 12345678")
        assert (await it.send(paylink()))[0] == 200
        for _ in range(2):
            assert await it.code(paylink(to="33612345678")) == (400, 131056)
        assert (await it.send(paylink(to="33612345678")))[0] == 200


async def test_faults_can_be_seen_and_cleared() -> None:
    async with bed() as it:
        await it.fault(mode="slow", count=3)
        faults = json.loads((await it.get("/_sandbox/faults"))[1])["faults"]
        assert [(f["operation"], f["mode"], f["count"]) for f in faults] == [("send", "slow", 3)]
        async with it.http.delete(it.base + "/_sandbox/faults"):
            pass
        assert json.loads((await it.get("/_sandbox/faults"))[1]) == {"faults": []}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"mode": "explode"}, ["mode", "do_then_cut", "slow"]),
        ({}, ["mode", "cut_before"]),
        ({"operation": "status", "mode": "slow"}, ["mode", "drop", "forge"]),
        ({"operation": "pay", "mode": "slow"}, ["operation", "send", "status"]),
        ({"mode": "error_code", "code": 7}, ["code", "131026"]),
        ({"mode": "error_code", "code": [1]}, ["code", "131026"]),
        ({"mode": "slow", "code": 131026}, ["code", "error_code"]),
        ({"mode": "slow", "count": 0}, ["count", "1"]),
        ({"mode": "slow", "count": "3"}, ["count"]),
        ({"mode": "slow", "seconds": -1}, ["seconds", "3600"]),
        ({"mode": "slow", "to": "Ada"}, ["to", "digits"]),
        ({"mode": "slow", "colour": 1}, ["colour", "operation"]),
        ([], ["mode"]),
    ],
)
async def test_an_unknown_value_is_named_with_what_is_allowed(fault: Any, words: list[str]) -> None:
    async with bed() as it:
        status, text = await it.post("/_sandbox/faults", json=fault)
        assert json.loads((await it.get("/_sandbox/faults"))[1]) == {"faults": []}
    assert status == 400
    assert all(word in json.loads(text)["error"] for word in words)
