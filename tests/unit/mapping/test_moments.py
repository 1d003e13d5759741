from datetime import UTC, datetime, timedelta

import pytest

from connector_core.mapping.moments import parse_duration, parse_moment
from connector_core.mapping.texts import ConversionError


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-11-23T09:09:44", "UTC", datetime(2026, 11, 23, 9, 9, 44, tzinfo=UTC)),
        ("2026-11-23 09:09:44", "Europe/Berlin", datetime(2026, 11, 23, 8, 9, 44, tzinfo=UTC)),
        ("2026-07-01T00:30:00", "Europe/Berlin", datetime(2026, 6, 30, 22, 30, tzinfo=UTC)),
        ("2026-11-23T09:09:44Z", "Europe/Berlin", datetime(2026, 11, 23, 9, 9, 44, tzinfo=UTC)),
        ("2026-11-23T09:09:44+01:00", "UTC", datetime(2026, 11, 23, 8, 9, 44, tzinfo=UTC)),
        ("2026-11-23", "Europe/Berlin", datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_moments_become_utc(text: str, zone: str, moment: datetime) -> None:
    assert parse_moment(text, zone) == moment


@pytest.mark.parametrize("text", ["tomorrow", "23.11.2026", "2026-13-01", "", "0001-01-01T00:00:00+14:00", 1795424984])
def test_what_is_no_moment(text: object) -> None:
    with pytest.raises(ConversionError):
        parse_moment(text, "UTC")


@pytest.mark.parametrize(
    ("value", "unit", "duration"),
    [
        ("P3D", "days", timedelta(days=3)),
        ("PT90M", "days", timedelta(minutes=90)),
        ("P1W", "days", timedelta(weeks=1)),
        ("P1DT12H", "days", timedelta(hours=36)),
        (7, "days", timedelta(days=7)),
        ("15", "minutes", timedelta(minutes=15)),
    ],
)
def test_durations(value: object, unit: str, duration: timedelta) -> None:
    assert parse_duration(value, unit) == duration


@pytest.mark.parametrize("value", ["", "P", "PT", "P0D", 0, -1, "3 days", "P11Y", 1.5, "999999999", "P999999W", True])
def test_what_is_no_duration(value: object) -> None:
    with pytest.raises(ConversionError):
        parse_duration(value, "weeks")
