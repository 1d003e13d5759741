"""RabbitMQ goes and comes back in the middle of 200 orders: no number changes (faults.md 1 and 2)."""

import asyncio
from pathlib import Path

import pytest

from connector_core.sandbox.world import World
from tests.acceptance.world_run import assert_agree, run_world
from tests.services.rabbitmq import RabbitNode

ORDERS = 200
SETTLED = 4.0
"""Seconds for a queue of RabbitMQ 3.10 to be more than fresh: killed just after its making, it never answers again."""


@pytest.mark.fault(1, 2)
async def test_stop_app_and_start_app_in_the_middle(tmp_path: Path, rabbitmq_own: RabbitNode) -> None:
    async def disturb(_world: World) -> None:
        await asyncio.to_thread(rabbitmq_own.stop_app)
        await asyncio.sleep(1)
        await asyncio.to_thread(rabbitmq_own.start_app)

    assert_agree(await run_world(tmp_path, ORDERS, broker=rabbitmq_own.url, disturb=disturb), ORDERS)


@pytest.mark.fault(1)
async def test_kill_9_and_restart_in_the_middle(tmp_path: Path, rabbitmq_own: RabbitNode) -> None:
    async def disturb(_world: World) -> None:
        await asyncio.sleep(SETTLED)
        await asyncio.to_thread(rabbitmq_own.kill9)
        await asyncio.sleep(1)
        await asyncio.to_thread(rabbitmq_own.start)

    assert_agree(await run_world(tmp_path, ORDERS, broker=rabbitmq_own.url, disturb=disturb), ORDERS)


@pytest.mark.fault(12)
async def test_kill_9_of_the_daemon_in_the_middle(tmp_path: Path) -> None:
    """Not the broker but the connector itself loses power: it resumes where each order stood (faults.md 12)."""

    async def disturb(world: World) -> None:
        await world.daemon.kill()
        await world.daemon.start()

    assert_agree(await run_world(tmp_path, ORDERS, disturb=disturb, receipts_lost=True), ORDERS, killed=True)
