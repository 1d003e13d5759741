"""Money crosses into Lyra's units and back without a cent lost; what cannot is refused before the call."""

import pytest

from connector_core.adapters.psp_lyra.amounts import DECIMALS, from_lyra, to_lyra
from connector_core.domain.errors import Rejected
from connector_core.domain.money import Money, MoneyError, exponent


@pytest.mark.parametrize(
    ("money", "units"),
    [
        (Money(3390, "EUR"), 3390),
        (Money(500, "JPY"), 500),
        (Money(1234, "KWD"), 1234),
        (Money(1_500_000, "IDR"), 15_000),
        (Money(100, "XPF"), 100),
        (Money(1, "EUR"), 1),
        (Money(10**12 - 1, "EUR"), 10**12 - 1),
    ],
)
def test_there_and_back(money: Money, units: int) -> None:
    assert to_lyra(money) == units
    assert from_lyra(units, money.currency) == money


def test_an_amount_of_nothing_can_be_reported() -> None:
    assert from_lyra(0, "EUR") == Money(0, "EUR")


def test_only_idr_differs_from_iso() -> None:
    assert [code for code, decimals in DECIMALS.items() if decimals != exponent(code)] == ["IDR"]


@pytest.mark.parametrize("currency", ["CNY", "KHR", "BHD", "XAF"])
def test_a_currency_whose_decimals_are_doubtful_is_refused(currency: str) -> None:
    with pytest.raises(Rejected, match=currency):
        to_lyra(Money(1000, currency))
    with pytest.raises(MoneyError):
        from_lyra(1000, currency)


@pytest.mark.parametrize("money", [Money(0, "EUR"), Money(-5, "EUR"), Money(150, "IDR"), Money(10**12, "EUR")])
def test_an_amount_that_lyra_cannot_ask_for_is_refused(money: Money) -> None:
    with pytest.raises(Rejected):
        to_lyra(money)


@pytest.mark.parametrize("units", [None, "990", 9.9, True, -1, 10**12])
def test_an_amount_that_is_no_whole_number_is_no_money(units: object) -> None:
    with pytest.raises(MoneyError):
        from_lyra(units, "EUR")
