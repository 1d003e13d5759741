"""What becomes of a step whose attempt failed: the kind of error decides (design.md 5)."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    OutcomeUnknown,
    RetryLater,
)
from connector_core.domain.step import Step, StepState
from connector_core.flow.middleware.pause import REFUSED_SECONDS, PeerPaused
from connector_core.flow.stage import parked_step

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 130
"""With an hour between the later ones: five days, as long as a peer's long weekend."""


def after_failure(step: Step, error: ConnectorError, now: datetime) -> Step:
    """The step as it is to be stored: due later, unknown, or parked for a person."""
    if isinstance(error, PeerPaused):
        # All at the same moment, so that the oldest comes first; the circuit holds the others back.
        return replace(step, state=_resting(step), due_at=now + (error.after or FIRST_PAUSE), cause=error.sentence)
    if isinstance(error, ConfigurationError | AuthenticationError):
        due = now + _jittered(timedelta(seconds=REFUSED_SECONDS))
        return replace(step, state=_resting(step), due_at=due, cause=error.sentence, cure=error.cure)
    if not isinstance(error, RetryLater | OutcomeUnknown) or step.attempts >= MOST_ATTEMPTS:
        return parked_step(step, error)
    after = error.after if isinstance(error, RetryLater) and error.after else _jittered(pause_after(step.attempts))
    state = StepState.UNKNOWN if isinstance(error, OutcomeUnknown) else _resting(step)
    return replace(step, state=state, due_at=now + after, cause=error.sentence, cure=error.cure)


def pause_after(attempts: int) -> timedelta:
    """2 s, 4 s, 8 s ... up to an hour."""
    doublings = min(max(attempts - 1, 0), 12)
    return min(LONGEST_PAUSE, FIRST_PAUSE * int(2**doublings))


def _jittered(pause: timedelta) -> timedelta:
    """Up to a quarter longer, so that what failed together does not come back together."""
    return pause * (1 + random.random() / 4)  # noqa: S311 - spreads load, guards nothing


def _resting(step: Step) -> StepState:
    """An unknown outcome stays unknown until somebody has looked."""
    return StepState.UNKNOWN if step.outcome_unknown else StepState.WAITING
