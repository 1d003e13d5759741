"""A peer that refuses our credentials, or asks for a pause, is left alone for a while by all orders together."""

from collections.abc import Iterable
from datetime import timedelta

import structlog

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RateLimited,
    RetryLater,
)
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.middleware.attempt import Attempt
from connector_core.flow.stage import NOTHING, Outcome
from connector_core.ports.clock import Clock

REFUSED_SECONDS = 30.0
"""A peer that refused our credentials is tried again by one order after this time (faults.md 28)."""
HELD_SECONDS = 30.0
"""What waits for a peer that a person has paused looks again after this time."""
NO_PEER = "ledger"
"""The step needs nobody but ourselves."""

_log = structlog.get_logger(__name__)


class Pauses:
    """Which peers are paused, until when, and why; a peer is alarmed about once until it works again."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._until: dict[str, float] = {}
        self._held: frozenset[str] = frozenset()
        self._alarmed: dict[str, str] = {}

    def left(self, peer: str) -> float:
        """Seconds until the peer may be called again; 0 when it may be called now."""
        if peer in self._held:
            return HELD_SECONDS
        return max(0.0, self._until.get(peer, 0.0) - self.clock.monotonic())

    def hold(self, peers: Iterable[str]) -> None:
        """A person has paused these, and no others: nothing that works or fails ends that."""
        self._held = frozenset(peers)

    def is_held(self, peer: str) -> bool:
        return peer in self._held

    def pause(self, peer: str, seconds: float) -> None:
        self._until[peer] = self.clock.monotonic() + seconds

    def alarm(self, peer: str, error: ConnectorError) -> None:
        if peer not in self._alarmed:
            _log.error("peer paused", peer=peer, cause=error.sentence, cure=error.cure)
        self._alarmed[peer] = str(error)

    def worked(self, peer: str) -> None:
        self._until.pop(peer, None)
        if self._alarmed.pop(peer, None):
            _log.info("peer works again", peer=peer)

    @property
    def alarms(self) -> dict[str, str]:
        """What is wrong, by peer; empty when nothing is."""
        return dict(self._alarmed)


def paused(attempt: Attempt, pauses: Pauses) -> Attempt:
    """While a step's peer is paused the step waits without a call."""

    async def unless_paused(state: OrderState, step: Step) -> Outcome:
        peer = peer_of(state, step)
        if left := pauses.left(peer):
            raise PeerPaused(peer, left)
        own = f"connections.{state.order.connection}"
        if step.kind is StepKind.MAP_ORDER and pauses.is_held(own):  # also of an event that brings its record along
            raise PeerPaused(own, HELD_SECONDS)
        try:
            outcome = await attempt(state, step)
        except (ConfigurationError, AuthenticationError) as refusal:
            pauses.pause(peer, REFUSED_SECONDS)
            pauses.alarm(peer, refusal)
            raise
        except RateLimited as limited:
            pauses.pause(peer, limited.after.total_seconds() if limited.after else 1.0)
            raise
        if outcome is not NOTHING:  # else nobody was called
            pauses.worked(peer)
        return outcome

    return unless_paused


class PeerPaused(RetryLater):
    """The step's peer is paused; nothing was called."""

    def __init__(self, peer: str, seconds: float) -> None:
        super().__init__(f"{peer} is paused at the moment.", after=timedelta(seconds=seconds))


def peer_of(state: OrderState, step: Step) -> str:
    """The block of the configuration that the step talks to, such as ``psp.main``."""
    match step.kind:
        case StepKind.MAP_ORDER if step.payload.get("record") is not None:
            return NO_PEER
        case StepKind.MAP_ORDER | StepKind.WRITE_BACK:
            return f"connections.{state.order.connection}"
        case StepKind.SEND_MESSAGE | StepKind.SEND_RECEIPT:
            channel = next((m.channel for m in state.messages if m.id == step.payload.get("message_id")), "")
            return f"channels.{channel}"
        case (
            StepKind.CREATE_LINK
            | StepKind.UPDATE_LINK
            | StepKind.PROLONG_LINK
            | StepKind.CLOSE_LINK
            | StepKind.RECONCILE
        ):
            account = next((x.account for x in state.links if x.id == step.payload.get("link_id")), "")
            return f"psp.{account}"
        case StepKind.REFUND:
            account = next((p.account for p in state.payments if p.id == step.payload.get("payment_id")), "")
            return f"psp.{account}"
        case StepKind.TRACK_PAYMENT | StepKind.TRACK_MESSAGE | StepKind.CANCEL | StepKind.NOTIFY | StepKind.REMIND:
            return NO_PEER
        case StepKind.SETTLE | StepKind.ERASE:
            return NO_PEER
