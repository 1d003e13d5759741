"""Runs the demo world with a simulated buyer and compares all ledgers, while something is done to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from connector_core.adapters.cli.demo import compare, world_options
from connector_core.adapters.store_sql import SqlStore
from connector_core.sandbox.world import Buyer, Finding, World
from connector_core.settings import load_settings
from tests.faults.figures import note_findings

Disturb = Callable[[World], Awaitable[None]]

PACE = 0.03
SETTLE_SECONDS = 150.0


async def calm(_world: World) -> None:
    """Nothing is done to it."""


async def run_world(
    folder: Path,
    orders: int,
    *,
    broker: str = "",
    database: str = "",
    disturb: Disturb = calm,
    receipts_lost: bool = False,
    plugin: str = "woocommerce",
) -> Sequence[Finding]:
    """`disturb` begins when a quarter of the orders is placed. The findings once all agree, or when time is up.

    With `receipts_lost` receipts may be missing, never twice: one whose sending broke off is not repeated (I19).
    """
    options = world_options(folder, plugin, broker, database, fixed_ports=False)
    async with World(options) as world:
        reports = SqlStore(load_settings(world.config_file).database, daemon=False)
        await reports.open()
        paying = asyncio.create_task(Buyer(world.phone, world.lyra, world.addresses.lyra).run())
        try:
            placed: list[str] = []
            disturbing: Awaitable[None] | None = None
            for number in range(orders):
                placed.append(await asyncio.to_thread(world.shop.place_order))
                if number == orders // 4:
                    disturbing = asyncio.ensure_future(disturb(world))
                await asyncio.sleep(PACE)
            if disturbing is not None:
                await disturbing
            return await _settled(world, reports, placed, receipts_lost)
        finally:
            paying.cancel()
            with suppress(asyncio.CancelledError):
                await paying
            await reports.close()


async def _settled(
    world: World, reports: SqlStore, placed: Sequence[str], receipts_lost: bool
) -> Sequence[Finding]:  # fmt: skip
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while True:
        findings = await compare(world, reports, placed)
        if receipts_lost:
            findings = [f for f in findings if f.name != "receipts" or f.wrong or f.theirs > f.ours]
        if all(finding.agrees for finding in findings) or asyncio.get_running_loop().time() > deadline:
            return findings
        await asyncio.sleep(0.5)


def assert_agree(findings: Sequence[Finding], orders: int, *, killed: bool = False) -> None:
    """All ledgers agree, on as many orders as were placed and on payments of most of them.

    Where the daemon was killed, a PayLink or a message whose answer it did not live to hear may have come to nothing:
    there is one more of them then, which the comparing of the ledgers has judged.
    """
    note_findings(findings)
    differing = [finding for finding in findings if not finding.agrees]
    assert not differing, differing
    counts = {finding.name: finding.ours for finding in findings}
    assert counts["orders"] == orders
    for what in ("paylinks", "messages"):
        assert counts[what] == orders or (killed and counts[what] > orders)
    assert counts["captures"] == counts["shop payments"] == counts.get("receipts", counts["captures"]) >= orders * 0.7
