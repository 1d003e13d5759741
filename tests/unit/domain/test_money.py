from decimal import Decimal

import pytest

from connector_core.domain.money import _EXPONENTS, Money, MoneyError, exponent

DIFFERENT_IN_CLDR = {
    "AFN": 2, "ALL": 2, "IRR": 2, "IQD": 3, "KPW": 2, "LAK": 2, "LBP": 2,
    "MGA": 2, "MMK": 2, "RSD": 2, "SOS": 2, "SYP": 2, "YER": 2,
}  # fmt: skip


@pytest.mark.parametrize(("currency", "decimals"), DIFFERENT_IN_CLDR.items())
def test_the_13_currencies_in_which_cldr_differs_follow_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("EUR", 2),
        ("CHF", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("ISK", 0),
        ("CLP", 0),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
    ],
)
def test_minor_units(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals
    assert Money(1, currency).decimal() == Decimal(1).scaleb(-decimals)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "XAU", "€", "BTC", "HRK"])
def test_what_is_no_payable_currency(code: str) -> None:
    with pytest.raises(MoneyError, match="ISO 4217"):
        Money(100, code)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("33.90", "EUR", 3390),
        ("33.9", "EUR", 3390),
        ("33.9000", "EUR", 3390),
        (34, "EUR", 3400),
        (Decimal("0.01"), "EUR", 1),
        ("1050.00", "JPY", 1050),
        ("12.345", "KWD", 12345),
        ("-5.00", "EUR", -500),
    ],
)
def test_parse(text: str | int | Decimal, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(("text", "currency"), [("10.50", "JPY"), ("33.905", "EUR"), ("0.0001", "KWD")])
def test_a_rest_is_refused_and_never_rounded(text: str, currency: str) -> None:
    with pytest.raises(MoneyError, match="more decimals"):
        Money.parse(text, currency)


@pytest.mark.parametrize("text", ["", "abc", "1,50", "NaN", "Infinity", "-Infinity", "1e40", "12 EUR"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(MoneyError):
        Money.parse(text, "EUR")


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(MoneyError, match="whole minor units"):
        Money(minor, "EUR")  # type: ignore[arg-type]  # what the check is for


def test_an_amount_is_written_with_its_decimals() -> None:
    assert [str(Money(3390, code)) for code in ("EUR", "JPY", "KWD")] == ["33.90 EUR", "3390 JPY", "3.390 KWD"]
    assert str(Money.parse(str(Money(1, "CLF").decimal()), "CLF")) == "0.0001 CLF"


@pytest.mark.fault(64)
def test_the_largest_amount_that_can_be_paid() -> None:
    assert Money.parse(str(10**15), "JPY").minor == 10**15
    assert Money.parse(str(-(10**15)), "JPY").minor == -(10**15)
    for more in (str(10**15 + 1), str(-(10**15) - 1)):
        with pytest.raises(MoneyError, match="no payable amount"):
            Money.parse(more, "JPY")


@pytest.mark.fault(64)
def test_the_longest_text_that_is_an_amount() -> None:
    """`Decimal` counts with 28 digits: what is longer would be rounded without a word."""
    assert Money.parse("1." + "0" * 27, "EUR").minor == 100
    with pytest.raises(MoneyError, match="no payable amount"):
        Money.parse("1." + "0" * 28, "EUR")


def test_the_list_of_currencies_is_whole() -> None:
    """By exponent; the codes that are no country's or union's money (gold, tests, none) are left out."""
    counts = {decimals: list(_EXPONENTS.values()).count(decimals) for decimals in (0, 2, 3, 4)}
    assert counts == {0: 17, 2: 138, 3: 7, 4: 2}
    assert all(len(code) == 3 and code.isupper() for code in _EXPONENTS)
