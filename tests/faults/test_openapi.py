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
NAMES = {"connection": "shop", "account": "main", "channel": "whatsapp"}
"""Half of the calls go to doors that exist: made-up names would meet nothing but 404."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_the_description_names_every_door(house: House) -> None:
    paths = (await described(house))["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(OPERATIONS)


@pytest.mark.fault(37, 45)
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
async def test_every_door_answers_as_it_is_described(house: House, method: str, path: str) -> None:
    """Right and wrong input of all kinds, unsigned: described answers only, no failure of ours, nothing changed."""
    description = await described(house)
    before = await at_rest(house)
    await asyncio.to_thread(call, description, house.url, method, path)
    assert news(before, await at_rest(house)) == []


async def described(house: House) -> dict[str, Any]:
    async with house.http.get(f"{house.url}/openapi.json") as answer:
        description: dict[str, Any] = await answer.json()
    return description


def call(description: dict[str, Any], url: str, method: str, path: str) -> None:
    operation = schemathesis.openapi.from_dict(description)[path][method]
    wrong = [GenerationMode.NEGATIVE] if "{" in path else []  # there is nothing to be wrong where nothing is sent
    for mode in (GenerationMode.POSITIVE, *wrong):
        for names in (NAMES, {}) if wrong else ({},):
            check(operation.as_strategy(generation_mode=mode), url, names)


def check(cases: SearchStrategy[schemathesis.Case[Any]], url: str, names: Mapping[str, str]) -> None:
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
        case.call_and_validate(base_url=url, timeout=20)

    each()
