"""What each toxic does to a connection, seen from both ends."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.services.fault_proxy import (
    DOWN,
    UP,
    Bandwidth,
    BlackHole,
    FaultProxy,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    SlowClose,
    fault_proxy,
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """In front of a server that says everything twice, and ends when its client does."""

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data + data)
        except OSError:
            pass  # a reset
        finally:
            writer.close()

    server = await asyncio.start_server(twice, "127.0.0.1", 0)
    async with server, fault_proxy(server.sockets[0].getsockname()[1]) as opened:
        yield opened


@pytest.fixture
async def client(proxy: FaultProxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    yield reader, writer
    writer.close()


async def ask(client: Streams, data: bytes = b"x", seconds: float = 5.0) -> bytes:
    """Whatever comes back until it is complete or ends."""
    client[1].write(data)
    answer = b""
    async with asyncio.timeout(seconds):
        while len(answer) < 2 * len(data) and (more := await client[0].read(2 * len(data) - len(answer))):
            answer += more
    return answer


async def test_without_a_toxic_everything_passes(proxy: FaultProxy, client: Streams) -> None:
    assert await ask(client, b"a" * 100_000) == b"a" * 200_000
    assert proxy.passed == {UP: 100_000, DOWN: 200_000}
    assert proxy.open_connections == 1


async def test_latency_and_its_end(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(Latency(0.2, jitter=0.05))
    began = time.monotonic()
    assert await ask(client) == b"xx"
    assert time.monotonic() - began >= 0.3
    proxy.heal()
    began = time.monotonic()
    assert await ask(client) == b"xx"
    assert time.monotonic() - began < 0.3


async def test_bandwidth(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(Bandwidth(10_000), UP)
    began = time.monotonic()
    assert len(await ask(client, b"x" * 3_000)) == 6_000
    assert time.monotonic() - began >= 0.3


async def test_sliced_bytes_arrive_whole(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(Slicer(size=3, pause=0.001))
    client[1].write(b"0123456789")
    assert len(await client[0].read(100)) <= 6
    assert len(await ask(client, b"0123456789")) == 20


async def test_a_limit_ends_both_sides(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(LimitData(5), DOWN)
    assert await ask(client, b"0123456789") == b"01234"
    assert await client[0].read() == b""
    assert proxy.open_connections == 0


async def test_a_black_hole_keeps_what_was_sent(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(BlackHole(), DOWN)
    with pytest.raises(TimeoutError):
        await ask(client, seconds=0.2)
    assert proxy.passed == {UP: 1, DOWN: 0}, "the server heard it"
    proxy.heal()
    assert await client[0].readexactly(2) == b"xx"


async def test_a_black_hole_with_an_end(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(BlackHole(0.1), UP)
    assert await ask(client) == b""


async def test_a_black_hole_that_becomes_something_else(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(BlackHole(), UP)
    client[1].write(b"x")
    await asyncio.sleep(0.05)
    proxy.poison(ResetPeer(), UP)
    with pytest.raises(ConnectionResetError):
        await client[0].read(1)


@pytest.mark.parametrize("direction", [UP, DOWN])
async def test_reset_is_a_reset(proxy: FaultProxy, client: Streams, direction: object) -> None:
    proxy.poison(ResetPeer(), UP if direction is UP else DOWN)
    with pytest.raises(ConnectionResetError):
        await ask(client)


async def test_a_slow_close_is_late(proxy: FaultProxy, client: Streams) -> None:
    proxy.poison(SlowClose(0.2), DOWN)
    assert await ask(client) == b"xx"
    began = time.monotonic()
    client[1].write_eof()
    assert await client[0].read() == b""
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("reset", [False, True])
async def test_a_cut_ends_what_is_open_and_nothing_else(proxy: FaultProxy, client: Streams, reset: bool) -> None:
    assert await ask(client) == b"xx"
    await proxy.cut(reset=reset)
    if reset:
        with pytest.raises(ConnectionResetError):
            await client[0].read(1)
    else:
        assert await client[0].read(1) == b""
    again = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await ask(again) == b"xx"
    again[1].close()


async def test_down_and_up_again_on_the_same_port(proxy: FaultProxy, client: Streams) -> None:
    port = proxy.port
    assert await ask(client) == b"xx"
    await proxy.down()
    assert await client[0].read(1) == b""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    assert await proxy.start() == port
    again = await asyncio.open_connection("127.0.0.1", port)
    assert await ask(again) == b"xx"
    again[1].close()


async def test_down_ends_a_connection_in_the_making(proxy: FaultProxy, client: Streams) -> None:
    await proxy.down()
    async with asyncio.timeout(5):
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await client[0].readexactly(1)


async def test_nobody_behind_it() -> None:
    async with fault_proxy(1) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()
