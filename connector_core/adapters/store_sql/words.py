"""What a request is found by, and how a text that people type is read."""

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

from connector_core.domain.money import Money
from connector_core.domain.state import OrderState

_PHONE = "~"
"""Begins the word of a phone number, whose digits stand in it from the last to the first."""
_AMOUNT = "="
_LAST = "\U0010ffff"
WEEK = 7 * 86_400 * 1_000_000
_LONGEST = 100
_MOST_WORDS = 12
_MOST_ASKED = 5
_PHONE_DIGITS = 4
_WHOLE_NUMBER = 6
"""A number with more digits than that may be typed with the zeros that are dialled before it."""
_AMOUNT_TYPED = re.compile(r"(\d{1,12}|\d{1,3}(?:[., ']\d{3}){1,3})[.,](\d{1,3})")
_CURRENCY_TYPED = re.compile(r"^[€$£]\s*|\s*(?:[€$£]|\b[a-z]{3})$")


class Span(NamedTuple):
    """Words from `low`, below `high`."""

    low: str
    high: str


Reading = tuple[Span, ...]
"""Spans in each of which a request must have a word."""


def words_of(state: OrderState) -> list[str]:
    order, request = state.order, state.request
    references = [order.number or order.order_ref, *([order.order_ref] if " " in order.order_ref else [])]
    found = [order.order_ref.casefold()]
    if request:
        terms = request.terms
        references.append(terms.reference)
        found.append(_amount_word(terms.amount))
        if not terms.erased:
            found += [*plain_words(terms.name)[:_MOST_WORDS], _phone_word(terms.phone) if terms.phone else ""]
    for reference in references:
        found += [reference.casefold(), *plain_words(reference)[:_MOST_WORDS]]
    return sorted({word[:_LONGEST] for word in found if word})


def readings(text: str) -> list[Reading]:
    """Each way to understand the text; what fits one of them is found."""
    typed = "".join(one for one in " ".join(text.split()).casefold() if one.isprintable())[:_LONGEST]
    if not typed:
        return []
    words = plain_words(typed)[:_MOST_ASKED]
    by_words = len(words) == 1 or bool(re.search(r"[^\W\d_]", typed))
    found: list[Reading] = [(_beginning(typed),)] if not by_words or " " not in typed else []
    if amount := _amount_typed(typed):
        found.append((Span(amount, amount + "!"),))  # no digit stands before it
    if phone := _phone_typed(typed):
        found.append((_beginning(phone),))
    if by_words:
        found.append(tuple(_beginning(word) for word in words))
    return list(dict.fromkeys(reading for reading in found if reading))


def plain_words(text: str) -> list[str]:
    """In lower case and without accents: ``Müller`` is found by ``muller`` too."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return [word[:_LONGEST] for word in re.findall(r"[^\W_]+", letters)]


def _beginning(word: str) -> Span:
    return Span(word, word + _LAST)


def _phone_word(phone: str) -> str:
    return _PHONE + re.sub(r"\D", "", phone)[::-1]


def _phone_typed(typed: str) -> str:
    digits = re.sub(r"\D", "", typed)
    if len(digits) < _PHONE_DIGITS or re.search(r"[^\d\s+()/.-]", typed):
        return ""
    return _phone_word(digits.lstrip("0") if len(digits) > _WHOLE_NUMBER else digits)


def _amount_word(amount: Money) -> str:
    """With two decimals at least, whatever the currency has: people type them so."""
    return _decimal_word(amount.decimal())


def _amount_typed(typed: str) -> str:
    """Decimals make an amount; a number without them is a reference, or a part of one."""
    found = _AMOUNT_TYPED.fullmatch(_CURRENCY_TYPED.sub("", typed))
    return _decimal_word(Decimal(re.sub(r"\D", "", found[1]) + "." + found[2])) if found else ""


def _decimal_word(amount: Decimal) -> str:
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{_AMOUNT}{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def week_of(created_at: int) -> int:
    """The words of a week stand together, so that the newest requests are found without a look at all older ones."""
    return created_at // WEEK
