"""What becomes of a step that failed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    MappingError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RetryLater,
)
from connector_core.domain.ids import OrderId, StepId
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.middleware.retry import LONGEST_PAUSE, MOST_ATTEMPTS, after_failure, pause_after

NOW = datetime(2026, 11, 24, tzinfo=UTC)
STEP = Step(StepId("s"), OrderId("o"), StepKind.CREATE_LINK, NOW, NOW, attempts=1)


@pytest.mark.fault(26)
def test_a_pause_that_the_peer_names_is_kept_exactly() -> None:
    kept = after_failure(STEP, RateLimited("slow down", after=timedelta(seconds=37)), NOW)
    assert (kept.state, kept.due_at) == (StepState.WAITING, NOW + timedelta(seconds=37))


def test_pauses_grow_and_end_at_an_hour() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=2)
    assert pauses[-1] == LONGEST_PAUSE


def test_an_unknown_outcome_is_a_state_of_its_own_and_stays_one() -> None:
    unknown = after_failure(STEP, OutcomeUnknown("cut off"), NOW)
    assert unknown.state is StepState.UNKNOWN
    assert after_failure(unknown, RetryLater("not yet"), NOW).state is StepState.UNKNOWN


@pytest.mark.fault(27, 55)
@pytest.mark.parametrize("error", [Rejected("no"), MappingError("no phone"), NotFound("gone"), ConnectorError("odd")])
def test_what_no_repeat_can_cure_is_parked_with_cause_and_cure(error: ConnectorError) -> None:
    error.cure, error.detail = "do this", "the peer's words"
    parked = after_failure(STEP, error, NOW)
    assert parked.state is StepState.PARKED
    assert parked.cause == f"{error.sentence} (the peer's words)"
    assert parked.cure == "do this"


@pytest.mark.fault(28)
@pytest.mark.parametrize("error", [ConfigurationError("wrong key"), AuthenticationError("refused")])
def test_a_wrong_key_parks_no_order(error: ConnectorError) -> None:
    kept = after_failure(replace(STEP, attempts=MOST_ATTEMPTS + 5), error, NOW)
    assert kept.state is StepState.WAITING
    assert NOW < kept.due_at < NOW + timedelta(minutes=2)


@pytest.mark.fault(7)
def test_retries_end_with_a_person() -> None:
    assert after_failure(replace(STEP, attempts=MOST_ATTEMPTS), RetryLater("still down"), NOW).state is StepState.PARKED
