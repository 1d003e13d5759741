"""Webhooks in words: each event that may be told, each state, and how one stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector_core.adapters.web.office.shown import webhook_verdict
from connector_core.adapters.web.office.words import WORDS
from connector_core.domain.ids import EventId, ShopId
from connector_core.domain.webhook import (
    TEST,
    TYPES,
    Delivery,
    DeliveryId,
    DeliveryState,
    Endpoint,
    EndpointId,
    EndpointState,
    Health,
    without_secrets,
)

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ONE = Endpoint(EndpointId("e"), ShopId("s"), "https://a.example/", (), "whsec_", NOW, "anna", NOW)
SENT = Delivery(DeliveryId("d"), EndpointId("e"), EventId("ev"), TEST, "{}", NOW, NOW, sent_at=NOW)


def test_every_event_that_may_be_told_has_words() -> None:
    assert set(WORDS["told"]) == {*(kind.value for kind in TYPES), TEST}
    assert set(WORDS["delivered"]) == {state.value for state in DeliveryState}


def test_what_concerns_no_shop_or_only_ourselves_is_not_offered() -> None:
    assert {kind.value.split(".")[0] for kind in TYPES} == {"payment_request", "payment", "message", "writeback"}
    assert "payment.unallocated.v1" not in TYPES


@pytest.mark.parametrize(
    ("endpoint", "health", "verdict"),
    [
        (ONE, Health(), ("told nothing yet", "quiet")),
        (ONE, Health(newest=replace(SENT, sent_at=None)), ("told nothing yet", "quiet")),
        (ONE, Health(newest=SENT), ("at work", "good")),
        (replace(ONE, failing_since=NOW), Health(newest=SENT), ("fails", "warn")),
        (replace(ONE, state=EndpointState.PAUSED, failing_since=NOW), Health(), ("paused", "bad")),
        (replace(ONE, state=EndpointState.ENDED), Health(), ("has ended", "bad")),
    ],
)
def test_how_one_stands(endpoint: Endpoint, health: Health, verdict: tuple[str, str]) -> None:
    assert webhook_verdict(endpoint, health) == verdict


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?token=1#f", "https://a.example/x"),
        ("https://user:pass@a.example:8443/x", "https://a.example:8443/x"),
        ("https://a.example", "https://a.example"),
        ("https://a.example/me@home", "https://a.example/me@home"),
    ],
)
def test_the_trail_keeps_no_secret_of_an_address(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
