"""Random buyers. Numbers come from ranges that belong to nobody."""

import random
from typing import Any

_NAMES = "Erika Mustermann|Jonas Köhler|Lena Schäfer|Mehmet Yılmaz|Sophie Bauer|Paul Weiß|Clara Vogt|Anna Müller".split(
    "|"
)
_TRADES = "Handel|Gartenbau|Elektrotechnik|Möbelwerk|Feinkost|Buchhaus".split("|")


def new_account(rng: random.Random) -> dict[str, Any]:
    """The fields of an ``Account`` in Germany."""
    family = rng.choice(_NAMES).partition(" ")[2]
    return {
        "Name": f"{family} {rng.choice(_TRADES)} GmbH",
        "Phone": "+49 30 998877",
        "BillingCountry": "Germany",
        "BillingCountryCode": "DE",
    }


def new_contact(rng: random.Random) -> dict[str, Any]:
    """The fields of a ``Contact`` without its account."""
    first, _, last = rng.choice(_NAMES).partition(" ")
    return {
        "FirstName": first,
        "LastName": last,
        "MobilePhone": f"+49 151 23456{rng.randrange(1000):03d}",
        "Phone": "+49 30 998877",
        "Email": "buyer@example.com",
    }
