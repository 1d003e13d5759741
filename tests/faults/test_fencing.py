"""A daemon that sleeps or is told to go: its place is taken, its late writes are refused, and nothing is done twice."""

import asyncio
import os
import re
import signal
import time
from pathlib import Path

import pytest

from connector_core.sandbox.world.daemon import DaemonProcess, free_port
from tests.faults.wired_world import CALM, WiredWorld, until, wired_world
from tests.services.fault_proxy import DOWN, UP, BlackHole
from tests.services.rabbitmq import RabbitNode

LEASE_SECONDS = 30.0
STOP_SECONDS = 20.0
_TIMING = {**CALM, "link_trial": "20s"}
"""A link that may have been made unseen has ended when its order is taken over."""


async def second_daemon(world: WiredWorld) -> DaemonProcess:
    """Another daemon with the same configuration on a port of its own."""
    port = free_port()
    folder = world.config_file.parent / "second"
    folder.mkdir()
    config = folder / "paylink.toml"
    config.touch(mode=0o600)
    config.write_text(re.sub(r"(?m)^port = \d+$", f"port = {port}", world.config_file.read_text()))
    daemon = DaemonProcess(config, f"http://127.0.0.1:{port}")
    await daemon.start()
    return daemon


@pytest.mark.fault(15, 16)
async def test_a_daemon_that_slept_longer_than_its_leases(
    tmp_path: Path, rabbitmq_own: RabbitNode, postgres_url: str
) -> None:
    """It is stopped in the middle of calls to the PSP; the other one takes its orders over; then it wakes up."""
    async with wired_world(tmp_path, broker=rabbitmq_own.url, database=postgres_url, timing=_TIMING) as world:
        sleeper = world.daemon_pid
        world.lines["lyra"].poison(BlackHole(), DOWN)
        await world.place(6)
        await until(lambda: world.lines["lyra"].passed[UP] > 0)
        os.kill(sleeper, signal.SIGSTOP)
        try:
            second = await second_daemon(world)
            for door in ("ipn", "statuses", "webhooks"):
                world.lines[door].to_port = int(second.url.rpartition(":")[2])
                await world.lines[door].cut()
            world.lines["lyra"].heal()
            await world.place(4)
            await asyncio.sleep(LEASE_SECONDS + 5)
            await world.agree()
        finally:
            os.kill(sleeper, signal.SIGCONT)
        await until(lambda: len(world.logged("LeaseLost")) >= 6, 30)
        await world.place(4)
        await world.agree()
        assert not world.logged("[critical")
        await second.stop()


@pytest.mark.fault(16)
async def test_a_daemon_that_is_told_to_go_is_gone_in_twenty_seconds(tmp_path: Path) -> None:
    """Calls that hang are given up, and the next daemon goes on where it stood."""
    async with wired_world(tmp_path, timing=CALM) as world:
        world.lines["phone"].poison(BlackHole())
        await world.place(5)
        await until(lambda: world.lines["phone"].open_connections >= 5)
        began = time.monotonic()
        os.kill(world.daemon_pid, signal.SIGTERM)
        assert await world.daemon.ended() == 0
        assert time.monotonic() - began <= STOP_SECONDS
        await world.lines["phone"].cut(reset=True)
        world.lines["phone"].heal()
        await world.daemon.start()
        await world.place(2)
        await world.agree()
