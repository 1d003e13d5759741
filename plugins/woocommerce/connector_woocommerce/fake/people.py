"""Random buyers and baskets. Numbers come from ranges that belong to nobody."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_NAMES = {
    "DE": "Jürgen Groß|Anna Müller|Lena Schäfer|Mehmet Yılmaz|Sophie Bauer|Paul Weiß|Clara Vogt|Jonas Köhler".split(
        "|"
    ),
    "AT": "Katharina Gruber|Lukas Hofer|Maria Steiner|Florian Pichler|Theresa Moser|Stefan Egger".split("|"),
}
_TOWNS = {
    "DE": "50667 Köln|10115 Berlin|80331 München|20095 Hamburg|04109 Leipzig|70173 Stuttgart".split("|"),
    "AT": "1010 Wien|8010 Graz|5020 Salzburg|6020 Innsbruck|4020 Linz".split("|"),
}
_STREETS = "Lindenstraße|Hauptstraße|Gartenweg|Am Markt|Schulgasse|Bahnhofstraße".split("|")


@dataclass(frozen=True, slots=True)
class Article:
    """`price` is gross, in euros."""

    product_id: int
    name: str
    sku: str
    price: Decimal


ARTICLES = (
    Article(11, "Bio-Tee Assam 250 g", "TEE-250", Decimal("14.50")),
    Article(12, "Teekanne Gusseisen 0,8 l", "KANNE-08", Decimal("59.90")),
    Article(13, "Sencha Sommerernte 100 g", "TEE-100", Decimal("18.90")),
    Article(14, "Honig aus dem Schwarzwald", "HONIG-500", Decimal("9.80")),
    Article(15, "Porzellanschale, handbemalt", "SCHALE-1", Decimal("24.00")),
    Article(16, "Probierpaket Kräutertee", "PROBE-6", Decimal("21.50")),
)
VAT = {"DE": 19, "AT": 20}


def random_address(rng: random.Random) -> dict[str, Any]:
    """A billing address as the checkout stores it: the phone is free text, often national."""
    country = rng.choices(["DE", "AT"], [3, 1])[0]
    first, last = rng.choice(_NAMES[country]).split(" ", 1)
    postcode, city = rng.choice(_TOWNS[country]).split(" ", 1)
    return {
        "first_name": first,
        "last_name": last,
        "company": "",
        "address_1": f"{rng.choice(_STREETS)} {rng.randint(1, 120)}",
        "address_2": "",
        "city": city,
        "state": "",
        "postcode": postcode,
        "country": country,
        "email": f"kunde{rng.randint(1000, 9999)}@example.org",
        "phone": _phone(rng, country),
    }


def random_basket(rng: random.Random) -> list[tuple[Article, int]]:
    return [(article, rng.choices([1, 2, 3], [6, 2, 1])[0]) for article in rng.sample(ARTICLES, rng.randint(1, 3))]


def _phone(rng: random.Random, country: str) -> str:
    """German 0171 3920xxx is kept free for films (Bundesnetzagentur); the Austrian numbers are made up."""
    if country == "AT":
        return f"0664 {rng.randint(1000000, 9999999)}"
    number = f"171 39200{rng.randint(0, 99):02d}"
    return rng.choice([f"0{number}", f"+49 {number}", f"0049 {number}"])
