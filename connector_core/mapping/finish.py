"""What each field demands of its value, whatever converter made it."""

from collections.abc import Callable, Mapping
from typing import Any

from connector_core.domain.money import Money
from connector_core.mapping.language import language_tag
from connector_core.mapping.texts import ConversionError, cut

MAX_REFERENCE = 64
MAX_NAME = 120
MAX_DESCRIPTION = 255

MISSING: Mapping[str, str] = {
    "amount": "The order has no amount.",
    "reference": "The order has no number.",
    "phone": "The order has no telephone number.",
    "language": "The order has no language.",
    "number": "The order has no number.",
    "version": "The order has no modification mark.",
}
"""Plain sentences for a required field that selects nothing."""


def payable(amount: Money) -> Money:
    """More than nothing."""
    if amount.minor <= 0:
        raise ConversionError(f"{amount} is nothing that can be asked for", "Correct the order's total.")
    return amount


def reference(text: str) -> str:
    """Refused when too long: a shortened order number would be another order's."""
    if len(text) > MAX_REFERENCE:
        raise ConversionError(f"the reference has {len(text)} characters; {MAX_REFERENCE} are allowed")
    return text


def language(text: str) -> str:
    tag = language_tag(text)
    if not tag:
        raise ConversionError("the value is no language tag", "Expected a tag such as de or en-GB.")
    return tag


def name(text: str) -> str:
    return cut(text, MAX_NAME)


def description(text: str) -> str:
    return cut(text, MAX_DESCRIPTION)


def email(text: str) -> str:
    return text if len(text) <= 254 else ""


FINISH: Mapping[str, Callable[[Any], Any]] = {
    "amount": payable,
    "reference": reference,
    "language": language,
    "name": name,
    "description": description,
    "email": email,
}
