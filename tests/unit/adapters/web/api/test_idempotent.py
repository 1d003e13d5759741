"""One deed for one key, also when the answer, the database or the daemon was lost in between."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import Request
from starlette.responses import Response

from connector_core.adapters.web.api.bearer import Client
from connector_core.adapters.web.api.idempotent import Once
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Role
from connector_core.ports.people import ApiKey
from connector_core.ports.store import StoreUnavailable
from tests.unit.flow.drafts import MemoryDrafts

NOW = datetime(2026, 11, 26, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None: ...


class Counter:
    """The deed: `ways` say how each call of it ends."""

    def __init__(self, *ways: BaseException | None) -> None:
        self.names: list[str] = []
        self._ways = list(ways)

    async def __call__(self, name: str) -> Response:
        self.names.append(name)
        await asyncio.sleep(0)
        if self._ways and (way := self._ways.pop(0)):
            raise way
        return Response(b'{"n": 1}', 201)


def client(key: str = "k1") -> Client:
    return Client(ApiKey(key, "plk_", "till", ShopId("main"), Role.AGENT, NOW, "test"))


def request(
    key: str = '"once"', body: bytes = b"{}", path: str = "/api/v1/payment-requests", method: str = "POST"
) -> Request:  # fmt: skip
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    headers = [(b"idempotency-key", key.encode("latin-1"))] if key else []
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b"",
             "server": ("localhost", 80), "scheme": "http"}  # fmt: skip
    return Request(scope, receive)


async def test_the_second_call_is_answered_by_the_first(drafts: MemoryDrafts, clock: Clock) -> None:
    once, deed = Once(drafts, clock), Counter()
    first = await once.run(request(), client(), deed)
    again = await once.run(request("once"), client(), deed)
    assert (again.body, again.status_code) == (first.body, first.status_code)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.headers["Cache-Control"], again.media_type) == ("no-store", "application/json")
    assert len(deed.names) == 1


async def test_of_a_hundred_at_once_one_does_it(drafts: MemoryDrafts, clock: Clock) -> None:
    once, deed = Once(drafts, clock), Counter()
    answers = await asyncio.gather(
        *(once.run(request(), client(), deed) for _ in range(100)), return_exceptions=True
    )  # fmt: skip
    refused = [answer.status for answer in answers if isinstance(answer, InvalidInput)]
    assert len(deed.names) == 1
    assert refused == [409] * 99


@pytest.mark.parametrize(("key", "status"), [("", 400), ('""', 400), ("x" * 201, 400)])
async def test_a_key_is_needed(drafts: MemoryDrafts, clock: Clock, key: str, status: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        await Once(drafts, clock).run(request(key), client(), Counter())
    assert (caught.value.status, caught.value.field) == (status, "Idempotency-Key")


async def test_a_key_means_one_body_one_route_and_one_client(drafts: MemoryDrafts, clock: Clock) -> None:
    once, deed = Once(drafts, clock), Counter()
    await once.run(request(), client(), deed)
    with pytest.raises(InvalidInput) as caught:
        await once.run(request(body=b'{"a": 1}'), client(), deed)
    assert caught.value.status == 422
    await once.run(request(path="/api/v1/payment-requests/x/refunds"), client(), deed)
    await once.run(request(), client("k2"), deed)
    await once.run(request(method="PUT"), client(), deed)
    assert len(set(deed.names)) == 4


async def test_every_other_key_is_another_wish(drafts: MemoryDrafts, clock: Clock) -> None:
    once, deed = Once(drafts, clock), Counter()
    keys = ["k", "kX", "Xk", "K", "1", "x" * 200]
    for key in keys:
        await once.run(request(key), client(), deed)
    assert len(set(deed.names)) == len(keys)


async def test_a_wish_has_the_same_name_after_an_update(drafts: MemoryDrafts, clock: Clock) -> None:
    """What was answered is kept under it for a day, and the deed is told from others by it."""
    deed = Counter()
    await Once(drafts, clock).run(request(), client(), deed)
    assert deed.names == [hashlib.sha256(b"k1\nPOST\n/api/v1/payment-requests\nonce").hexdigest()]


@pytest.mark.parametrize("way", [InvalidInput("no"), StoreUnavailable(), RuntimeError(), asyncio.CancelledError()])
async def test_without_an_answer_the_key_is_free_again(drafts: MemoryDrafts, clock: Clock, way: BaseException) -> None:
    once, deed = Once(drafts, clock), Counter(way)
    with pytest.raises(type(way)):
        await once.run(request(), client(), deed)
    assert (await once.run(request(), client(), deed)).status_code == 201
    assert len(set(deed.names)) == 1, "the deed knows that it is the same"


async def test_a_call_that_broke_off_is_taken_up_after_a_while_by_one(drafts: MemoryDrafts, clock: Clock) -> None:
    """The daemon was killed: nobody has freed the key."""
    once, deed = Once(drafts, clock), Counter()
    await once.run(request(), client(), deed)
    (name,) = drafts.answers
    await drafts.forget(name)
    lost = Once(drafts, clock)
    hanging = asyncio.create_task(lost.run(request(), client(), _never))
    await asyncio.sleep(0)
    with pytest.raises(InvalidInput, match="still at work"):
        await once.run(request(), client(), deed)
    clock.at += timedelta(seconds=30) - timedelta.resolution
    with pytest.raises(InvalidInput, match="still at work"):
        await once.run(request(), client(), deed)
    clock.at += timedelta.resolution
    answers = await asyncio.gather(*(once.run(request(), client(), deed) for _ in range(5)), return_exceptions=True)
    assert len([answer for answer in answers if isinstance(answer, Response)]) == 1
    assert deed.names == [name, name]
    hanging.cancel()


async def _never(_name: str) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.fixture
def drafts() -> MemoryDrafts:
    return MemoryDrafts()


@pytest.fixture
def clock() -> Clock:
    return Clock()
