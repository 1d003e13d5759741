"""A peer that fails again and again is left alone, tried by one order, and taken up slowly."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from connector_core.domain.errors import AuthenticationError, OutcomeUnknown, RateLimited, Rejected, RetryLater
from connector_core.flow.middleware.circuit import FAILURES, LONGEST_SECONDS, Circuits, broken
from connector_core.flow.middleware.pause import REFUSED_SECONDS, Pauses, PeerPaused, paused
from connector_core.flow.stage import NOTHING, Outcome
from tests.unit.flow.test_pause import STATE, STEP, Peer, Time

PEER = "connections.woo"


class House:
    """One peer behind the policies, in the order in which the runner has them."""

    def __init__(self) -> None:
        self.time, self.peer = Time(), Peer()
        self.pauses = Pauses(self.time)
        self.circuits = Circuits(self.pauses)
        self._attempt = broken(paused(self.peer, self.pauses), self.circuits)

    async def order(self) -> Outcome:
        with self.circuits.turn(PEER):
            return await self._attempt(STATE, STEP)

    async def fails(self, times: int = FAILURES) -> None:
        self.peer.error = self.peer.error or RetryLater("it cannot be reached")
        for _ in range(times):
            with pytest.raises(type(self.peer.error)):
                await self.order()

    async def rests(self) -> float:
        with pytest.raises(PeerPaused) as rest:
            await self.order()
        assert rest.value.after is not None
        return rest.value.after.total_seconds()


@pytest.mark.parametrize("error", [RetryLater("unreachable"), OutcomeUnknown("HTTP 500")])
async def test_the_pause_grows_and_has_an_end(error: Exception) -> None:
    house = House()
    house.peer.error = error
    await house.fails()
    pauses = []
    for _ in range(8):
        pauses.append(await house.rests())
        house.time.seconds += pauses[-1]
        await house.fails(1)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, LONGEST_SECONDS]
    assert house.peer.calls == FAILURES + 8


async def test_a_few_failures_between_successes_change_nothing() -> None:
    house = House()
    for _ in range(4):
        await house.fails(FAILURES - 1)
        house.peer.error = None
        await house.order()
    assert house.pauses.alarms == {}


async def test_one_alarm_and_one_all_clear() -> None:
    house = House()
    with capture_logs() as logs:
        await house.fails()
        for _ in range(5):
            house.time.seconds += await house.rests()
            await house.fails(1)
        assert "cannot be reached" in house.pauses.alarms[PEER]
        house.time.seconds += LONGEST_SECONDS
        house.peer.error = None
        await house.order()
    assert [log["event"] for log in logs] == ["peer paused", "peer works again"]
    assert house.pauses.alarms == {}


@pytest.mark.fault(25, 29)
async def test_one_order_tries_and_the_others_follow_in_growing_numbers() -> None:
    house = House()
    await house.fails()
    house.time.seconds += await house.rests()
    house.peer.error = None
    for at_once in (1, 2, 4, 8, 16, 32, 64):
        with ExitStack() as calls:
            for _ in range(at_once):
                calls.enter_context(house.circuits.turn(PEER))
            with pytest.raises(PeerPaused):
                calls.enter_context(house.circuits.turn(PEER))
        await house.order()
    with ExitStack() as calls:
        for _ in range(500):
            calls.enter_context(house.circuits.turn(PEER))


async def test_a_trial_that_was_broken_off_gives_its_place_back() -> None:
    house = House()
    await house.fails()
    house.time.seconds += await house.rests()
    with pytest.raises(ZeroDivisionError), house.circuits.turn(PEER):
        raise ZeroDivisionError
    house.peer.error = None
    await house.order()


async def test_what_was_on_its_way_when_the_peer_was_given_up_does_not_lengthen_the_pause() -> None:
    house = House()
    await house.fails()
    for _ in range(100):
        house.circuits.failed(PEER, RetryLater("late"))
    assert await house.rests() == 1


@pytest.mark.fault(25)
async def test_other_peers_go_on() -> None:
    house = House()
    await house.fails()
    with house.circuits.turn("psp.main"):
        pass


@pytest.mark.parametrize("error", [Rejected("no"), RetryLater("not yet", after=timedelta(seconds=9))])
async def test_a_refusal_of_one_order_and_a_named_wait_are_no_failures(error: Exception) -> None:
    house = House()
    house.peer.error = error
    await house.fails(3 * FAILURES)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(AuthenticationError("key"), REFUSED_SECONDS), (RateLimited("slow", after=timedelta(seconds=7)), 7)],
    ids=["refused", "limited"],
)
async def test_after_a_refusal_and_a_rate_limit_one_order_tries_as_well(error: Exception, seconds: float) -> None:
    house = House()
    house.peer.error = error
    await house.fails(1)
    assert await house.rests() == seconds
    house.time.seconds += seconds
    with house.circuits.turn(PEER), pytest.raises(PeerPaused):
        house.circuits.turn(PEER).__enter__()


async def test_a_stage_with_nothing_to_do_proves_nothing() -> None:
    house = House()
    await house.fails(FAILURES - 1)

    async def idle(*_given: object) -> Outcome:
        return NOTHING

    await broken(paused(idle, house.pauses), house.circuits)(STATE, STEP)
    await house.fails(1)
    assert PEER in house.pauses.alarms
