"""Calls between a host and a peer: what is on its way arrives, whether or not the caller lives to hear of it."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from connector_core.domain.errors import AuthenticationError, ConnectorError, OutcomeUnknown, RateLimited, RetryLater
from tests.simulation.chance import Dice
from tests.simulation.host import Host
from tests.simulation.trace import Trace

ResultT = TypeVar("ResultT")
Spawn = Callable[[Coroutine[Any, Any, Any]], Any]

FAULTS = ("refused", "lost_before", "lost_after", "hang_before", "hang_after", "limited", "unauthorised", "slow")
"""``psp.lost_after``: the PSP does it, and its answer is lost."""
_REFUSALS = ("refused", "limited", "unauthorised")
_DONE = ("", "slow", "lost_after", "hang_after")
_SILENT = 90.0
"""Longer than any time limit of the product."""


class Network:
    """`spawn` starts work that belongs to no host."""

    def __init__(self, dice: Dice, trace: Trace, spawn: Spawn) -> None:
        self._dice = dice
        self._trace = trace
        self._spawn = spawn
        self.down: set[str] = set()
        """Peers that refuse every connection at the moment."""

    async def call(
        self, host: Host, peer: str, operation: str, work: Callable[[], ResultT], *, effect: bool
    ) -> ResultT:
        """Runs `work` at the peer. Raises what `work` raises, and the errors of a real adapter for each fault."""
        await host.gate()
        answer: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        fault = self._fault(peer)
        self._spawn(self._travel(host, peer, operation, work, answer, fault, effect))
        result = await asyncio.shield(answer)
        await host.gate()
        return result

    def _fault(self, peer: str) -> str:
        if peer in self.down:
            return "refused"
        return next((fault for fault in FAULTS if self._dice.happens(f"{peer}.{fault}")), "")

    async def _travel(
        self,
        host: Host,
        peer: str,
        operation: str,
        work: Callable[[], ResultT],
        answer: "asyncio.Future[ResultT]",
        fault: str,
        effect: bool,
    ) -> None:
        await asyncio.sleep(self._dice.between(5, 50) if fault == "slow" else self._dice.between(0.005, 0.3))
        result, error = None, None
        if fault in _DONE:
            try:
                result = work()
            except ConnectorError as refusal:
                error = refusal
        self._trace.add(host.name, f"{peer}.{operation}", fault or "ok", error or result)
        await asyncio.sleep(_SILENT if fault.startswith("hang") else self._dice.between(0.005, 0.3))
        if answer.done():
            return
        if fault not in ("", "slow"):
            error = _error(fault, effect)
        if error is not None:
            answer.set_exception(error)
            answer.exception()  # a host that has died does not ask
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # None only where `work` gives None


def _error(fault: str, effect: bool) -> ConnectorError:
    if fault == "limited":
        return RateLimited("The peer asks for a pause.", after=timedelta(seconds=20))
    if fault == "unauthorised":
        return AuthenticationError("The peer refuses our credentials.", cure="Renew them.")
    if fault == "refused" or not effect:
        return RetryLater("The peer could not be reached.")
    return OutcomeUnknown("The connection broke before the answer came.")
