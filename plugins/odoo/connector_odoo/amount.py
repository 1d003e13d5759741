"""Odoo's floats as decimal amounts of their currency."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from connector_core.sdk import Money, MoneyError


def decimal_of(value: Any, currency: str) -> Decimal:
    """A float of the wire as the amount that it stands for. One with real digits below the minor unit keeps them,
    so that the mapping refuses it instead of somebody being asked for a rounded sum.
    """
    try:
        exact = Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal()
    rounded = round_to(exact, currency)
    return rounded if abs(exact - rounded) < Decimal("0.000001") else exact


def round_to(value: Decimal, currency: str) -> Decimal:
    """Half up to the currency's minor unit; a currency that ISO 4217 does not know is left alone."""
    try:
        return value.quantize(Money(1, currency).decimal(), rounding=ROUND_HALF_UP)
    except MoneyError:
        return value


def named(link: Any) -> str:
    """The name in ``[id, "name"]``; empty for the false of an empty field."""
    return str(link[1]) if isinstance(link, list) and len(link) == 2 else ""


def key(link: Any) -> int:
    """The id in ``[id, "name"]``; 0 for the false of an empty field."""
    return int(link[0]) if isinstance(link, list) and link else 0
