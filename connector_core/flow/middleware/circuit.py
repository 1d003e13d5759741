"""A peer that fails again and again is left alone for a growing time, tried by one order, and then taken up slowly.

The steps that wait for it are due again at the same moment, so the oldest order is the one that tries, and after an
outage the oldest go first (faults.md 25 and 29).
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    RetryLater,
)
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.middleware.attempt import Attempt
from connector_core.flow.middleware.pause import REFUSED_SECONDS, Pauses, PeerPaused, peer_of
from connector_core.flow.stage import NOTHING, Outcome

FAILURES = 5
"""So many failures in a row, of whatever orders, are no accident."""
FIRST_SECONDS, LONGEST_SECONDS = 1.0, 30.0
_ENOUGH = 64
"""With so many calls at one time a peer is taken as well again."""
_SOON_SECONDS = 0.5
"""Whoever gets no turn asks again so soon, then ever later, the longer the last call hangs."""


@dataclass(slots=True)
class _Circuit:
    """`seconds` is 0 as long as nothing is wrong; then no more than `window` calls are made at one time."""

    failures: int = 0
    seconds: float = 0.0
    window: int = 1
    calls: int = 0
    tried_at: float = 0.0


class Circuits:
    """One circuit for each peer and account; its pauses are those of `pauses`, which also tells of them once."""

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self._circuits: defaultdict[str, _Circuit] = defaultdict(_Circuit)

    @contextmanager
    def turn(self, peer: str) -> Iterator[None]:
        """A place among the calls to the peer, taken before the attempt is committed. Raises `PeerPaused`."""
        if left := self._pauses.left(peer):
            raise PeerPaused(peer, left)
        circuit = self._circuits[peer]
        if circuit.seconds and circuit.calls >= circuit.window:
            raise PeerPaused(peer, max(_SOON_SECONDS, self._pauses.clock.monotonic() - circuit.tried_at))
        circuit.calls += 1
        circuit.tried_at = self._pauses.clock.monotonic()
        try:
            yield
        finally:
            circuit.calls -= 1

    def failed(self, peer: str, error: ConnectorError) -> None:
        """Calls that were on their way when the peer was given up do not count."""
        circuit = self._circuits[peer]
        circuit.failures += 1
        if circuit.failures < FAILURES or self._pauses.left(peer):
            return
        self._open(peer, min(LONGEST_SECONDS, 2 * circuit.seconds or FIRST_SECONDS))
        self._pauses.pause(peer, circuit.seconds)
        self._pauses.alarm(peer, error)

    def refused(self, peer: str, seconds: float) -> None:
        """The peer is paused already; after that it is tried by one order as well."""
        self._open(peer, seconds)

    def worked(self, peer: str) -> None:
        circuit = self._circuits[peer]
        circuit.failures = 0
        if circuit.seconds:
            circuit.window *= 2
        if circuit.window > _ENOUGH:
            circuit.seconds, circuit.window = 0.0, 1

    def _open(self, peer: str, seconds: float) -> None:
        circuit = self._circuits[peer]
        circuit.seconds, circuit.window = seconds, 1


def broken(attempt: Attempt, circuits: Circuits) -> Attempt:
    """Tells the circuit of the step's peer how the attempt ended.

    A pause that somebody named is no failure: it is kept, and that is all. Nor is a stage that had nothing to do a
    success: it has called nobody.
    """

    async def told(state: OrderState, step: Step) -> Outcome:
        peer = peer_of(state, step)
        try:
            outcome = await attempt(state, step)
        except (ConfigurationError, AuthenticationError):
            circuits.refused(peer, REFUSED_SECONDS)
            raise
        except RateLimited:
            circuits.refused(peer, FIRST_SECONDS)
            raise
        except (OutcomeUnknown, RetryLater) as error:
            if getattr(error, "after", None) is None:
                circuits.failed(peer, error)
            raise
        except ConnectorError:
            circuits.worked(peer)
            raise
        if outcome is not NOTHING:
            circuits.worked(peer)
        return outcome

    return told
