"""Keeps one connection and the work on it alive: connect, declare the topology, begin the work, and start again."""

import asyncio
from collections.abc import Awaitable, Callable

import pika
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from connector_core.adapters.rabbitmq.topology import Topology, declare
from connector_core.adapters.rabbitmq.wire import Connection, Lane
from connector_core.adapters.rabbitmq.words import explain, is_mismatch

LONGEST_WAIT = 10.0
MISMATCH_WAIT = 15.0
SHORT_LIFE = 5.0

Begin = Callable[[Connection], Awaitable[Lane]]
"""Begins the work on a fresh connection whose topology stands; the lane's end is the end of the connection."""

_log = structlog.get_logger(__name__)
_wait = wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT)


class Supervisor:
    """`up` says whether the work has begun; `trouble` why not, in plain words."""

    def __init__(self, role: str, to: pika.URLParameters, names: Topology, begin: Begin) -> None:
        self.up = False
        self.connecting = False
        self.trouble = ""
        self.connection: Connection | None = None
        self._role = role
        self._to = to
        self._names = names
        self._begin = begin
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    @property
    def where(self) -> str:
        return f"{self._to.host}:{self._to.port}"

    def start(self) -> None:
        if self._task is None:
            self.connecting = True
            self._task = asyncio.create_task(self._run(), name=f"rabbitmq-{self._role}")

    async def stop(self) -> None:
        """Says goodbye to the broker."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._leave()
        self.connecting = False

    async def wait_up(self, seconds: float) -> bool:
        """Waits for a connection that is being made right now, and no longer."""
        if self.connecting and not self.up:
            try:
                async with asyncio.timeout(seconds), self._changed:
                    await self._changed.wait_for(lambda: self.up or not self.connecting)
            except TimeoutError:
                pass
        return self.up

    async def declare_again(self) -> None:
        """Puts back what somebody has deleted. Raises as `declare` does."""
        if self.connection is not None:
            await declare(self.connection, self._names)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            lane: Lane = await AsyncRetrying(
                wait=self._pause, before_sleep=self._report, retry=retry_if_exception_type(Exception)
            )(self._connect)
            began = loop.time()
            await self._note(up=True, connecting=False)
            _log.info("rabbitmq_connected", role=self._role, broker=self.where)
            reason = await lane.closed
            await self._leave()
            self.trouble = explain(reason, self.where, self._names)
            await self._note(up=False, connecting=True)
            _log.warning("rabbitmq_lost", role=self._role, trouble=self.trouble)
            await asyncio.sleep(1.0 if loop.time() - began < SHORT_LIFE else 0.05)

    async def _connect(self) -> Lane:
        await self._note(up=False, connecting=True)
        self.connection = await Connection.open(self._to)
        try:
            await declare(self.connection, self._names)
            return await self._begin(self.connection)
        except BaseException:
            await self._leave()
            raise

    async def _leave(self) -> None:
        self.up = False
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()

    async def _note(self, *, up: bool, connecting: bool) -> None:
        self.up, self.connecting = up, connecting
        if up:
            self.trouble = ""
        async with self._changed:
            self._changed.notify_all()

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if error is not None and is_mismatch(error):
            return MISMATCH_WAIT
        return _wait(state)

    async def _report(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        before = self.trouble
        self.trouble = explain(error or TimeoutError(), self.where, self._names)
        await self._note(up=False, connecting=False)
        if self.trouble != before:
            _log.warning("rabbitmq_unavailable", role=self._role, trouble=self.trouble)
