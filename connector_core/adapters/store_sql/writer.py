"""Group commit: one thread gathers what many orders want to store and commits once (design.md 8)."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from connector_core.adapters.store_sql.bulk import Leased, apply
from connector_core.adapters.store_sql.database import refusal, unavailable, will_never_do
from connector_core.crash_points import crash_point
from connector_core.ports.store import StoreUnavailable

ResultT = TypeVar("ResultT")
_MOST = 500


@dataclass(slots=True)
class _Job:
    """Either a batch, or anything else that writes."""

    work: Leased | Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Each job is stored wholly or not at all; one that cannot be stored harms no other of its group."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._open = False
        self.commits = 0

    def start(self) -> None:
        self._open = True
        self._thread.start()

    async def stop(self) -> None:
        """What was submitted before is stored."""
        if self._open:
            self._open = False
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)

    async def write(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Runs `work` in the next group's transaction; returns when that is committed. Raises what `work` raises."""
        result: ResultT = await self.submit(work)
        return result

    def submit(self, work: Leased | Callable[[Connection], Any]) -> "asyncio.Future[Any]":
        """What it comes to is known after the next commit; that goes on when the future is cancelled."""
        if not self._open:
            raise StoreUnavailable("the database is not open")
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future())
        self._jobs.put(job)
        return job.future

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job]
            stop = self._gather(group)
            self._store(group)
            _answer(group)
            if stop:
                return

    def _gather(self, group: list[_Job]) -> bool:
        while len(group) < _MOST:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return False
            if job is None:
                return True
            group.append(job)
        return False

    def _store(self, group: Sequence[_Job]) -> None:
        try:
            with unavailable(), self._engine.connect() as connection:
                self._transact(connection.execution_options(writes=True), group)
            self.commits += 1
        except StoreUnavailable as error:
            for job in group:
                job.error = StoreUnavailable(*error.args)
        except Exception as error:  # noqa: BLE001 - whatever it is, everyone who waits must hear of it
            for job in group:
                job.error = error

    def _transact(self, connection: Connection, group: Sequence[_Job]) -> None:
        try:
            with connection.begin():
                _apply(connection, group)
                crash_point("store.committing")
            crash_point("store.committed")
        except Exception as error:
            if not will_never_do(error):
                raise
            with connection.begin():
                _one_by_one(connection, group)


def _apply(connection: Connection, group: Sequence[_Job]) -> None:
    for job in group:
        job.error = None
        if not isinstance(job.work, Leased):
            job.result = job.work(connection)
    batches = [job for job in group if isinstance(job.work, Leased)]
    if not batches:
        return
    results = apply(connection, [job.work for job in batches if isinstance(job.work, Leased)])
    for job, result in zip(batches, results, strict=True):
        if isinstance(result, BaseException):
            job.error = result
        else:
            job.result = result


def _one_by_one(connection: Connection, group: Sequence[_Job]) -> None:
    """After a group that failed as a whole: each job behind a savepoint of its own."""
    for job in group:
        try:
            with connection.begin_nested():
                _apply(connection, [job])
        except Exception as error:
            if not will_never_do(error):
                raise
            job.error = refusal(error)


def _answer(group: Sequence[_Job]) -> None:
    """One wake-up for each loop, not one for each job."""
    for loop in {job.loop for job in group}:
        jobs = [job for job in group if job.loop is loop]
        try:
            loop.call_soon_threadsafe(_resolve, jobs)
        except RuntimeError:
            pass  # the loop has ended, and with it everyone who waited


def _resolve(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
