from datetime import UTC, datetime
from typing import Any

import pytest

from connector_core.domain.money import Money
from tests.unit.mapping.documents import refusal, term


@pytest.mark.parametrize(
    ("total", "currency", "minor"),
    [
        ("33.90", "EUR", 3390),
        (33.9, "EUR", 3390),
        (34, "EUR", 3400),
        (" 33.90 ", "eur", 3390),
        ("1050.00", "JPY", 1050),
        ("12.345", "KWD", 12345),
        ("33.900000", "EUR", 3390),
        (0.1 + 0.7, "EUR", None),
    ],
)
def test_amounts(total: object, currency: str, minor: int | None) -> None:
    if minor is None:
        assert "too many decimals" in refusal("amount", total=total, currency=currency).sentence
    else:
        assert term("amount", total=total, currency=currency) == Money(minor, currency.upper())


@pytest.mark.parametrize(
    ("total", "currency", "says"),
    [
        ("10.50", "JPY", "too many decimals"),
        ("33.905", "EUR", "too many decimals"),
        ("10.0000000000000000000000000000001", "EUR", "too many decimals"),
        ("0.00", "EUR", "nothing that can be asked for"),
        ("-5.00", "EUR", "nothing that can be asked for"),
        ("1.234,56", "EUR", "no amount"),
        ("1_000", "EUR", "no amount"),
        ("１２", "EUR", "no amount"),
        ("1e3", "EUR", "no amount"),
        ("NaN", "EUR", "no amount"),
        (True, "EUR", "where a text is needed"),
        ([33.9], "EUR", "no amount"),
        ("33.90", "XXY", "no ISO 4217 currency"),
        ("33.90", "€", "no ISO 4217 currency"),
        ("33.90", "", "has no currency"),
        ("", "EUR", "has no amount"),
        (None, "EUR", "has no amount"),
    ],
)
def test_amounts_that_park_the_order_fault_64(total: object, currency: str, says: str) -> None:
    assert says in refusal("amount", total=total, currency=currency).sentence


def test_minor_units_count_cents() -> None:
    spec = "{ from: total, as: money, currency: \"'EUR'\", unit: minor }"
    assert term("amount", spec, total=3390) == Money(3390, "EUR")
    assert term("amount", spec, total="3390.0") == Money(3390, "EUR")
    assert "too many decimals" in refusal("amount", spec, total="33.90").sentence


@pytest.mark.parametrize(
    ("phone", "country", "e164"),
    [
        ("0151 23456789", "DE", "+4915123456789"),
        ("0151 23456789", "", "+4915123456789"),
        ("0151 23456789", "Germany", "+4915123456789"),
        ("0664 1234567", "AT", "+436641234567"),
        ("0664 1234567", "at", "+436641234567"),
        ("079 123 45 67", "CH", "+41791234567"),
        ("+49 (0)151 23456789", "CH", "+4915123456789"),
        (4915123456789, "DE", "+4915123456789"),
        ("436641234567", "AT", "+436641234567"),
        ("15123456789", "DE", "+4915123456789"),
        ("3931234567", "IT", "+393931234567"),
    ],
)
def test_phones_take_the_orders_country_else_the_shops(phone: object, country: str, e164: str) -> None:
    assert term("phone", phone=phone, country=country) == e164


@pytest.mark.parametrize(
    ("phone", "country"), [("", "DE"), (None, "DE"), ("12", "DE"), ("call me", "DE"), (["1"], "DE")]
)
def test_phones_that_park_the_order_fault_64(phone: object, country: str) -> None:
    refusal("phone", phone=phone, country=country)


def test_the_error_of_a_wrong_phone_does_not_show_it() -> None:
    error = refusal("phone", phone="0151 2345678901234")
    assert "0151" not in str(error) + error.detail
    assert error.cure == "Correct it in the order."


@pytest.mark.parametrize(("lang", "tag"), [("en_GB", "en-GB"), ("", "de"), (None, "de"), ("?", "de"), (5, "de")])
def test_an_unreadable_language_is_the_shops(lang: object, tag: str) -> None:
    assert term("language", lang=lang) == tag


def test_a_documents_default_language_goes_before_the_shops() -> None:
    assert term("language", "{ from: lang, as: language, default: fr }", lang="") == "fr"


def test_a_language_can_come_from_a_table() -> None:
    spec = "{ from: to, as: map, values: { DE: de, FR: fr_FR } }"
    assert term("language", spec, to="FR") == "fr-FR"
    assert term("language", spec, to="") == "de"
    assert "table" in refusal("language", spec, to="PL").sentence


def test_a_constant_that_is_no_language_is_refused() -> None:
    assert "no language" in refusal("language", "{ as: constant, value: german }").sentence


@pytest.mark.parametrize(
    ("spec", "record", "text"),
    [
        ("{ from: number, as: text }", {"number": 15}, "15"),
        ("{ from: x, as: text, default: none }", {}, "none"),
        ("{ from: x, as: lower }", {"x": "ÄB"}, "äb"),
        ("{ from: x, as: upper }", {"x": "äb"}, "ÄB"),
        ("{ from: '[a, b, c]', as: join }", {"a": " Jürgen ", "b": None, "c": "Groß"}, "Jürgen Groß"),
        ("{ from: x, as: join, with: ', ' }", {"x": ["a", "", 1]}, "a, 1"),
        ("{ from: x, as: join }", {"x": "alone"}, "alone"),
        ("{ from: x, as: integer }", {"x": 15.0}, "15"),
        ("{ from: x, as: map, values: { a: b, b: c } }", {"x": "A"}, "b"),
        ("{ from: x, as: map, values: { a: b }, default: z }", {"x": "q"}, "z"),
        ("{ from: x, as: map, values: { a: b }, default: a }", {}, "a"),
        ("{ as: constant, value: shop }", {}, "shop"),
    ],
)
def test_text_converters(spec: str, record: dict[str, Any], text: str) -> None:
    assert term("reference", spec, **record) == text
    assert term("description", spec, **record) == text


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ("{ from: x, as: integer }", 1.5),
        ("{ from: x, as: integer }", "1e3"),
        ("{ from: x, as: text }", {"a": 1}),
        ("{ from: x, as: text }", True),
        ("{ from: x, as: join }", [[1]]),
        ("{ from: x, as: map, values: { a: b } }", "q"),
        ("{ from: x, as: text, required: true }", None),
    ],
)
def test_values_that_do_not_fit_park_the_order(spec: str, value: object) -> None:
    refusal("description", spec, x=value)


@pytest.mark.parametrize("address", ["juergen.gross@example.org", "a+b@sub.example.co.uk", "x@bücher.example"])
def test_addresses_stay(address: str) -> None:
    assert term("email", "{ from: x, as: email }", x=address) == address


@pytest.mark.parametrize(
    "address", ["gast(at)example.org", "a@b", "a b@c.de", "a@b..de", "@example.org", "a" * 300 + "@b.de"]
)
def test_a_mistyped_address_is_left_out_and_the_buyer_still_asked(address: str) -> None:
    assert term("email", "{ from: x, as: email }", x=address) == ""


def test_the_end_of_a_link_can_be_a_date_or_a_duration() -> None:
    end = datetime(2026, 11, 26, 9, 9, 44, tzinfo=UTC)
    assert term("valid_until", "{ from: x, as: datetime }", x="2026-11-26T09:09:44") == end
    assert term("valid_until", "{ from: \"'P3D'\", as: duration, since: modified }") == end
    assert term("valid_until", "{ from: x, as: datetime }", x=None) is None
    assert "no moment" in refusal("valid_until", "{ from: \"'P3D'\", as: duration, since: nope }").sentence
    assert "calendar" in refusal("valid_until", "{ from: n, as: duration, since: x }", n=9, x="9999-12-31").sentence


def test_long_texts_are_cut_but_a_long_reference_is_refused() -> None:
    spec = "{ from: x, as: text }"
    assert len(term("name", spec, x="x" * 200)) == 120
    assert len(term("description", spec, x="x" * 300)) == 255
    assert term("reference", spec, x="x" * 64) == "x" * 64
    assert "65 characters" in refusal("reference", spec, x="x" * 65).sentence


def test_card_numbers_are_masked_in_every_text() -> None:
    for field in ("reference", "name", "description"):
        assert "4111" not in term(field, "{ from: x, as: text }", x="card 4111111111111111")
