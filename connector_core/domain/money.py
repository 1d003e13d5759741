"""Money as whole minor units of an ISO 4217 currency. No float ever touches it."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
"""Minor-unit exponents of ISO 4217 list one. Not from CLDR: 13 currencies differ there (conventions, ISO 4217)."""


class MoneyError(ValueError):
    """An amount or a currency that cannot be money; the text names what is wrong and what is expected."""


def exponent(currency: str) -> int:
    """Decimals of the currency's minor unit. Raises `MoneyError` for a code that ISO 4217 does not list."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise MoneyError(f"{currency!r} is no ISO 4217 currency code; expected three capitals such as EUR") from None


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units (cents for EUR, yen for JPY) of `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise MoneyError(f"an amount counts whole minor units, not {self.minor!r}")

    @classmethod
    def parse(cls, text: str | int | Decimal, currency: str) -> Self:
        """From a decimal text such as "33.90". A rest below the minor unit is refused, never rounded away."""
        decimals = exponent(currency)
        try:
            amount = Decimal(text)
            scaled = amount.scaleb(decimals)
        except (InvalidOperation, TypeError, ValueError):
            raise MoneyError(f"{text!r} is no amount; expected digits with a dot such as 33.90") from None
        if not scaled.is_finite() or abs(scaled) > 10**15 or len(amount.as_tuple().digits) > 28:
            raise MoneyError(f"{text!r} is no payable amount")
        if scaled != scaled.to_integral_value():
            raise MoneyError(f"{text} {currency} has more decimals than the {decimals} of {currency}")
        return cls(int(scaled), currency)

    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal():f} {self.currency}"
