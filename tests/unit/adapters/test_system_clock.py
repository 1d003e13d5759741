"""A host's clock that is set while the daemon works."""

import pytest

from connector_core.adapters.system_clock import SteadyTime, SystemClock, steady_time


class Host:
    wall, elapsed = 1_000_000.0, 50.0

    def __init__(self) -> None:
        self.time = SteadyTime(lambda: self.wall, lambda: self.elapsed)

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.elapsed += seconds


@pytest.mark.fault(22)
@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_jump_is_followed_slowly_and_its_correction_as_well(jump: float) -> None:
    host = Host()
    host.wall += jump
    host.passes(20)
    assert host.time() == pytest.approx(1_000_020, abs=10.5)
    host.wall -= jump
    for _ in range(60):
        host.passes(1)
        host.time()
    assert host.time() == pytest.approx(host.wall)


@pytest.mark.fault(22)
@pytest.mark.parametrize("jump", [300.0, -300.0])
def test_a_new_time_is_followed_in_the_end_and_never_backwards(jump: float) -> None:
    host, before = Host(), 0.0
    host.wall += jump
    for _ in range(3100):
        host.passes(1)
        assert host.time() > before
        before = host.time()
    assert before == pytest.approx(host.wall)


def test_the_clock_of_the_flow_is_the_one_of_the_store() -> None:
    assert SystemClock().now().timestamp() == pytest.approx(steady_time(), abs=0.5)
