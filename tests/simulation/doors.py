"""How the peers' reports come to a daemon: lost, late, twice, in another order, and sent again when refused."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.simulation.chance import Dice
from tests.simulation.daemon import SimDaemon
from tests.simulation.network import Spawn
from tests.simulation.trace import Trace

Take = Callable[[SimDaemon], Awaitable[object]]
_ANSWERS_WITHIN = 30.0
_AGAIN = (5.0, 60.0, 600.0, 3600.0, 3600.0, 3600.0)


class Doors:
    """`living` are the daemons that can be reached now."""

    def __init__(self, dice: Dice, trace: Trace, spawn: Spawn, living: Callable[[], list[SimDaemon]]) -> None:
        self._dice = dice
        self._trace = trace
        self._spawn = spawn
        self._living = living
        self.underway = 0

    def bring(self, kind: str, what: str, take: Take) -> bool:
        """`kind` names the faults: ``notice.lost``. False when it will never come."""
        if self._dice.happens(f"{kind}.lost"):
            self._trace.add("world", f"{kind} lost", what)
            return False
        for _ in range(2 if self._dice.happens(f"{kind}.twice") else 1):
            self.underway += 1
            self._spawn(self._carry(kind, what, take))
        return True

    async def _carry(self, kind: str, what: str, take: Take) -> None:
        late = self._dice.happens(f"{kind}.late")
        await asyncio.sleep(self._dice.between(10, 3000) if late else self._dice.between(0.05, 2))
        for pause in _AGAIN:
            if await self._taken(take):
                self._trace.add("world", f"{kind} taken", what)
                break
            await asyncio.sleep(pause)
        self.underway -= 1

    async def _taken(self, take: Take) -> bool:
        """Whether a daemon has answered 2xx."""
        living = self._living()
        if not living:
            return False
        daemon = self._dice.rng.choice(living)
        work = daemon.host.spawn(_through(take, daemon))
        await asyncio.wait([work], timeout=_ANSWERS_WITHIN)
        return work.done() and not work.cancelled() and work.exception() is None


async def _through(take: Take, daemon: SimDaemon) -> None:
    await daemon.host.gate()
    await take(daemon)
