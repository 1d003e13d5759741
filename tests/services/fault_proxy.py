"""A TCP proxy that does on order what networks do by themselves; toxiproxy's toxics are the model.

A toxic acts on one direction: `UP` is what the client sends, `DOWN` what it is answered. It acts at once, on open
connections too, and until it is lifted.
"""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from connector_core.sandbox.world.daemon import free_port

_CHUNK = 65_536
_RST = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing sends RST instead of FIN."""


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


UP, DOWN = Direction.UP, Direction.DOWN


@dataclass(frozen=True, slots=True)
class Latency:
    """Everything comes later by `seconds`, and up to `jitter` seconds more or less."""

    seconds: float
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class Bandwidth:
    bytes_per_second: float


@dataclass(frozen=True, slots=True)
class Slicer:
    """Bytes come in small pieces of `size`, with a pause after each."""

    size: int = 7
    pause: float = 0.001


@dataclass(frozen=True, slots=True)
class LimitData:
    """After so many bytes of a connection, counted from the beginning of the toxic, both sides of it are closed."""

    size: int = 0


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Nothing comes through, and nobody is told. What was sent meanwhile arrives afterwards, as TCP repeats it; with
    `seconds` the connection is closed instead after that time."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ResetPeer:
    """The first bytes end the connection with RST, on both sides."""


@dataclass(frozen=True, slots=True)
class SlowClose:
    """The end of a connection is passed on late."""

    seconds: float


Toxic = Latency | Bandwidth | Slicer | LimitData | BlackHole | ResetPeer | SlowClose


class FaultProxy:
    """Between whoever connects to `port` and `to_port`, both on 127.0.0.1; used in one loop."""

    def __init__(self, to_port: int = 0) -> None:
        """`to_port` may be set later, as long as nobody has connected."""
        self.port = free_port()
        self.to_port = to_port
        self.passed = {UP: 0, DOWN: 0}
        """Bytes that came through, in each direction."""
        self._toxics: dict[Direction, Toxic | None] = {UP: None, DOWN: None}
        self._changed = asyncio.Event()
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def open_connections(self) -> int:
        return len(self._links)

    async def start(self) -> int:
        """Listens, on the same port again after `down`; returns the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        return self.port

    async def down(self) -> None:
        """Connections end, and new ones are refused, until `start`."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    stop = down

    def poison(self, toxic: Toxic | None, *directions: Direction) -> None:
        """From now on `toxic` acts on these directions, on both without any; None lifts what acts there."""
        for direction in directions or (UP, DOWN):
            self._toxics[direction] = toxic
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def heal(self) -> None:
        self.poison(None)

    async def cut(self, *, reset: bool = False) -> None:
        """Ends the open connections, with RST when asked."""
        await asyncio.gather(*(link.end(reset=reset) for link in list(self._links)))

    def toxic(self, direction: Direction) -> Toxic | None:
        return self._toxics[direction]

    async def until_changed(self, seconds: float = 0.0) -> None:
        """Until another toxic acts, or for so many seconds when they are not 0."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds or None):
                await self._changed.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            _close(writer, reset=True)
            return
        if self._server is None:  # it went down while the connection was made
            _close(writer, reset=True)
            _close(there[1], reset=True)
            return
        link = _Link(self, (reader, writer), there)
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)


class _Link:
    """One connection through the proxy."""

    def __init__(
        self,
        proxy: FaultProxy,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._limited = {UP: 0, DOWN: 0}
        self._pumps: list[asyncio.Task[None]] = []
        self._reset = False

    async def run(self) -> None:
        """Until both directions have ended, or one in a way that ends both."""
        self._pumps = [
            asyncio.create_task(self._pump(UP, self._client[0], self._server[1])),
            asyncio.create_task(self._pump(DOWN, self._server[0], self._client[1])),
        ]
        try:
            await asyncio.wait(self._pumps)
        finally:
            for pump in self._pumps:
                pump.cancel()
            for writer in (self._client[1], self._server[1]):
                _close(writer, reset=self._reset)

    async def end(self, *, reset: bool) -> None:
        self._reset = self._reset or reset
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _pump(self, direction: Direction, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(_CHUNK):
                if not await self._through(direction, data, sink):
                    return self._end_both()
            if isinstance(toxic := self._proxy.toxic(direction), SlowClose):
                await self._proxy.until_changed(toxic.seconds)
            if sink.can_write_eof():
                sink.write_eof()
        except OSError:
            self._end_both()

    def _end_both(self) -> None:
        for pump in self._pumps:
            if pump is not asyncio.current_task():
                pump.cancel()

    async def _through(self, direction: Direction, data: bytes, sink: asyncio.StreamWriter) -> bool:
        """Passes the bytes on as the toxic of the moment wills; False ends the connection."""
        match self._proxy.toxic(direction):
            case BlackHole(seconds):
                await self._proxy.until_changed(seconds)
                if isinstance(self._proxy.toxic(direction), BlackHole):
                    return not seconds and await self._through(direction, data, sink)
                return await self._through(direction, data, sink)
            case ResetPeer():
                self._reset = True
                return False
            case LimitData(size):
                left = size - self._limited[direction]
                self._limited[direction] += len(data)
                await self._write(direction, data[: max(left, 0)], sink)
                return left >= len(data)
            case Slicer(size, pause):
                for start in range(0, len(data), size):
                    await self._write(direction, data[start : start + size], sink)
                    await asyncio.sleep(pause)
                return True
            case Latency(seconds, jitter):
                await asyncio.sleep(max(0.0, seconds + random.uniform(-jitter, jitter)))
            case Bandwidth(rate):
                await asyncio.sleep(len(data) / rate)
        await self._write(direction, data, sink)
        return True

    async def _write(self, direction: Direction, data: bytes, sink: asyncio.StreamWriter) -> None:
        sink.write(data)
        self._proxy.passed[direction] += len(data)
        await sink.drain()


def _close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset and (there := writer.get_extra_info("socket")) is not None:
        with suppress(OSError):
            there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
        writer.transport.abort()
    else:
        writer.close()


@asynccontextmanager
async def fault_proxy(to_port: int) -> AsyncIterator[FaultProxy]:
    """A proxy that listens."""
    proxy = FaultProxy(to_port)
    await proxy.start()
    try:
        yield proxy
    finally:
        proxy.heal()
        await proxy.stop()
