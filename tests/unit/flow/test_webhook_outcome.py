"""What follows from an attempt: the schedule of Standard Webhooks, rests, pauses and ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector_core.domain.ids import EventId, ShopId
from connector_core.domain.webhook import (
    Delivery,
    DeliveryId,
    DeliveryState,
    Endpoint,
    EndpointId,
    EndpointState,
)
from connector_core.flow.webhook_outcome import FAILS_FOR, SCHEDULE, Outcome, outcome
from connector_core.ports.webhooks import Answer

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ENDPOINT = Endpoint(EndpointId("e"), ShopId("s"), "https://a.example/", (), "whsec_", NOW, "anna", NOW)
DELIVERY = Delivery(DeliveryId("d"), EndpointId("e"), EventId("ev"), "t", "{}", NOW, NOW, attempts=1)
DOWN = Answer(503, "down")


def after(
    answer: Answer, endpoint: Endpoint = ENDPOINT, attempts: int = 1, at: datetime = NOW, chance: float = 0
) -> Outcome:
    return outcome(endpoint, replace(DELIVERY, attempts=attempts), answer, at, lambda: chance)


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    hour = timedelta(hours=1)
    five = timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)
    assert (*five, 2 * hour, 5 * hour, 10 * hour, 10 * hour) == SCHEDULE
    waits = [after(DOWN, attempts=n).delivery.next_at - NOW for n in range(1, 8)]
    assert tuple(waits) == SCHEDULE
    last = after(DOWN, attempts=8).delivery
    assert (last.state, last.status, last.cause) == (DeliveryState.FAILED, 503, "down")


def test_retries_are_spread_a_little() -> None:
    assert after(DOWN, attempts=3, chance=1).delivery.next_at - NOW == timedelta(minutes=33)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_only_2xx_is_done_and_clears_what_was_wrong(status: int) -> None:
    ill = replace(ENDPOINT, failing_since=NOW, rests_until=NOW, cause="down")
    done = after(Answer(status, "thanks"), ill)
    assert (done.delivery.state, done.delivery.status, done.delivery.cause) == (DeliveryState.DONE, status, "")
    assert done.endpoint == ENDPOINT
    assert done.act is None


@pytest.mark.parametrize("status", [0, 100, 199, 300, 302, 307, 400, 401, 404, 429, 500])
def test_everything_else_is_tried_again(status: int) -> None:
    failed = after(Answer(status, "so"))
    assert (failed.delivery.state, failed.delivery.status, failed.delivery.cause) == (DeliveryState.DUE, status, "so")
    assert (failed.endpoint.state, failed.endpoint.failing_since) == (EndpointState.ACTIVE, NOW)


def test_gone_ends_the_endpoint_with_a_line_in_the_trail() -> None:
    gone = after(Answer(410, "moved away"))
    assert (gone.endpoint.state, gone.delivery.state) == (EndpointState.ENDED, DeliveryState.FAILED)
    assert gone.act is not None
    assert (gone.act.actor, gone.act.action, gone.act.shop) == ("connector", "webhook.ended", "s")


def test_what_fails_for_five_days_is_paused_with_a_line_in_the_trail() -> None:
    ill = replace(ENDPOINT, failing_since=NOW)
    just = after(DOWN, ill, at=NOW + FAILS_FOR - timedelta(seconds=1))
    assert (just.endpoint.state, just.act) == (EndpointState.ACTIVE, None)
    paused = after(DOWN, ill, at=NOW + FAILS_FOR)
    assert (paused.endpoint.state, paused.delivery.state) == (EndpointState.PAUSED, DeliveryState.DUE)
    assert paused.act is not None
    assert (paused.act.action, paused.act.data["cause"]) == ("webhook.paused", "down")


@pytest.mark.fault(70)
def test_an_address_that_is_refused_stands_in_the_trail_once() -> None:
    refused = Answer(0, "private", refused=True)
    first = after(refused)
    assert first.act is not None
    assert first.act.action == "webhook.refused"
    assert first.act.data["url"] == ENDPOINT.url
    assert after(refused, first.endpoint).act is None


def test_the_longer_it_fails_the_less_often_it_is_asked() -> None:
    ill = replace(ENDPOINT, failing_since=NOW)
    rests = []
    for minutes in (0, 1, 10, 60, 600):
        at = NOW + timedelta(minutes=minutes)
        rests.append((after(Answer(500), ill, at=at).endpoint.rests_until or at) - at)
    assert rests == [timedelta(seconds=s) for s in (1, 6, 60, 300, 300)]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_one_that_is_overloaded_is_given_a_moment(status: int) -> None:
    assert after(Answer(status)).endpoint.rests_until == NOW + SCHEDULE[0]


def test_a_pause_that_the_receiver_names_is_kept_up_to_a_day() -> None:
    asked = after(Answer(429, after=timedelta(hours=1)))
    assert (asked.endpoint.rests_until, asked.delivery.next_at) == (NOW + timedelta(hours=1),) * 2
    assert after(Answer(429, after=timedelta(days=400))).delivery.next_at == NOW + timedelta(days=1)
