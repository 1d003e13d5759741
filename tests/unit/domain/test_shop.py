"""When a buyer is reminded, and when nobody is."""

from datetime import UTC, datetime, time, timedelta

import pytest

from connector_core.domain.ids import ShopId
from connector_core.domain.shop import QuietHours, Shop

MADE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def shop(*reminders: timedelta, last_call: timedelta = timedelta()) -> Shop:
    return Shop(ShopId("tea"), "Tea", "lyra", ("whatsapp",), reminders=reminders, last_call=last_call)


def test_moments_are_in_order_and_within_the_life_of_the_paylink() -> None:
    end = MADE + 48 * HOUR
    rules = shop(24 * HOUR, HOUR, 48 * HOUR, 72 * HOUR, last_call=12 * HOUR)
    assert rules.reminder_moments(MADE, end) == [MADE + HOUR, MADE + 24 * HOUR, end - 12 * HOUR]
    assert shop().reminder_moments(MADE, end) == []
    assert shop(last_call=72 * HOUR).reminder_moments(MADE, end) == []
    assert shop(24 * HOUR, last_call=24 * HOUR).reminder_moments(MADE, end) == [MADE + 24 * HOUR]


@pytest.mark.parametrize(
    ("at", "over"),
    [
        ("23T20:59", "23T20:59"),
        ("23T21:00", "24T08:00"),
        ("23T23:59", "24T08:00"),
        ("24T00:00", "24T08:00"),
        ("24T07:59", "24T08:00"),
        ("24T08:00", "24T08:00"),
    ],
)
def test_quiet_hours_over_midnight(at: str, over: str) -> None:
    moment, end = (datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC) for text in (at, over))
    assert QuietHours().over_at(moment) == end


def test_quiet_hours_within_a_day_and_none() -> None:
    noon = MADE.replace(hour=12, minute=30)
    assert QuietHours(time(12), time(14)).over_at(noon) == noon.replace(hour=14, minute=0)
    assert QuietHours(time(14), time(15)).over_at(noon) == noon
    assert QuietHours(time(0), time(0)).over_at(noon) == noon
