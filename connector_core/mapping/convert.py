"""The converters: from a selected value to what a field needs. Each is pure and raises `ConversionError`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from phonenumbers import country_code_for_region, ndd_prefix_for_region

from connector_core.domain.money import Money, MoneyError, exponent
from connector_core.domain.phone import E164, PhoneError, parse_phone
from connector_core.mapping import specs
from connector_core.mapping.language import language_tag
from connector_core.mapping.moments import parse_duration, parse_moment
from connector_core.mapping.texts import ConversionError, as_text, clean, is_nothing

_AMOUNT = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,60})?", re.ASCII)
_REGION = re.compile(r"[A-Za-z]{2}")
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@(?:[^@\s<>()\[\],;:\\\"._][^@\s<>()\[\],;:\\\".]*\.)+[^\W\d_][\w-]+")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What stands beside the value: further selected values by option (`currency`, `region`, `since`), and the shop's
    region (ISO 3166) and language (BCP 47)."""

    selected: Mapping[str, Any]
    region: str
    language: str


def to_text(value: Any, spec: specs.TextSpec, _: Inputs) -> str:
    return clean(as_text(value))


def to_lower(value: Any, spec: specs.LowerSpec, _: Inputs) -> str:
    return clean(as_text(value).lower())


def to_upper(value: Any, spec: specs.UpperSpec, _: Inputs) -> str:
    return clean(as_text(value).upper())


def to_joined(value: Any, spec: specs.JoinSpec, _: Inputs) -> str:
    parts = value if isinstance(value, list) else [value]
    return clean(spec.with_.join(clean(as_text(part)) for part in parts if not is_nothing(part)))


def to_integer(value: Any, spec: specs.IntegerSpec, _: Inputs) -> str:
    text = as_text(value).strip()
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise ConversionError("the value is no whole number")
    return str(int(text))


def to_mapped(value: Any, spec: specs.MapSpec, _: Inputs) -> str:
    text = as_text(value).strip()
    if text in spec.values:
        return spec.values[text]
    folded = {key.casefold(): result for key, result in spec.values.items()}
    if text.casefold() in folded:
        return folded[text.casefold()]
    if spec.default is not None:
        return spec.default
    raise ConversionError("the value is not in the mapping's table", "Add it under `values`, or give a `default`.")


def to_constant(value: Any, spec: specs.ConstantSpec, _: Inputs) -> str:
    return clean(spec.value)


def to_email(value: Any, spec: specs.EmailSpec, _: Inputs) -> str:
    text = clean(as_text(value))
    return text if len(text) <= 254 and _EMAIL.fullmatch(text) else ""


def to_money(value: Any, spec: specs.MoneySpec, inputs: Inputs) -> Money:
    currency = inputs.selected.get("currency")
    if is_nothing(currency):
        raise ConversionError(f"the amount has no currency (read from {spec.currency})")
    code = as_text(currency).strip().upper()
    text = as_text(value).strip() if not isinstance(value, list | dict) else ""
    if not _AMOUNT.fullmatch(text):
        raise ConversionError("the value is no amount", "Expected digits with a dot, such as 33.90.")
    try:
        return _money(text, code, 0 if spec.unit == "minor" else exponent(code))
    except MoneyError as error:
        raise ConversionError(clean(str(error))[:200]) from None


def _money(text: str, currency: str, decimals: int) -> Money:
    """Counted in text: `Decimal` rounds what is longer than 28 digits, without a word."""
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        raise ConversionError(f"{text} {currency} has too many decimals: {decimals} are possible")
    return Money(int(whole + fraction.ljust(decimals, "0")), currency)


def to_phone(value: Any, spec: specs.PhoneSpec, inputs: Inputs) -> E164:
    region = inputs.selected.get("region")
    known = isinstance(region, str) and _REGION.fullmatch(region.strip())
    where = str(region).strip().upper() if known else inputs.region
    text = as_text(value).strip()
    try:
        return parse_phone(_with_plus(text, where), where)
    except PhoneError as error:
        raise ConversionError(str(error), "Correct it in the order.") from None


def _with_plus(text: str, region: str) -> str:
    """`49151…` for `+49151…`: where national numbers begin with 0, digits that begin with the country's own code are
    an international number without its plus. Read as a national one it would be somebody else's.
    """
    if not text.isdigit() or text.startswith("0") or ndd_prefix_for_region(region.upper(), True) != "0":
        return text
    if not text.startswith(str(country_code_for_region(region.upper()))):
        return text
    try:
        return parse_phone(f"+{text}", None)
    except PhoneError:
        return text


def to_language(value: Any, spec: specs.LanguageSpec, inputs: Inputs) -> str:
    for candidate in (value, spec.default, inputs.language):
        tag = language_tag(candidate)
        if tag:
            return tag
    raise ConversionError("the value is no language tag", "Expected a tag such as de or en-GB; or give `default`.")


def to_moment(value: Any, spec: specs.DatetimeSpec, _: Inputs) -> datetime:
    return parse_moment(value, spec.zone)


def to_end(value: Any, spec: specs.DurationSpec, inputs: Inputs) -> datetime:
    since = inputs.selected.get("since")
    if is_nothing(since):
        raise ConversionError(f"there is no moment to count from (read from {spec.since})")
    try:
        return parse_moment(since, spec.zone) + parse_duration(value, spec.unit)
    except OverflowError:
        raise ConversionError("the moment is out of the calendar") from None


CONVERTERS: Mapping[str, Callable[[Any, Any, Inputs], Any]] = {
    "text": to_text,
    "lower": to_lower,
    "upper": to_upper,
    "join": to_joined,
    "integer": to_integer,
    "map": to_mapped,
    "constant": to_constant,
    "email": to_email,
    "money": to_money,
    "phone": to_phone,
    "language": to_language,
    "datetime": to_moment,
    "duration": to_end,
}
"""By the word behind `as`; called only with a value that is something."""
