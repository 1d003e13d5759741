"""`paylink run`: the daemon."""

import asyncio
import ctypes
import gc
import signal
import sys
from contextlib import suppress

from connector_core.adapters.cli.context import Config, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.observability.logs import configure_logs
from connector_core.adapters.store_sql import migrate_apart
from connector_core.app import Daemon
from connector_core.settings import Settings

HELP = say("Run the daemon until it is told to stop.", "Den Dienst ausführen, bis er beendet wird.")

_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""


def run(config: Config = None) -> None:
    with plain_errors():
        chosen = settings(config)
        configure_logs(chosen.log_format == "json", chosen.log_level.upper(), sys.stderr)
        _one_heap()
        migrate_apart(chosen.database)
        run_async(serve(chosen))


async def serve(chosen: Settings) -> None:
    """Until SIGTERM or SIGINT; then what is in hand comes to rest first."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    daemon = Daemon(chosen)
    await daemon.start()
    _collect_less()
    waiting = [asyncio.create_task(event.wait()) for event in (stop, daemon.failed)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await daemon.stop()
    if daemon.failed.is_set():
        raise SystemExit(1)


def _one_heap() -> None:
    """glibc gives each thread a heap of its own, and each grows for itself; ours hardly ever work at one time."""
    with suppress(OSError, AttributeError):  # another libc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _collect_less() -> None:
    """What is there after the start stays: the collector needs not look at it again and again, nor after every 700
    objects; an order makes many, and hardly one of them lies in a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()
