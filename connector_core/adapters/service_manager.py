"""What systemd is told: one datagram to `$NOTIFY_SOCKET` each (sd_notify(3)). Without that variable nothing is sent."""

import asyncio
import os
import socket
from collections.abc import Callable

from connector_core.ports.broker import Broker
from connector_core.ports.store import Store, StoreUnavailable

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"
_LOOK_EVERY = 0.2


def notify(state: str) -> None:
    """One of `READY`, `STOPPING` and `ALIVE`."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
        sender.sendall(state.encode())


async def announce_ready(store: Store, broker: Broker, announce: Callable[[str], None] = notify) -> None:
    """As soon as database, broker and topology are there (conventions, systemd); before that the unit is starting."""
    while not (broker.health().ready and await _takes_writes(store)):  # noqa: ASYNC110 - neither announces itself
        await asyncio.sleep(_LOOK_EVERY)
    announce(READY)


async def _takes_writes(store: Store) -> bool:
    try:
        await store.check()
    except StoreUnavailable:
        return False
    return True
