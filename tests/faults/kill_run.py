"""Two daemons on one PostgreSQL and one RabbitMQ, killed at random moments: ``python -m tests.faults.kill_run``."""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from connector_core.adapters.cli.demo import world_options
from connector_core.domain.state import OrderState
from connector_core.sandbox.world import Buyer, Finding, World, WorldOptions, audit
from connector_core.sandbox.world.daemon import DaemonProcess, free_port
from connector_core.sandbox.world.world import CONNECTION
from connector_core.settings import load_settings
from tests.faults.ledgers import Zeros, at_rest, count_zeros, note_zeros
from tests.faults.our_ledger import OurLedger, UnknownOutcomes
from tests.faults.service_manager import ServiceManager
from tests.services.postgres import PostgresNode
from tests.services.rabbitmq import RabbitNode

LATENCY = 0.05
PACE = 0.03
"""Seconds between orders, so that no second has more than a page of them: rows of such a second move while they are
paged by number, and a poll may miss some.
"""
PATIENT_PEERS = (1.0,) * 600
"""Peers repeat what was not taken, as the real ones do for days."""
_COUNTED = ("receipts",)
"""What the audit counts more strictly than the promise: a receipt whose sending broke off is not repeated (I19)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`seed` decides which daemon is killed, and when. `most_open` orders at most wait for their message at a time."""

    orders: int
    kills: int
    seed: int
    lease: str = "30s"
    link_trial: str = "4m"
    unknown_wait: str = "90s"
    most_open: int = 400
    settle_seconds: float = 600.0


class Result(NamedTuple):
    """`wrong` is everything that must not be; empty is good."""

    plan: Plan
    kills: int
    zeros: Zeros
    unknown: UnknownOutcomes
    wrong: Sequence[object]
    seconds: float


async def run_kills(folder: Path, broker: str, database: str, plan: Plan) -> Result:
    """Places the orders while both daemons are killed and started again, and waits until all ledgers are at rest."""
    begun = time.monotonic()
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(World(_options(folder, broker, database, plan)))
        second = _second_daemon(world, folder / "second")
        await second.start()
        managers = (ServiceManager(world.daemon), ServiceManager(second))
        for manager in managers:
            stack.push_async_callback(manager.end)
            manager.begin()
        ours = OurLedger(load_settings(world.config_file).database)
        stack.callback(ours.close)
        paying = asyncio.create_task(Buyer(world.phone, world.lyra, world.addresses.lyra).run())
        stack.push_async_callback(_cancel, paying)
        placed = await _place_and_kill(world, managers, plan)
        zeros, wrong = await _settled(world, ours, placed, plan)
        wrong += [f"a daemon ended by itself: {manager.ends}" for manager in managers if manager.faults]
        unknown = await asyncio.to_thread(ours.unknown_outcomes)
        kills = sum(manager.killed for manager in managers)
        return Result(plan, kills, zeros, unknown, wrong, time.monotonic() - begun)


async def _place_and_kill(world: World, managers: Sequence[ServiceManager], plan: Plan) -> list[str]:
    """The moments of the kills are numbers of orders placed, and a while after.

    WooCommerce disables a webhook that failed seven times in a row; somebody enables it again after each kill.
    """
    dice = random.Random(plan.seed)
    moments = sorted(dice.randrange(plan.orders) for _ in range(plan.kills))
    placed: list[str] = []
    for number in range(plan.orders):
        while len(placed) - _asked(world) > plan.most_open:
            await asyncio.sleep(0.05)
        placed.append(await asyncio.to_thread(world.shop.place_order))
        await asyncio.sleep(PACE)
        while moments and moments[0] <= number:
            moments.pop(0)
            await asyncio.sleep(dice.uniform(0, 0.5))
            await dice.choice(managers).kill()
            world.shop.set_webhook_url(f"{world.addresses.daemon}/webhooks/{CONNECTION}")
    return placed


def _asked(world: World) -> int:
    return sum(bool(message.button_url) for message in world.phone.ledger.messages.values())


async def _settled(world: World, ours: OurLedger, placed: Sequence[str], plan: Plan) -> tuple[Zeros, list[object]]:
    deadline = time.monotonic() + plan.settle_seconds
    while True:
        states = await asyncio.to_thread(ours.states)
        zeros = count_zeros(placed, states, world)
        findings = audit(placed, states, world.shop, world.lyra, world.phone)
        wrong = _wrong(zeros, findings, states)
        if not wrong or time.monotonic() > deadline:
            note_zeros(len(placed), zeros)
            return zeros, wrong
        await asyncio.sleep(1 + len(placed) / 1000)


def _wrong(zeros: Zeros, findings: Sequence[Finding], states: Sequence[OrderState]) -> list[object]:
    wrong: list[object] = [finding for finding in findings if not finding.agrees and finding.name not in _COUNTED]
    wrong += zeros.violated.items()
    return wrong if at_rest(states) else [*wrong, "work is left"]


def _second_daemon(world: World, folder: Path) -> DaemonProcess:
    """The same configuration, and so the same database, broker and accounts, on a port of its own."""
    folder.mkdir()
    port = free_port()
    text = world.config_file.read_text(encoding="utf-8")
    first = world.addresses.daemon.rpartition(":")[2]
    config = folder / world.config_file.name
    config.touch(mode=0o600)
    config.write_text(text.replace(f"port = {first}\n", f"port = {port}\n"), encoding="utf-8")
    return DaemonProcess(config, f"http://127.0.0.1:{port}")


def _options(folder: Path, broker: str, database: str, plan: Plan) -> WorldOptions:
    usual = world_options(folder, "woocommerce", broker, database, fixed_ports=False)
    timing = {
        "unknown_wait": plan.unknown_wait, "reconcile_every": "15s", "expiry_grace": "1s",
        "link_trial": plan.link_trial, "lease": plan.lease,
    }  # fmt: skip
    return replace(usual, timing=timing, latency=LATENCY, retry_seconds=PATIENT_PEERS, poll_every="2s")


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def report(result: Result) -> Table:
    table = Table("", "", title="Kills", show_header=False)
    rows: dict[str, object] = {"orders": result.plan.orders, "kills": result.kills, "seed": result.plan.seed}
    rows |= asdict(result.zeros)
    rows |= {f"unknown: {name}": count for name, count in asdict(result.unknown).items()}
    rows["seconds"] = f"{result.seconds:.0f}"
    for name, value in rows.items():
        table.add_row(name.replace("_", " "), str(value))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", action="store_true", help="keep the folder with the daemons' logs")
    asked = parser.parse_args()
    console, folder = Console(), Path(tempfile.mkdtemp(prefix="paylink-kills-"))
    console.print(f"{asked.orders} orders, {asked.kills} kills, seed {asked.seed}, logs in {folder}")
    with PostgresNode() as postgres, RabbitNode() as rabbit:
        plan = Plan(asked.orders, asked.kills, asked.seed)
        result = asyncio.run(run_kills(folder, rabbit.url, postgres.create_database("kills"), plan))
    console.print(report(result))
    for one in result.wrong:
        console.print("wrong:", one, style="red")
    if not asked.keep and not result.wrong:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(result.wrong))


if __name__ == "__main__":
    main()
