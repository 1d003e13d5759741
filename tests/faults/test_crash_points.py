"""The connector is killed at every durable step, twice, and no ledger of a peer differs (faults.md 12 to 14)."""

import asyncio
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from connector_core.adapters.cli.demo import world_options
from connector_core.adapters.store_sql import SqlStore
from connector_core.crash_points import VARIABLE
from connector_core.domain.step import StepKind
from connector_core.sandbox.world import World, WorldOptions, audit
from connector_core.settings import load_settings
from tests.faults.buyers import Lives
from tests.faults.ledgers import at_rest, count_zeros, note_zeros
from tests.faults.our_ledger import OurLedger
from tests.faults.source_points import Point, find_points
from tests.services.rabbitmq import RabbitNode

POINTS = find_points()
PASSAGES = {"store.committing": (5, 11, 18), "store.committed": (5, 11, 18)}
"""A point that everything passes is tried at several passages; all others kill at the first."""
BEFORE_READY = ("store.", "poll.")
"""Points that a daemon may reach before it is ready, and that mean more when orders wait for it."""
REACHED_IN = 60.0
SETTLED_IN = 90.0
TIMING = {"unknown_wait": "3s", "reconcile_every": "2s", "expiry_grace": "1s", "link_trial": "15s"}
OWN_TIMING: Mapping[str, Mapping[str, str]] = {
    StepKind.CREATE_LINK: {"link_trial": "6s"},
    StepKind.SEND_MESSAGE: {"unknown_wait": "8s"},
    StepKind.CLOSE_LINK: {"link_trial": "60s"},
}
"""A lost PayLink is waited out for its trial, which else must be longer than two restarts: one that is to be closed
must not have ended before. A message that was never sent is repeated once, and then a person is asked: its repeat must
come after the second kill, or it is killed as well.
"""
AGAIN = (0.5,) * 200
"""Peers repeat what was not taken, as the real ones do for days; the schedule of a test is faster."""


def test_every_point_has_a_name_of_its_own() -> None:
    """And the places that the promise names are among them."""
    assert [name for name, count in Counter(point.name for point in POINTS).items() if count > 1] == []
    expected = {
        "step.answered/create_link", "step.answered/send_message", "step.answered/send_receipt",
        "step.answered/write_back", "intake.order-stored", "door.payments", "door.statuses", "outbox.confirmed",
        "queue.acknowledging", "consumer.acknowledging", "poll.stored", "store.committing", "store.committed",
    }  # fmt: skip
    assert expected <= {point.name for point in POINTS}


ARMED = [(point, passage) for point in POINTS for passage in PASSAGES.get(point.name, (1,))]


@pytest.mark.fault(12, 13, 14)
@pytest.mark.parametrize(("point", "passage"), ARMED, ids=[f"{point.name}:{passage}" for point, passage in ARMED])
async def test_killed_there_and_there_again_while_it_recovers(
    point: Point, passage: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    crash = {VARIABLE: f"{point.name}:{passage}"}
    early = point.name.startswith(BEFORE_READY)
    options = replace(_options(point, tmp_path, _broker(point, request)), environment={} if early else crash)
    async with _play(options, _life(point)) as play:
        if early:
            await play.world.daemon.kill()
        play.place_orders(2)
        if early:
            await play.world.daemon.launch(**crash)
        await play.killed(point)
        await play.world.daemon.launch(**crash)
        play.place_orders(1)
        await play.killed(point)
        await play.world.daemon.start()
        await play.settled()


class _Play:
    """A world, its ledger as we keep it, and what becomes of the orders that are placed in it."""

    def __init__(self, world: World, ours: OurLedger, life: str, lives: Lives) -> None:
        self.world = world
        self._ours = ours
        self._life = life
        self._lives = lives
        self._placed: list[str] = []
        self._acts: list[asyncio.Task[None]] = []

    def place_orders(self, count: int) -> None:
        for _ in range(count):
            ref = self.world.shop.place_order()
            self._placed.append(ref)
            self._acts.append(asyncio.create_task(getattr(self._lives, self._life)(ref)))

    async def killed(self, point: Point) -> None:
        """Fails when the daemon never comes to the point, or ends in another way."""
        try:
            code = await asyncio.wait_for(self.world.daemon.ended(), REACHED_IN)
        except TimeoutError:
            pytest.fail(f"{point.name} was never reached")
        assert code == -signal.SIGKILL, self.world.daemon.log.read_text()[-2000:]

    async def settled(self) -> None:
        """Fails with what is wrong when the ledgers do not agree in time, or agree and say what must never be."""
        deadline = asyncio.get_running_loop().time() + SETTLED_IN
        while not (all(act.done() for act in self._acts) and self._wrong() == []):
            assert asyncio.get_running_loop().time() < deadline, self._wrong()
            await asyncio.sleep(0.2)
        for act in self._acts:
            act.result()
        note_zeros(len(self._placed), count_zeros(self._placed, self._ours.states(), self.world))

    def _wrong(self) -> list[object]:
        """Receipts, and the messages of an edited order, are only counted: they may be more or fewer than one each."""
        states = self._ours.states()
        zeros = count_zeros(self._placed, states, self.world)
        findings = audit(self._placed, states, self.world.shop, self.world.lyra, self.world.phone)
        counted = ("receipts", "messages") if self._life == Lives.edited_and_paid.__name__ else ("receipts",)
        wrong: list[object] = [one for one in findings if not one.agrees and one.name not in counted]
        wrong += zeros.violated.items()
        return wrong if at_rest(states) else [*wrong, "work is left", states]

    async def end(self) -> None:
        for act in self._acts:
            act.cancel()
        await asyncio.gather(*self._acts, return_exceptions=True)


@asynccontextmanager
async def _play(options: WorldOptions, life: str) -> AsyncIterator[_Play]:
    async with World(options) as world, aiohttp.ClientSession() as session:
        database = load_settings(world.config_file).database
        ours, reports = OurLedger(database), SqlStore(database, daemon=False)
        await reports.open()
        play = _Play(world, ours, life, Lives(world, session, reports))
        try:
            yield play
        finally:
            await play.end()
            await reports.close()
            ours.close()


def _life(point: Point) -> str:
    """The name of the life that brings an order to the call which the point surrounds."""
    if point.home == "flow/erase.py":
        return Lives.paid_and_erased.__name__
    match point.kind:
        case StepKind.UPDATE_LINK:
            return Lives.edited_and_paid.__name__
        case StepKind.REFUND:
            return Lives.paid_and_given_back.__name__
        case StepKind.CLOSE_LINK:
            return Lives.cancelled.__name__
        case StepKind.ERASE:
            return Lives.paid_and_erased.__name__
        case StepKind.PROLONG_LINK:
            return Lives.paid_after_its_trial.__name__
        case _:
            return Lives.paid_at_once.__name__


def _options(point: Point, folder: Path, broker: str) -> WorldOptions:
    usual = world_options(folder, "woocommerce", broker, "", fixed_ports=False)
    return replace(usual, timing={**TIMING, **OWN_TIMING.get(point.kind, {})}, poll_every="2s", retry_seconds=AGAIN)


def _broker(point: Point, request: pytest.FixtureRequest) -> str:
    """A virtual host of its own for a point in RabbitMQ's adapter, else the embedded queue."""
    if "rabbitmq" not in point.home:
        return ""
    node = request.getfixturevalue("rabbitmq")
    assert isinstance(node, RabbitNode)
    node.ctl("await_startup")  # it takes connections a little before it takes commands
    return node.add_vhost(f"crash-{secrets.token_hex(4)}")
