"""Card numbers in free text: found by issuer range and check digit, and masked before the first write (I8)."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

CARD_MASK = "[card number]"
"""What stands where a card number stood: no digit of it is kept."""

_JOINTS = r"\s.\-_\u00ad\u00b7\u2010-\u2015\u2022\u2212\u200b-\u200d\u2060\ufeff"
_RUN_ASCII = re.compile(r"[0-9](?:[ \t\r\n.\-_]{0,3}[0-9]){12,}")
_RUN_UNICODE = re.compile(rf"\d(?:[{_JOINTS}]{{0,3}}\d){{12,}}")
_GROUP = re.compile(r"\d+")
_UUID = re.compile(r"(?i)(?<![0-9a-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-z])")
_DIALLED = re.compile(r"(?:\+|(?<![\d.,])00)[\s\-/(]?$")
_FRACTION = re.compile(r"(?<!\d)0\.$")
_SHORTEST, _LONGEST = 13, 19
_SMALLEST = 10 ** (_SHORTEST - 1)
_PHONE_DIGITS = 13

_ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (2200, 2205, (16, 17, 18, 19)),  # Mir, Borica
    (2221, 2720, (16,)),  # Mastercard
    (3000, 3059, (14, 15, 16, 17, 18, 19)),  # Diners Club
    (3095, 3095, (14, 15, 16, 17, 18, 19)),
    (3400, 3499, (15,)),  # American Express
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (3600, 3699, (14, 15, 16, 17, 18, 19)),  # Diners Club
    (3700, 3799, (15,)),  # American Express
    (3800, 3999, (14, 15, 16, 17, 18, 19)),  # Diners Club
    (4000, 4999, (13, 16, 19)),  # Visa
    (5000, 5099, (13, 14, 15, 16, 17, 18, 19)),  # Maestro, Dankort, Elo, Verve
    (5100, 5599, (16,)),  # Mastercard
    (5600, 5899, (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (6011, 6011, (16, 17, 18, 19)),  # Discover
    (6062, 6062, (16,)),  # Hipercard
    (6069, 6099, (16,)),  # RuPay
    (6200, 6299, (16, 17, 18, 19)),  # UnionPay
    (6304, 6304, (13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (6362, 6399, (16, 17, 18, 19)),  # Elo, InstaPayment, Maestro
    (6440, 6599, (16, 17, 18, 19)),  # Discover, Troy, RuPay
    (6700, 6799, (13, 14, 15, 16, 17, 18, 19)),  # Maestro, girocard, Bancontact
    (8100, 8299, (16, 17, 18, 19)),  # UnionPay, RuPay
    (8600, 8600, (16,)),  # Uzcard
    (9792, 9792, (16,)),  # Troy
    (9860, 9860, (16,)),  # Humo
)
_LENGTHS = {prefix: lengths for first, last, lengths in _ISSUERS for prefix in range(first, last + 1)}


def mask_card_numbers(text: str) -> tuple[str, int]:
    """The text with every card number replaced, and how many were found.

    A card number has 13 to 19 digits of any script, alone or in groups with up to three blanks, dashes or dots between
    them, begins with a known issuer range and passes Luhn. E.164 numbers, UUIDs and decimal fractions are kept.
    """
    pattern = _RUN_ASCII if text.isascii() else _RUN_UNICODE
    if pattern.search(text) is None:
        return text, 0
    spans = _merged(sorted(span for run in pattern.finditer(text) for span in _cards_in(text, run)))
    spans = [span for span in spans if not _inside_uuid(text, *span)]
    for start, end in reversed(spans):
        text = text[:start] + CARD_MASK + text[end:]
    return text, len(spans)


def without_card_numbers(value: Any) -> Any:
    """JSON values with every card number in them replaced: in texts, in names of members, and as a bare number."""
    if isinstance(value, str):
        return value if len(value) < _SHORTEST else mask_card_numbers(value)[0]
    if isinstance(value, int):
        return CARD_MASK if value >= _SMALLEST and is_card_number(str(value)) else value
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, list | tuple):
        return [without_card_numbers(item) for item in value]
    if isinstance(value, Mapping):
        return {without_card_numbers(name): without_card_numbers(item) for name, item in value.items()}
    return value


def _cards_in(text: str, run: re.Match[str]) -> Iterator[tuple[int, int]]:
    """All spans of whole digit groups that are card numbers, overlapping ones too: their union is masked."""
    groups = [(m.start(), m.end()) for m in _GROUP.finditer(text, *run.span())]
    for first, (start, _) in enumerate(groups):
        digits = ""
        for at, end in groups[first:]:
            digits += _ascii(text[at:end])
            if len(digits) > _LONGEST:
                break
            if is_card_number(digits) and not _is_something_else(text, start, end, len(digits)):
                yield start, end


def is_card_number(digits: str) -> bool:
    """Whether ASCII digits without separators have a known issuer range, its length and a right check digit."""
    if not _SHORTEST <= len(digits) <= _LONGEST or len(digits) not in _LENGTHS.get(int(digits[:4]), ()):
        return False
    odd = sum(map(int, digits[-1::-2]))
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _is_something_else(text: str, start: int, end: int, count: int) -> bool:
    """A decimal fraction, or a telephone number (`+` or 00 before it).

    Telephone numbers that begin like a card number have 13 digits at most.
    """
    before = text[max(0, start - 4) : start]
    if count <= _PHONE_DIGITS and _DIALLED.search(before):
        return True
    joints = [sign for sign in text[start:end] if not sign.isdigit()]
    return bool(_FRACTION.search(before)) or joints == ["."]


def _inside_uuid(text: str, start: int, end: int) -> bool:
    around = _UUID.finditer(text, max(0, start - 36), end + 36)
    return any(match.start() <= start and end <= match.end() for match in around)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
