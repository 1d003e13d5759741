"""The wait for news of what broke off: by a clock of its own, and forgotten in the end."""

from datetime import datetime, timedelta

import pytest

from connector_core.flow.patience import Patience
from tests.unit.flow.ledger import Clock

_WAIT = timedelta(minutes=10)


class Running(Clock):
    """A clock whose time of day jumps at will."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.day = datetime(2026, 1, 1)  # noqa: DTZ001 - never looked at

    def now(self) -> datetime:
        return self.day

    def monotonic(self) -> float:
        return self.passed


def test_the_wait_begins_when_it_is_first_asked_for() -> None:
    clock, patience = Running(), Patience()
    clock.passed = 5000.0
    assert patience.left("m1", _WAIT, clock) == _WAIT
    clock.passed += 240
    assert patience.left("m1", _WAIT, clock) == timedelta(minutes=6)
    assert patience.left("m2", _WAIT, clock) == _WAIT
    clock.passed += 600
    assert patience.left("m1", _WAIT, clock) < timedelta()


def test_the_time_of_day_may_jump() -> None:
    clock, patience = Running(), Patience()
    patience.left("m1", _WAIT, clock)
    clock.day += timedelta(hours=1)
    assert patience.left("m1", _WAIT, clock) == _WAIT


@pytest.mark.parametrize("wait", [_WAIT, timedelta(days=2)], ids=["short", "long"])
def test_a_wait_that_is_over_does_not_begin_anew(wait: timedelta) -> None:
    clock, patience = Running(), Patience()
    patience.left("m1", wait, clock)
    clock.passed += 1.5 * wait.total_seconds()
    for _ in range(2):
        patience.left("another", wait, clock)
        assert patience.left("m1", wait, clock) < timedelta()
    clock.passed += timedelta(hours=20).total_seconds()
    patience.left("a third", wait, clock)
    assert patience.left("m1", wait, clock) < timedelta()


def test_what_nobody_asked_for_within_a_day_is_forgotten() -> None:
    clock, patience = Running(), Patience()
    for number in range(5):
        patience.left(f"m{number}", _WAIT, clock)
    clock.passed += 90_000
    patience.left("last", _WAIT, clock)
    assert patience._since == {"last": 90_000.0}


@pytest.mark.parametrize(
    ("wait", "until"), [(_WAIT, timedelta(days=1)), (timedelta(days=2), timedelta(days=4))], ids=["short", "long"]
)
def test_a_wait_begins_anew_a_day_or_twice_its_length_after_it_began(wait: timedelta, until: timedelta) -> None:
    clock, patience = Running(), Patience()
    patience.left("m1", wait, clock)
    clock.passed = until.total_seconds()
    patience.left("m2", wait, clock)
    assert patience.left("m1", wait, clock) == wait - until
    clock.passed += 1
    patience.left("m2", wait, clock)
    assert patience.left("m1", wait, clock) == wait
