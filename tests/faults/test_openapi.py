"""The doors' own description is true: whatever is made from it is answered as it says (faults.md 37 and 45)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.faults.doorway import at_rest, news
from tests.flow.house import House, open_house

OPERATIONS = (
    ("POST", "/webhooks/{connection}"),
    ("POST", "/psp/{account}/notifications"),
    ("GET", "/channels/{channel}/webhook"),
    ("POST", "/channels/{channel}/webhook"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
)
API = tuple(
    (method, f"/api/v1/payment-requests{path}")
    for method, path in (
        ("POST", ""),
        ("GET", ""),
        ("GET", "/{request_id}"),
        ("PATCH", "/{request_id}"),
        ("GET", "/{request_id}/events"),
        ("POST", "/{request_id}/cancel"),
        ("POST", "/{request_id}/notify"),
        ("POST", "/{request_id}/hand-over"),
        ("POST", "/{request_id}/reissue"),
        ("POST", "/{request_id}/refunds"),
    )
)
WEBHOOKS = tuple(
    (method, f"/api/v1/webhook-endpoints{path}")
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("GET", "/{endpoint_id}"),
        ("POST", "/{endpoint_id}/rotate"),
        ("POST", "/{endpoint_id}/test"),
        ("POST", "/{endpoint_id}/resume"),
        ("POST", "/{endpoint_id}/replay"),
        ("GET", "/{endpoint_id}/deliveries"),
        ("POST", "/{endpoint_id}/deliveries/{delivery_id}/replay"),
        ("DELETE", "/{endpoint_id}"),
    )
)
NAMES = {"connection": "shop", "account": "main", "channel": "whatsapp"}
"""Half of the calls go to doors that exist: made-up names would meet nothing but 404."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_the_description_names_every_door(house: House) -> None:
    paths = (await described(house))["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == {
        *OPERATIONS,
        *API,
        *WEBHOOKS,
    }


@pytest.mark.fault(37, 45)
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
async def test_every_door_answers_as_it_is_described(house: House, method: str, path: str) -> None:
    """Right and wrong input of all kinds, unsigned: described answers only, no failure of ours, nothing changed."""
    description = await described(house)
    before = await at_rest(house)
    await asyncio.to_thread(call, description, house.url, method, path)
    assert news(before, await at_rest(house)) == []


@pytest.mark.fault(45)
@pytest.mark.parametrize(("method", "path"), API, ids=[f"{method} {path}" for method, path in API])
async def test_the_api_answers_as_it_is_described(house: House, method: str, path: str) -> None:
    """With a key that may do everything, and for a request that exists."""
    said = await house.command("keys", "add", "--shop", "main", "--name", "fuzz", "--role", "owner")
    order_ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda s: s.request is not None, order_ref)
    names = {"request_id": state.order.id}
    description = await described(house)
    await asyncio.to_thread(call, description, house.url, method, path, names, said.split()[-1])


@pytest.mark.fault(45)
@pytest.mark.parametrize(("method", "path"), WEBHOOKS, ids=[f"{method} {path}" for method, path in WEBHOOKS])
async def test_the_api_of_webhooks_answers_as_it_is_described(house: House, method: str, path: str) -> None:
    """For an endpoint that exists, and that no name leads to."""
    said = await house.command("keys", "add", "--shop", "main", "--name", "fuzz", "--role", "owner")
    key = said.split()[-1]
    made, headers = f"{house.url}/api/v1/webhook-endpoints", {"Authorization": f"Bearer {key}"}
    async with house.http.post(made, json={"url": "https://shop.invalid/hook"}, headers=headers) as answer:
        names = {"endpoint_id": (await answer.json())["id"]}
    async with house.http.post(f"{made}/{names['endpoint_id']}/test", headers=headers) as answer:
        assert answer.status == 202
    async with house.http.get(f"{made}/{names['endpoint_id']}/deliveries", headers=headers) as answer:
        names["delivery_id"] = (await answer.json())["items"][0]["id"]
    description = await described(house)
    await asyncio.to_thread(call, description, house.url, method, path, names, key)


async def described(house: House) -> dict[str, Any]:
    async with house.http.get(f"{house.url}/openapi.json") as answer:
        description: dict[str, Any] = await answer.json()
    return description


def call(
    description: dict[str, Any],
    url: str,
    method: str,
    path: str,
    known: Mapping[str, str] = NAMES,
    key: str = "",
) -> None:
    operation = schemathesis.openapi.from_dict(description)[path][method]
    sends = method in ("POST", "PATCH") and "hand-over" not in path if key else "{" in path
    wrong = [GenerationMode.NEGATIVE] if sends else []  # there is nothing to be wrong where nothing is sent
    for mode in (GenerationMode.POSITIVE, *wrong):
        for names in (known, {}) if wrong else ({},):
            check(operation.as_strategy(generation_mode=mode), url, names, key)


def check(cases: SearchStrategy[schemathesis.Case[Any]], url: str, names: Mapping[str, str], key: str) -> None:
    """With a `key` a text may fit the description and still be no telephone number, or ask for what cannot be done."""
    more: dict[str, Any] = {"headers": {"Authorization": f"Bearer {key}"}} if key else {}
    if key:
        more["excluded_checks"] = [positive_data_acceptance]

    @settings(
        max_examples=8,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def each(case: schemathesis.Case[Any]) -> None:
        known = {name: value for name, value in names.items() if name in case.path_parameters}
        case.path_parameters = {**case.path_parameters, **known}
        case.call_and_validate(base_url=url, timeout=20, **more)

    each()
