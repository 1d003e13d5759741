"""The loop that picks up what is due: retries, reconciliation, and what a crash left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec

import structlog

from connector_core.flow.alarm import Alarm
from connector_core.flow.pending import Pending
from connector_core.flow.steps import Runner
from connector_core.ports.store import LeaseLost, Store, StoreUnavailable

_MOST_AT_ONCE = 100
_LOOK_EVERY = 0.5

ArgumentsT = ParamSpec("ArgumentsT")

_log = structlog.get_logger(__name__)


async def run_due(store: Store, runner: Runner) -> None:
    """Until cancelled. Several daemons on one database share the work: each order is leased by one."""
    running: set[asyncio.Task[None]] = set()
    alarm = Alarm("database unavailable")
    try:
        while True:
            found = await _take(store, _MOST_AT_ONCE - len(running), alarm)
            for state in found:
                task = asyncio.create_task(guarded(runner.run, state, Pending()))
                running.add(task)
                task.add_done_callback(running.discard)
            if not found or len(running) >= _MOST_AT_ONCE:
                await asyncio.sleep(_LOOK_EVERY)
    finally:
        await asyncio.gather(*running, return_exceptions=True)


async def keep_leases(store: Store, every: float) -> None:
    """Prolongs the leases of the orders in hand, until cancelled."""
    alarm = Alarm("leases not prolonged")
    while True:
        await asyncio.sleep(every)
        try:
            await store.keep_leases()
        except StoreUnavailable as error:
            alarm.rise(str(error))
        else:
            alarm.clear()


async def guarded(run: Callable[ArgumentsT, Awaitable[None]], *of: ArgumentsT.args, **more: ArgumentsT.kwargs) -> None:
    """A run that may be lost to another daemon or to a database that is away, of which `run_due` tells: its steps are
    found again."""
    try:
        await run(*of, **more)
    except LeaseLost:
        _log.info("order taken over by another daemon")
    except StoreUnavailable as error:
        _log.debug("run ended without the database", cause=str(error))


async def _take(store: Store, limit: int, alarm: Alarm) -> list[Any]:
    if limit <= 0:
        return []
    try:
        found = list(await store.take_due(limit))
    except StoreUnavailable as error:
        alarm.rise(str(error))
        return []
    alarm.clear()
    return found
