"""Tells open phone pages which chats have changed, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

_GRAIN = 0.04
_KEEP_ALIVE = 15.0


class Listener:
    """The chats that changed since the page was last told; a burst costs one entry a chat."""

    def __init__(self) -> None:
        self._chats: dict[str, None] = {}
        self._news = asyncio.Event()
        self._closed = False

    def tell(self, chat: str) -> None:
        self._chats[chat] = None
        self._news.set()

    def close(self) -> None:
        self._closed = True
        self._news.set()

    async def events(self) -> AsyncIterator[bytes]:
        """Server-sent events until `close`: `data:` is the digits of a chat; a comment when all is quiet for long."""
        yield b"retry: 1000\n\n"
        while not self._closed:
            try:
                async with asyncio.timeout(_KEEP_ALIVE):
                    await self._news.wait()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            self._news.clear()
            chats, self._chats = self._chats, {}
            for chat in chats:
                yield f"data: {chat}\n\n".encode()
            await asyncio.sleep(_GRAIN)


class LiveFeed:
    """All open pages. Telling costs nothing while no page is open."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def tell(self, chat: str) -> None:
        for listener in self._listeners:
            listener.tell(chat)

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()

    @contextmanager
    def listener(self) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
