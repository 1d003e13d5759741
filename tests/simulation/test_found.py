"""What the simulator found, each as a story of its own (faults.md 9, 18, 24 and 58)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.ports.store import StoreUnavailable
from tests.simulation.test_stateful import _OPTIONS
from tests.simulation.world import World

_PHONE = "+4915112345000"


@pytest.fixture
def world() -> Iterator[World]:
    with World(_OPTIONS) as opened:
        yield opened


def only(world: World) -> OrderState:
    (state,) = world.states()
    return state


@pytest.mark.fault(18)
def test_an_order_is_given_back_when_its_event_could_not_be_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.outside.shop.place(1000, _PHONE)
    world.run_for(10)
    store = world.daemons[0].store
    seen, failures = store.seen, iter([StoreUnavailable(), StoreUnavailable()])

    async def away(key: str) -> bool:
        for failure in failures:
            raise failure
        return await seen(key)

    monkeypatch.setattr(store, "seen", away)
    world.outside.shop.change(order, total=2000)
    world.run_for(30)
    assert store._hands.written == []
    state = only(world)
    assert state.request is not None
    assert state.request.terms.amount.minor == 2000


@pytest.mark.fault(18)
def test_a_message_waits_while_the_opt_out_cannot_be_looked_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    store = world.daemons[0].store
    cursor, failures = store.cursor, iter([StoreUnavailable(), StoreUnavailable()])

    async def away(name: str) -> Any:
        if name.startswith("opt-out"):
            for failure in failures:
                raise failure
        return await cursor(name)

    monkeypatch.setattr(store, "cursor", away)
    world.outside.shop.place(1000, _PHONE)
    world.run_for(60)
    assert len(world.outside.messenger.sent) == 1
    assert world.watch.violations == []


@pytest.mark.fault(24, 58)
def test_an_order_that_is_cancelled_and_reopened_while_a_lost_link_may_live_waits_for_its_end(world: World) -> None:
    world.dice.force("psp.lost_after")
    order = world.outside.shop.place(1000, _PHONE)
    world.run_for(10)
    world.outside.shop.change(order, status="cancelled")
    world.run_for(10)
    world.outside.shop.change(order, status="pending")
    world.run_for(60)
    assert len(world.outside.lyra.links) == 1
    world.run_for(1200)
    assert [link.state for link in only(world).links] == [LinkState.LOST, LinkState.OPEN]
    assert world.watch.violations == []


@pytest.mark.fault(58)
def test_no_link_is_made_before_the_former_one_is_closed(world: World) -> None:
    order = world.outside.shop.place(1000, _PHONE)
    world.run_for(10)
    world.dice.force("psp.lost_before", 4)
    world.outside.shop.change(order, status="cancelled")
    world.run_for(8)
    world.outside.shop.change(order, status="pending")
    world.run_for(600)
    assert [link.state for link in only(world).links] == [LinkState.CLOSED, LinkState.OPEN]
    assert world.watch.violations == []


@pytest.mark.fault(9)
def test_an_old_record_that_comes_late_does_not_end_the_reading_of_a_newer_one(world: World) -> None:
    """The order was cancelled and reopened; the news of the first comes with its record while the second is read."""
    shop = world.outside.shop
    order = shop.place(1000, _PHONE)
    world.run_for(10)
    world.dice.force("webhook.lost")
    world.dice.force("shop.event_with_record")
    shop.change(order, status="cancelled")
    old = shop.changes[-1]
    world.run_for(1)
    world.dice.force("shop.lost_before", 2)
    shop.change(order, status="pending", total=3000)
    world.run_for(2)
    world.doors.bring("webhook", "late", lambda daemon: daemon.intake.orders([replace(old)]))
    world.run_for(60)
    state = only(world)
    assert state.request is not None
    assert state.request.state is RequestState.OPEN
    assert state.request.terms.amount.minor == 3000


@pytest.mark.fault(9)
def test_an_old_record_that_comes_late_changes_nothing(world: World) -> None:
    shop = world.outside.shop
    order = shop.place(1000, _PHONE)
    world.run_for(10)
    world.dice.force("webhook.lost")
    world.dice.force("shop.event_with_record")
    shop.change(order, total=2000)
    old = shop.changes[-1]
    shop.change(order, total=3000)
    world.run_for(30)
    world.doors.bring("webhook", "late", lambda daemon: daemon.intake.orders([old]))
    world.run_for(30)
    state = only(world)
    assert state.request is not None
    assert (state.request.terms.amount.minor, state.request.revision) == (3000, 2)


@pytest.mark.fault(22, 46)
def test_a_daemon_an_hour_ahead_gives_the_message_of_another_its_time_to_be_reported() -> None:
    with World(replace(_OPTIONS, daemons=2)) as world:
        sending = next(iter(world.daemons))
        (other,) = (daemon.host for daemon in world.daemons if daemon is not sending)
        other.pause()
        world.dice.force("whatsapp.hang_after")
        world.dice.force("status.lost", 3)
        world.outside.shop.place(1000, _PHONE)
        world.run_for(10)
        assert len(world.outside.messenger.sent) == 1
        other.clock.error = timedelta(hours=1)
        other.wake()
        world.crash(sending.host, 7200)
        wait = _OPTIONS.settings.timing.unknown_wait.total_seconds()
        world.run_for(wait / 2)
        assert len(world.outside.messenger.sent) == 1
        world.run_for(wait)
        assert len(world.outside.messenger.sent) == 2
        assert world.watch.violations == []
