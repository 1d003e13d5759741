"""How values look to people, in their language."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import assert_never

import phonenumbers
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone
from babel.numbers import format_percent

from connector_core.adapters.channels.texts import amount_text
from connector_core.domain.money import Money
from connector_core.domain.webhook import Endpoint, EndpointState, Health
from connector_core.ports.listing import Row

_LOCALES = {"de": "de_DE", "en": "en_GB"}


def money(value: Money | None, language: str) -> str:
    return amount_text(value, language) if value else ""


def sum_of(minor: int, like: Money, language: str) -> str:
    """Minor units in the currency of another amount."""
    return amount_text(replace(like, minor=minor), language)


def minor_money(minor: int, currency: str, language: str) -> str:
    return amount_text(Money(minor, currency), language)


def percent(share: float, language: str) -> str:
    return format_percent(share, locale=_LOCALES[language])


def span(seconds: float | None, language: str) -> str:
    """A length of time in its greatest unit."""
    return "–" if seconds is None else format_timedelta(timedelta(seconds=seconds), locale=_LOCALES[language])


def day(value: date, language: str) -> str:
    return format_date(value, "d. MMM y" if language == "de" else "d MMM y", locale=_LOCALES[language])


def moment(value: datetime | None, language: str, zone: str, *, seconds: bool = False) -> str:
    if value is None:
        return ""
    day = "d. MMM y" if language == "de" else "d MMM y"
    pattern = f"{day}, HH:mm:ss" if seconds else f"{day}, HH:mm"
    return format_datetime(value, pattern, tzinfo=get_timezone(zone), locale=_LOCALES[language])


def ago(value: datetime | None, now: datetime, language: str) -> str:
    if value is None:
        return ""
    return format_timedelta(value - now, add_direction=True, locale=_LOCALES[language])


def phone(value: str) -> str:
    """Grouped as its country does it, in international form."""
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def verdict(row: Row) -> tuple[str, str]:
    """(the one word that says how a request stands, its tone: good, wait, warn, bad or quiet), in English."""
    if row.money in ("overpaid", "partly_paid", "pending"):
        return {"overpaid": ("overpaid", "warn"), "partly_paid": ("partly paid", "warn")}.get(
            row.money, ("pending", "wait")
        )
    if row.state == "paid" and row.amount and row.refunded >= row.captured > 0:
        return "refunded", "quiet"
    if row.state in ("paid", "cancelled", "expired"):
        return {"paid": ("paid", "good"), "cancelled": ("cancelled", "quiet")}.get(row.state, ("expired", "quiet"))
    if not row.state:
        return ("in work", "wait") if not row.attention else ("stopped", "bad")
    return _DELIVERIES.get(row.delivery, ("in work", "wait"))


def webhook_verdict(endpoint: Endpoint, health: Health) -> tuple[str, str]:
    """(the words that say how a webhook stands, their tone), in English."""
    match endpoint.state:
        case EndpointState.PAUSED:
            return ("paused", "bad")
        case EndpointState.ENDED:
            return ("has ended", "bad")
        case EndpointState.ACTIVE:
            if endpoint.failing_since:
                return ("fails", "warn")
            return ("at work", "good") if health.newest and health.newest.sent_at else ("told nothing yet", "quiet")
    assert_never(endpoint.state)


_DELIVERIES = {
    "read": ("read", "wait"),
    "delivered": ("delivered", "wait"),
    "sent": ("sent", "wait"),
    "accepted": ("sent", "wait"),
    "unknown": ("unclear", "warn"),
    "failed": ("not delivered", "bad"),
}
