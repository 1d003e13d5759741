"""Clients that are slow, endless or speak no HTTP: ended by the clock, and everybody else is served (faults.md 45)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import pytest

from connector_core.adapters.web import limits
from tests.faults.doorway import MARK, ask, at_rest, bytes_of, news, slowest_health
from tests.flow.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


Drip = Callable[[asyncio.StreamWriter], Coroutine[None, None, None]]


async def say_nothing(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


def dripping(head: bytes, drop: bytes) -> Drip:
    """A client that sends `head` at once and then `drop` ten times a second, for ever."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            await asyncio.sleep(0.1)
            writer.write(drop)
            await writer.drain()

    return drip


POST_HEAD = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n"
SLOW: dict[str, Drip] = {
    "silent": say_nothing,
    "request line": dripping(b"", b"G"),
    "headers": dripping(b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    "second request": dripping(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"G"),
    "body with a length": dripping(POST_HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "body in chunks": dripping(POST_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "body that was refused": dripping(POST_HEAD + b"Content-Length: 99999999\r\n\r\n", b"x"),
    "body of a reader": dripping(b"GET /metrics HTTP/1.1\r\nContent-Length: 99\r\nHost: x\r\n\r\n", b"x"),
}


async def ended_after(house: House, drip: Drip) -> float:
    """Seconds until the daemon ended the connection of a slow client."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    began = asyncio.get_running_loop().time()
    dripper = asyncio.create_task(drip(writer))
    try:
        async with asyncio.timeout(20):
            await reader.read()
    except ConnectionError:
        pass  # ended without ceremony
    finally:
        dripper.cancel()
        await asyncio.gather(dripper, return_exceptions=True)
        writer.close()
    return asyncio.get_running_loop().time() - began


@pytest.mark.fault(45)
async def test_a_slow_client_is_ended_by_the_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is slow, and with two hundred of its kind at once; everybody else is served."""
    monkeypatch.setattr(limits, "READ_SECONDS", 0.7)
    before = await at_rest(house)
    clients = [(name, drip) for name, drip in SLOW.items() for _ in range(25)]
    waiting = asyncio.gather(*(ended_after(house, drip) for _, drip in clients))
    assert await slowest_health(house, 2.0) < 2.0
    for (name, _), seconds in zip(clients, await waiting, strict=True):
        assert seconds < 8.0, name
    assert news(before, await at_rest(house)) == []


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE " + MARK.encode() + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-" + MARK.encode() + b"\x00: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000,
        POST_HEAD + b"Content-Length: -1\r\n\r\n",
        POST_HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        POST_HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        POST_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + MARK.encode(),
        POST_HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    ],
    ids=["words", "TLS", "no host", "nul in a name", "long header", "negative", "two lengths", "length without end",
         "bad chunk", "packed chunks"],
)  # fmt: skip
async def test_what_is_no_http_is_answered_in_our_words_or_ended(house: House, request_: bytes) -> None:
    answer = await bytes_of(house, request_)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert MARK.encode() not in answer
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
    assert b"application/problem+json" in head
    assert json.loads(body)["detail"]


@pytest.mark.fault(45)
async def test_a_flood_of_headers_ends_the_connection(house: House) -> None:
    flood = b"".join(b"X-%d: y\r\n" % number for number in range(300_000))
    answer = await bytes_of(house, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + flood)
    assert b"200 OK" not in answer
    assert (await ask(house, "GET", "/healthz")).status == 200
