"""docs/api.md is true: its calls are made in their order, and each answer holds what the page says."""

import re
import shlex
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from connector_core.domain.person import Role
from tests.flow.house import House, told
from tests.office.test_api import key

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
CALL = re.compile(r"```console\n\$ (curl .*?)```\n\n```json\n(.*?)```", re.DOTALL)


def agrees(said: Any, got: Any) -> bool:
    """What the page leaves out may be anything; so may what it abbreviates."""
    if said == "…":
        return got not in (None, "")
    if isinstance(said, dict):
        return isinstance(got, dict) and all(name in got and agrees(said[name], got[name]) for name in said)
    if isinstance(said, list):
        return isinstance(got, list) and len(said) == len(got) and all(map(agrees, said, got))
    return bool(said == got)


class Curl:
    """The few options that the page uses."""

    def __init__(self, line: str, **names: str) -> None:
        for name, value in names.items():
            line = line.replace(name, value)
        words = shlex.split(line.replace("\\\n", " "))[1:]
        self.method, self.url, self.body = "GET", "", b""
        self.headers: dict[str, str] = {}
        while words:
            match words.pop(0):
                case "-X":
                    self.method = words.pop(0)
                case "-H":
                    name, _, value = words.pop(0).partition(": ")
                    self.headers[name] = value
                case "-d":
                    self.body = words.pop(0).encode()
                case url:
                    self.url = url

    async def run(self, http: aiohttp.ClientSession) -> Any:
        async with http.request(self.method, self.url, headers=self.headers, data=self.body or None) as answer:
            return await answer.json(content_type=None)


async def test_the_calls_of_the_page_are_answered_as_it_says(house: House) -> None:
    calls = CALL.findall(PAGE.read_text(encoding="utf-8"))
    assert len(calls) == PAGE.read_text(encoding="utf-8").count("$ curl") == 7
    known = {"https://pay.example.com": house.url, "plk_…": await key(house, Role.OWNER)}
    wrong = []
    for line, said in calls:
        if "?state=open" in line:
            await _is_listed(house, known["plk_…"])
        if "/refunds" in line:
            state = await house.until(lambda s: bool(told(s)), "1009")
            await house.pay(state.links[-1].url)
            await house.until(lambda s: bool(s.payments), "1009")
        got = await Curl(line, **known).run(house.http)
        known.setdefault("$ID", got.get("id", ""))
        if not agrees(orjson.loads(said), got):
            wrong.append((line, said, got))
    assert not wrong


async def _is_listed(house: House, token: str) -> None:
    """The list follows within a second."""
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(100):
        async with house.http.get(f"{house.url}/api/v1/payment-requests", headers=headers) as answer:
            if (await answer.json())["items"]:
                return
        await house.settles(0.05)
