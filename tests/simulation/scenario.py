"""One run: a phase in which everything may fail, then all faults off until everything is at rest, then the checks."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from connector_core.domain.step import StepState
from tests.simulation.ledgers import compare
from tests.simulation.options import Options, draw
from tests.simulation.people import People
from tests.simulation.trace import SHOWN
from tests.simulation.virtual_loop import Overworked
from tests.simulation.world import World

_HOUR = 3600.0
_AT_LEAST = 3 * _HOUR
_AT_MOST = 12 * 24 * _HOUR
"""Longer than any link lives, and than anybody waits before trying again."""
_STEP = 2 * _HOUR
_BROKER_AWAY = 300.0
"""The outbox tries everything again each second, which is dear to simulate."""


@dataclass(frozen=True, slots=True)
class Result:
    """`lines` is the end of the trace; `happened` counts the faults and habits that came true."""

    options: Options
    violations: tuple[str, ...]
    hash: str
    lines: tuple[str, ...]
    happened: Counter[str]
    virtual_seconds: float


def run(seed: int, shown: int = SHOWN) -> Result:
    options = draw(seed)
    with World(options, shown) as world:
        try:
            left = _played(world)
        except Overworked as error:
            left = (f"I17 somebody tries without end, {error}",)
        violations = tuple(dict.fromkeys([*world.watch.violations, *left, *compare(world)]))
        lines = tuple(world.trace.lines)
        return Result(options, violations, world.trace.hash, lines, world.dice.happened, world.loop.time())


def _played(world: World) -> tuple[str, ...]:
    """Both phases; for every other seed a person then presses every button of what is parked."""
    options = world.options
    People(world).trade()
    if options.outage_seconds:
        world.spawn(_outage(world))
    world.run_for(options.hours * _HOUR)
    calm(world)
    left = rests(world)
    if left or options.seed % 2 == 0:
        return left
    _retried(world)
    return rests(world)


def calm(world: World) -> None:
    """From now on everything works, clocks included, and at least one daemon lives."""
    world.trace.add("world", "is calm")
    world.dice.calm()
    world.outside.network.down.clear()
    for daemon in world.daemons:
        daemon.host.clock.error = timedelta()
        daemon.host.wake()


def rests(world: World) -> tuple[str, ...]:
    """Lets time pass until nothing is left to do; what is left is a violation (I21)."""
    world.run_for(_AT_LEAST)
    passed = _AT_LEAST
    while not world.quiet():
        if passed > _AT_MOST:
            left = [step for step in world.database.rows.steps.values() if step.state is not StepState.PARKED]
            waits = [f"{step.kind} {step.state} {step.attempts} {step.cause}" for step in left]
            return (f"I21 after {passed / _HOUR:.0f} hours without faults there is still work: {waits}",)
        world.run_for(_STEP)
        passed += _STEP
    return ()


async def _outage(world: World) -> None:
    """One peer is away for long."""
    dice, down = world.dice, world.outside.network.down
    peer = dice.rng.choice(("psp", "shop", "broker", *world.options.settings.channels))
    await asyncio.sleep(dice.between(0, world.options.hours * _HOUR / 2))
    world.trace.add("world", "outage of", peer)
    down.add(peer)
    await asyncio.sleep(min(world.options.outage_seconds, _BROKER_AWAY if peer == "broker" else _AT_MOST))
    down.discard(peer)


def _retried(world: World) -> None:
    """A person presses every button."""
    rows, now = world.database.rows, world.clock.now()
    for step in rows.steps.values():
        if step.state is StepState.PARKED:
            rows.steps[step.id] = replace(step, state=StepState.WAITING, due_at=now, attempts=0, cause="", cure="")
    world.database.touched()
