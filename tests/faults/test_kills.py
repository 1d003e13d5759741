"""The connector is killed at moments that nobody chose, or stays away for long: every ledger still agrees."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from connector_core.adapters.cli.demo import world_options
from connector_core.crash_points import VARIABLE
from connector_core.sandbox.world import World
from connector_core.settings import load_settings
from tests.faults.buyers import Lives
from tests.faults.kill_run import PATIENT_PEERS, Plan, run_kills
from tests.faults.ledgers import at_rest
from tests.faults.our_ledger import OurLedger
from tests.services.rabbitmq import RabbitNode

SEED = 20261125
WAITED_FOR = 5


@pytest.mark.fault(12, 13, 14, 15)
async def test_two_daemons_are_killed_at_random_moments(
    tmp_path: Path, rabbitmq_own: RabbitNode, postgres_url: str
) -> None:
    """The small sister of `make kills`."""
    plan = Plan(orders=150, kills=6, seed=SEED, lease="3s", link_trial="30s", unknown_wait="8s", settle_seconds=150)
    result = await run_kills(tmp_path, rabbitmq_own.url, postgres_url, plan)
    assert list(result.wrong) == []
    assert result.zeros.violated == {}
    assert result.kills == plan.kills


@pytest.mark.fault(14, 46)
async def test_a_message_whose_report_came_while_we_were_away_is_not_repeated(tmp_path: Path) -> None:
    """Sent, killed before that was stored, and away for longer than a message is waited for: its report comes again
    once we are back, so the waiting begins with our return.
    """
    usual = world_options(tmp_path, "woocommerce", "", "", fixed_ports=False)
    options = replace(
        usual,
        timing={"unknown_wait": f"{WAITED_FOR}s", "reconcile_every": "2s", "link_trial": "60s"},
        retry_seconds=PATIENT_PEERS,
        environment={VARIABLE: "step.answered/send_message"},
    )
    async with World(options) as world, aiohttp.ClientSession() as session:
        ours = OurLedger(load_settings(world.config_file).database)
        ref = world.shop.place_order()
        assert await asyncio.wait_for(world.daemon.ended(), 60) == -signal.SIGKILL
        await asyncio.sleep(WAITED_FOR + 1)
        await world.daemon.start()
        await until(lambda: at_rest(ours.states()))
        asked = [message.button_url for message in world.phone.ledger.messages.values()]
        assert len(asked) == 1
        await Lives(world, session).paid_at_once(ref)
        await until(lambda: bool(world.shop.paid_orders().get(ref)))
        assert ours.unknown_outcomes().messages_reported == 1
        ours.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.1)
