"""Random buyers. Numbers come from ranges that belong to nobody."""

import random
from typing import Any

_NAMES = "Erika Mustermann|Jonas Köhler|Lena Schäfer|Mehmet Yılmaz|Sophie Bauer|Paul Weiß|Clara Vogt|Anna Müller".split(
    "|"
)
_TOWNS = "10115 Berlin|50667 Köln|80331 München|20095 Hamburg|04109 Leipzig|70173 Stuttgart".split("|")


def new_partner(rng: random.Random, *, mobile: bool) -> dict[str, Any]:
    """The values of a ``res.partner`` in Germany; `mobile` exists up to Odoo 18."""
    name, town = rng.choice(_NAMES), rng.choice(_TOWNS)
    zip_code, _, city = town.partition(" ")
    number = f"+49 151 23456{rng.randrange(1000):03d}"
    return {
        "name": name,
        "email": "buyer@example.com",
        "lang": "de_DE",
        "street": f"Musterweg {rng.randrange(1, 90)}",
        "zip": zip_code,
        "city": city,
        "country_id": 57,
        **({"phone": "+49 30 998877", "mobile": number} if mobile else {"phone": number}),
    }
