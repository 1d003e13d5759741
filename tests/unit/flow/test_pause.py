"""A peer that refuses us is left alone by all orders, with one alarm."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from connector_core.domain.errors import AuthenticationError, RateLimited
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef, ShopId, StepId
from connector_core.domain.order import Order
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.middleware.pause import HELD_SECONDS, REFUSED_SECONDS, Pauses, PeerPaused, paused, peer_of
from connector_core.flow.stage import Outcome

NOW = datetime(2026, 11, 24, tzinfo=UTC)
STATE = OrderState(Order(OrderId("o"), ConnectionId("woo"), OrderRef("1"), ShopId("main"), "1", NOW))
STEP = Step(StepId("s"), OrderId("o"), StepKind.WRITE_BACK, NOW, NOW)


class Time:
    seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Peer:
    """Counts its calls and raises what it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None

    async def __call__(self, _state: OrderState, _step: Step) -> Outcome:
        self.calls += 1
        if self.error:
            raise self.error
        return Outcome(done=[STEP.id])


@pytest.mark.fault(28, 51)
async def test_one_refusal_pauses_all_and_alarms_once() -> None:
    time, peer = Time(), Peer()
    pauses = Pauses(time)
    attempt = paused(peer, pauses)
    peer.error = AuthenticationError("the key was refused", cure="enter the new one")
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                await attempt(STATE, STEP)
            with pytest.raises(PeerPaused):
                await attempt(STATE, STEP)
            time.seconds += REFUSED_SECONDS + 1
    assert peer.calls == 3
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["peer paused"]
    assert "the key was refused" in pauses.alarms["connections.woo"]

    peer.error = None
    await attempt(STATE, STEP)
    assert pauses.alarms == {}


@pytest.mark.fault(26, 48)
async def test_a_rate_limit_is_shared_and_kept() -> None:
    time, peer = Time(), Peer()
    attempt = paused(peer, Pauses(time))
    peer.error = RateLimited("slow down", after=timedelta(seconds=7))
    with pytest.raises(RateLimited):
        await attempt(STATE, STEP)
    peer.error = None
    with pytest.raises(PeerPaused) as waiting:
        await attempt(STATE, STEP)
    assert waiting.value.after == timedelta(seconds=7)
    time.seconds += 7
    await attempt(STATE, STEP)
    assert peer.calls == 2


@pytest.mark.parametrize("kind", list(StepKind))
def test_every_kind_of_step_has_a_peer(kind: StepKind) -> None:
    assert peer_of(STATE, Step(StepId("s"), OrderId("o"), kind, NOW, NOW))


async def test_of_what_a_person_has_paused_nothing_new_is_asked_for() -> None:
    """Also where the event has brought its record along; what was asked for before goes on."""
    peer, pauses = Peer(), Pauses(Time())
    attempt = paused(peer, pauses)
    brought = Step(StepId("s"), OrderId("o"), StepKind.MAP_ORDER, NOW, NOW, {"record": {"id": 1}})
    pauses.hold(["connections.woo"])
    for step in (STEP, brought):
        with pytest.raises(PeerPaused) as rest:
            await attempt(STATE, step)
        assert rest.value.after == timedelta(seconds=HELD_SECONDS)
    assert peer.calls == 0
    await attempt(STATE, Step(StepId("s"), OrderId("o"), StepKind.TRACK_PAYMENT, NOW, NOW))
    pauses.worked("connections.woo")
    assert pauses.is_held("connections.woo")
    pauses.hold([])
    await attempt(STATE, STEP)
    await attempt(STATE, brought)
    assert peer.calls == 3
