"""Moments and durations from text, in UTC."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connector_core.mapping.texts import ConversionError, as_text, kind

_LONGEST = timedelta(days=3660)
_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)


def parse_moment(value: Any, zone: str) -> datetime:
    """UTC from ISO 8601; a time without zone is one of `zone`; a bare date means its last second there."""
    text = as_text(value).strip()
    try:
        moment = datetime.fromisoformat(text)
        if _BARE_DATE.fullmatch(text):
            moment = datetime.combine(moment.date(), time(23, 59, 59))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConversionError(
            "the value is no date and time", "Expected ISO 8601 such as 2026-11-23T09:09:44Z."
        ) from None


def parse_duration(value: Any, unit: str) -> timedelta:
    """From `P1W`, `P3D`, `PT90M` or a whole number of `unit`; more than nothing, at most ten years."""
    text = as_text(value).strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        parts = {unit: int(text)}
    elif match := _DURATION.fullmatch(text):
        parts = {name: int(number) for name, number in match.groupdict(default="0").items()}
    else:
        raise ConversionError(f"{kind(value)} is no duration here", "Expected P3D, PT90M or a whole number.")
    try:
        duration = timedelta(**parts)
    except OverflowError:
        duration = timedelta.max
    if not timedelta(0) < duration <= _LONGEST:
        raise ConversionError("the duration is not between a moment and ten years")
    return duration
