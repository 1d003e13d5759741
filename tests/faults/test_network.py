"""Each line between two processes is slow, in pieces, silent, cut or down while orders walk; then all ledgers agree."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.wired_world import SHORT_TRIAL, TIMING, WiredWorld, wired_world
from tests.services.fault_proxy import DOWN, UP, BlackHole, Direction, Latency, LimitData, ResetPeer, Slicer, Toxic
from tests.services.rabbitmq import RabbitNode

POISONS: dict[str, tuple[Toxic, tuple[Direction, ...]]] = {
    "slow": (Latency(0.15, jitter=0.1), (UP, DOWN)),
    "in pieces": (Slicer(size=100, pause=0.002), (UP, DOWN)),
    "silent": (BlackHole(), (UP, DOWN)),
    "no answer": (LimitData(0), (DOWN,)),
    "reset": (ResetPeer(), (UP,)),
}
ORDERS = 3
SECONDS = 1.0


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("lyra", marks=pytest.mark.fault(24, 31)),
        pytest.param("ipn", marks=pytest.mark.fault(36)),
        pytest.param("phone", marks=pytest.mark.fault(46)),
        pytest.param("statuses", marks=pytest.mark.fault(46, 50)),
        pytest.param("shop", marks=pytest.mark.fault(54, 56)),
        pytest.param("webhooks", marks=pytest.mark.fault(61)),
    ],
)
async def test_a_peer_behind_a_bad_line(name: str, tmp_path: Path) -> None:
    timing = SHORT_TRIAL if name == "lyra" else TIMING
    async with wired_world(tmp_path, timing=timing) as world:
        await hurt(world, name)
        await world.agree(receipts_lost=name == "phone")


@pytest.mark.fault(3, 4)
async def test_rabbitmq_behind_a_bad_line(tmp_path: Path, rabbitmq_own: RabbitNode) -> None:
    async with wired_world(tmp_path, broker=f"{rabbitmq_own.url}?heartbeat=2") as world:
        await hurt(world, "broker")
        await world.agree()


@pytest.mark.fault(18)
async def test_postgresql_behind_a_bad_line(tmp_path: Path, postgres_url: str) -> None:
    async with wired_world(tmp_path, database=postgres_url) as world:
        await hurt(world, "database")
        await world.agree()


async def hurt(world: WiredWorld, name: str) -> None:
    """One fault after the other on this line, each while orders are placed and paid; the last is its end."""
    line = world.lines[name]
    for poison, directions in POISONS.values():
        line.poison(poison, *directions)
        await world.place(ORDERS)
        await asyncio.sleep(SECONDS)
        line.heal()
        await asyncio.sleep(0.2)
    assert all(line.passed.values()), "nobody came this way: the test proves nothing"
    await world.place(ORDERS)
    await line.cut(reset=True)
    await line.down()
    await world.place(ORDERS)
    await asyncio.sleep(SECONDS)
    await line.start()
