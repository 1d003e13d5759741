"""Faults on order: each mode does what it says, as often as it says."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientResponse

from tests.unit.sandbox.lyra_client import Client, login, running

CREATE = "Charge/CreatePaymentOrder"


async def raw(lyra: Client) -> tuple[ClientResponse, bytes]:
    ask = {"amount": 1, "currency": "EUR"}
    url = f"{lyra.base}/api-payment/V4/{CREATE}"
    async with lyra.session.post(url, json=ask, headers=login()) as response:
        return response, await response.read()


async def orders(lyra: Client) -> int:
    return len((await lyra.ledger())["orders"])


@pytest.mark.parametrize(("mode", "made"), [("do_then_cut", 1), ("cut_before", 0)])
async def test_a_cut_connection_gives_no_answer(mode: str, made: int) -> None:
    async with running() as lyra:
        await lyra.fault(CREATE, mode)
        with pytest.raises(ClientConnectionError):
            await raw(lyra)
        assert await orders(lyra) == made
        assert (await lyra.ledger())["calls"] == {CREATE: 1}


@pytest.mark.parametrize(("mode", "status"), [("http_500", 500), ("http_429", 429)])
async def test_an_http_error_does_nothing(mode: str, status: int) -> None:
    async with running() as lyra:
        await lyra.fault(CREATE, mode, seconds=7)
        response, _ = await raw(lyra)
        assert response.status == status
        assert response.headers.get("Retry-After") == ("7" if status == 429 else None)
        assert await orders(lyra) == 0


async def test_a_truncated_answer_is_no_json_but_the_order_is_made() -> None:
    async with running() as lyra:
        await lyra.fault(CREATE, "truncated")
        response, body = await raw(lyra)
        assert response.status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
        assert await orders(lyra) == 1


async def test_an_html_page_comes_with_status_200() -> None:
    async with running() as lyra:
        await lyra.fault(CREATE, "html")
        response, body = await raw(lyra)
        assert (response.status, response.content_type) == (200, "text/html")
        assert body.startswith(b"<!DOCTYPE html>")
        assert await orders(lyra) == 0


async def test_an_error_code_of_choice_is_answered() -> None:
    async with running() as lyra:
        await lyra.fault(CREATE, "error_code", code="PSP_106")
        assert await lyra.code(CREATE, {"amount": 1, "currency": "EUR"}) == "PSP_106"
        assert await orders(lyra) == 0


async def test_a_slow_answer_comes_after_the_order_is_made() -> None:
    async with running() as lyra:
        await lyra.fault(CREATE, "slow", seconds=60)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(raw(lyra), 0.2)
        assert await orders(lyra) == 1


async def test_a_fault_strikes_as_often_as_asked_and_no_other_operation() -> None:
    async with running() as lyra:
        await lyra.fault(CREATE, "http_500", count=2)
        assert (await lyra.call("Charge/SDKTest", {"value": "x"}))["status"] == "SUCCESS"
        assert [(await raw(lyra))[0].status for _ in range(3)] == [500, 500, 200]


async def test_a_star_means_every_web_service_but_no_page() -> None:
    async with running() as lyra:
        order = await lyra.order()
        await lyra.fault("*", "error_code")
        assert (await lyra.get(order["paymentURL"]))[0] == 200
        assert await lyra.code("Charge/SDKTest", {}) == "PSP_513"


async def test_faults_are_listed_and_cleared() -> None:
    async with running() as lyra:
        await lyra.fault("ipn", "delay", seconds=2.5, count=3)
        url = f"{lyra.base}/_sandbox/faults"
        async with lyra.session.get(url) as response:
            wanted = {"operation": "ipn", "mode": "delay", "count": 3, "seconds": 2.5, "code": "PSP_513"}
            assert (await response.json())["faults"] == [wanted]
        async with lyra.session.delete(url) as response:
            assert response.status == 200
        async with lyra.session.get(url) as response:
            assert (await response.json())["faults"] == []


@pytest.mark.parametrize(
    ("wish", "field", "allowed"),
    [
        ({"operation": "Charge/Nothing", "mode": "slow"}, "operation", CREATE),
        ({"operation": CREATE, "mode": "drop"}, "mode", "do_then_cut"),
        ({"operation": "ipn", "mode": "truncated"}, "mode", "reorder"),
        ({"operation": "page"}, "mode", "allow_double_payment"),
        ({"operation": CREATE, "mode": "slow", "count": 0}, "count", "a whole number from 1"),
        ({"operation": CREATE, "mode": "slow", "seconds": "5"}, "seconds", "a number from 0"),
        ({"operation": CREATE, "mode": "slow", "second": 5}, "field", "seconds"),
    ],
)
async def test_a_wish_that_is_not_understood_is_refused_by_name(wish: dict[str, Any], field: str, allowed: str) -> None:
    async with running() as lyra:
        status, answer = await lyra.switch("faults", wish)
    assert (status, answer["field"]) == (400, field)
    assert allowed in answer["allowed"]
    assert allowed in answer["error"]


async def test_a_switch_without_json_is_refused() -> None:
    async with running() as lyra, lyra.session.post(f"{lyra.base}/_sandbox/faults", data=b"x") as response:
        assert response.status == 400
        assert "JSON" in (await response.json())["error"]
