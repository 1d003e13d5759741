"""Telephone numbers as E.164 (`+` and up to 15 digits)."""

from typing import NewType

import phonenumbers
from phonenumbers import timezone

E164 = NewType("E164", str)


class PhoneError(ValueError):
    """A text that is no reachable telephone number."""


def parse_phone(text: str, region: str | None) -> E164:
    """E.164 of a number as people write it; `region` is the ISO 3166 country that a national number belongs to.

    Raises `PhoneError`. The number itself is not part of the error's text, because that text is logged.
    """
    try:
        number = phonenumbers.parse(text, (region or "").upper() or None)
    except phonenumbers.NumberParseException:
        where = f"as a number of {region}" if region else "without a country: write it with + and the country code"
        raise PhoneError(f"the telephone number cannot be read {where}") from None
    if not phonenumbers.is_valid_number(number):
        raise PhoneError(f"the telephone number ending in {text[-3:]} does not exist in its country's numbering plan")
    return E164(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def zone_of(phone: E164) -> str:
    """The IANA time zone where the number is at home; of several the first, ``UTC`` when it is at home nowhere."""
    zones = timezone.time_zones_for_number(phonenumbers.parse(phone))
    return "UTC" if not zones or zones[0] == timezone.UNKNOWN_TIMEZONE else str(zones[0])
