"""Wrong attempts of one network address: so many, then a wait, and no memory without end."""

import pytest

from connector_core.adapters.web.office import attempts
from connector_core.adapters.web.office.attempts import MOST, Attempts
from connector_core.domain.errors import InvalidInput
from tests.unit.flow.ledger import Clock


class Ticking(Clock):
    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def closed(door: Attempts, address: str) -> bool:
    try:
        door.check(address)
    except InvalidInput as refusal:
        return refusal.status == 429
    return False


def test_it_closes_after_so_many_and_opens_again_by_and_by() -> None:
    clock = Ticking()
    door = Attempts(clock)
    for _ in range(int(MOST)):
        assert not closed(door, "a")
        door.wrong("a")
    assert closed(door, "a")
    assert not closed(door, "b")
    clock.seconds = 19.9
    assert closed(door, "a")
    clock.seconds = 20.1
    assert not closed(door, "a")
    door.wrong("a")
    assert closed(door, "a")
    clock.seconds = 1e6
    for _ in range(int(MOST)):
        assert not closed(door, "a")
        door.wrong("a")
    assert closed(door, "a")


def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_ADDRESSES", 2)
    door = Attempts(Ticking())
    for address in ("a", "b", "a", "c"):
        door.wrong(address)
    assert list(door._left) == ["a", "c"]
