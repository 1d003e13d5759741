"""Texts from outside: cleaned, masked, bounded."""

import re
import unicodedata
from typing import Any

from connector_core.domain.card_numbers import mask_card_numbers


class ConversionError(ValueError):
    """A value that cannot become what the field needs. `cure` is the way out; neither shows personal data."""

    def __init__(self, sentence: str, cure: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.cure = cure


_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Controls, direction overrides (they turn the text around them), half surrogates (no database takes them).

Kept: marks that emoji (U+200D, variation selectors) and right-to-left scripts (U+200E, U+200F) need.
"""
_VAST = 10**1000  # Python refuses to write out much longer numbers
_SPACES = re.compile(r"\s+")


def is_nothing(value: Any) -> bool:
    """Whether an expression selected nothing: null, an empty list or object, blank text, or Odoo's `false`."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False or value in ([], {})


def as_text(value: Any) -> str:
    """Text of a scalar, unmasked and as written. Raises `ConversionError` for lists, objects and `true`."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) >= _VAST:
        return str(value)
    raise ConversionError(f"the mapping selects {kind(value)} where a text is needed", "Select one value.")


def clean(text: str) -> str:
    """One line of NFC text without controls, card numbers masked. Emoji and right-to-left scripts stay."""
    if text.isascii() and text.isprintable() and "  " not in text:
        bare = text.strip()
    else:
        bare = unicodedata.normalize("NFC", _SPACES.sub(" ", _UNWANTED.sub("", text))).strip()
    return mask_card_numbers(bare)[0]


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis, never through a letter and its marks or a joined emoji."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 0 and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[: end or limit - 1].rstrip() + "…"


def _joins(character: str) -> bool:
    return character == "\u200d" or unicodedata.category(character) in ("Mn", "Me", "Mc", "Sk")


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes or no"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"
