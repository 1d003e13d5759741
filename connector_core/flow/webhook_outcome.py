"""What follows from an attempt to tell a merchant's own system: for the delivery, and for its endpoint."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector_core.domain.webhook import Delivery, DeliveryState, Endpoint, EndpointState, without_secrets
from connector_core.ports.people import Act
from connector_core.ports.webhooks import Answer

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""After the first attempt (Standard Webhooks); when they have passed it is given up."""
FAILS_FOR = timedelta(days=5)
"""An endpoint that has failed for so long is paused."""
ACTOR = "connector"

_JITTER = 0.1
_LONGEST_WAIT = timedelta(days=1)
_REST = (timedelta(seconds=1), timedelta(minutes=5))
_GONE = 410
_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The delivery and the endpoint as they stand after the attempt, and what belongs into the audit trail."""

    delivery: Delivery
    endpoint: Endpoint
    act: Act | None = None


def outcome(
    endpoint: Endpoint, delivery: Delivery, answer: Answer, now: datetime, chance: Callable[[], float]
) -> Outcome:
    """`delivery` counts this attempt already; `chance` is a number from 0 to 1, by which retries are spread."""
    told = replace(delivery, status=answer.status, cause=answer.cause)
    if answer.taken:
        well = replace(endpoint, failing_since=None, rests_until=None, cause="")
        return Outcome(replace(told, state=DeliveryState.DONE, cause=""), well)
    since = endpoint.failing_since or now
    failing = replace(endpoint, failing_since=since, rests_until=_rest(since, answer, now), cause=answer.cause)
    if answer.status == _GONE:
        ended = replace(failing, state=EndpointState.ENDED)
        return Outcome(replace(told, state=DeliveryState.FAILED), ended, _act(ended, "webhook.ended"))
    again = _again(told, answer, now, chance)
    if now - since >= FAILS_FOR:
        paused = replace(failing, state=EndpointState.PAUSED)
        return Outcome(again, paused, _act(paused, "webhook.paused"))
    first = endpoint.failing_since is None
    return Outcome(again, failing, _act(failing, "webhook.refused") if answer.refused and first else None)


def _again(told: Delivery, answer: Answer, now: datetime, chance: Callable[[], float]) -> Delivery:
    if told.attempts > len(SCHEDULE):
        return replace(told, state=DeliveryState.FAILED)
    wait = SCHEDULE[told.attempts - 1] * (1 + _JITTER * chance())
    return replace(told, next_at=now + max(wait, _asked_for(answer)))


def _rest(since: datetime, answer: Answer, now: datetime) -> datetime:
    """The longer it has failed, the less often it is asked: one attempt, for whatever waits, tells whether it is back.

    One that is overloaded is given a moment from the first time on.
    """
    shortest = SCHEDULE[0] if answer.status in _BUSY else _REST[0]
    return now + max(shortest, min((now - since) / 10, _REST[1]), _asked_for(answer))


def _asked_for(answer: Answer) -> timedelta:
    return min(answer.after or timedelta(), _LONGEST_WAIT)


def _act(endpoint: Endpoint, action: str) -> Act:
    return Act(
        ACTOR, action, endpoint.id, endpoint.shop, {"url": without_secrets(endpoint.url), "cause": endpoint.cause}
    )
