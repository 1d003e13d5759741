"""Calls that are made together go out together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

AskT = TypeVar("AskT")
AnswerT = TypeVar("AnswerT")


class Gather(Generic[AskT, AnswerT]):
    """Collects what is asked for `wait` seconds, up to `most`, and asks for it with one call of `ask_all`.

    `ask_all` gives one answer per ask, in order; what it raises, everyone of the batch gets.
    """

    def __init__(
        self, ask_all: Callable[[Sequence[AskT]], Awaitable[Sequence[AnswerT]]], *, wait: float, most: int
    ) -> None:
        self._ask_all = ask_all
        self._wait = wait
        self._most = most
        self._waiting: list[tuple[AskT, asyncio.Future[AnswerT]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, ask: AskT) -> AnswerT:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[AnswerT] = loop.create_future()
        self._waiting.append((ask, answer))
        if len(self._waiting) >= self._most:
            self._send()
        elif self._timer is None:
            self._timer = loop.call_later(self._wait, self._send)
        return await answer

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._run(batch))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, batch: list[tuple[AskT, asyncio.Future[AnswerT]]]) -> None:
        try:
            answers = await self._ask_all([ask for ask, _ in batch])
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if not waiting.done():
                    waiting.set_result(answer)
        except Exception as error:  # noqa: BLE001 - handed on to everyone who waits
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
