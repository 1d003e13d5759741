"""Money in and out of Lyra's own minor units, which are not always those of ISO 4217 (reference/lyra.md 6)."""

from decimal import Decimal

from connector_core.domain.errors import Rejected
from connector_core.domain.money import Money, MoneyError, exponent

_TWO = """
ARS AUD BRL CAD CHF COP CRC CZK DKK EUR GBP GTQ HKD HNL HUF INR MAD MXN MYR NIO NOK NZD PEN PHP PLN RUB SEK SGD SVC
THB TRY TWD USD UYU ZAR
"""
DECIMALS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys("CLP IDR JPY KRW XOF XPF".split(), 0),
    **dict.fromkeys("KWD TND".split(), 3),
}
"""Lyra's decimals. IDR is 0 here and 2 in ISO 4217; CNY and KHR are left out because Lyra's sources contradict."""

MAX_DIGITS = 12


def to_lyra(amount: Money) -> int:
    """The integer that Lyra calls this amount. Raises `Rejected` when it cannot be asked for there."""
    if amount.currency not in DECIMALS:
        raise Rejected(
            f"Lyra takes no payments in {amount.currency}.",
            code="currency",
            cure="Ask for the payment in another currency or over another account.",
        )
    scaled = Decimal(amount.minor).scaleb(DECIMALS[amount.currency] - exponent(amount.currency))
    if scaled != scaled.to_integral_value() or not 0 < scaled < 10**MAX_DIGITS:
        raise Rejected(
            f"{amount} is no amount that Lyra can ask for.",
            code="amount",
            cure=f"It must be above zero with at most {DECIMALS[amount.currency]} decimals.",
        )
    return int(scaled)


def from_lyra(units: object, currency: object) -> Money:
    """Money of Lyra's integer and currency code. Raises `MoneyError` for anything else."""
    if not isinstance(currency, str) or currency not in DECIMALS:
        raise MoneyError(f"{currency!r} is no currency whose decimals at Lyra are known")
    if isinstance(units, bool) or not isinstance(units, int) or not 0 <= units < 10**MAX_DIGITS:
        raise MoneyError(f"{units!r} is no amount in Lyra's whole units")
    return Money(int(Decimal(units).scaleb(exponent(currency) - DECIMALS[currency])), currency)
