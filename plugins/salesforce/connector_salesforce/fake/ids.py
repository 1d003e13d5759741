"""Salesforce ids: 15 characters that heed case, or 18 that survive a program which does not (reference 2.2)."""

import re
from string import ascii_lowercase, ascii_uppercase, digits

_ALPHABET = digits + ascii_uppercase + ascii_lowercase
_SUFFIX = ascii_uppercase + digits[:6]
_SHAPE = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?", re.ASCII)
_INSTANCE = "5g0"
_FIRST = 62**5 + 10 * 62**4 + 36 * 62**3 + 11 * 62**2
"""Far enough in the series that capitals and small letters both occur."""


def with_suffix(short: str) -> str:
    """The 18 characters of a 15-character id: each suffix letter tells which of five characters are capitals."""
    return short + "".join(_SUFFIX[_capitals(short[at : at + 5])] for at in (0, 5, 10))


def normal_id(text: str) -> str | None:
    """The 18-character form in its true case; None for what is no id, a wrong suffix included."""
    if not _SHAPE.fullmatch(text):
        return None
    if len(text) == 15:
        return with_suffix(text)
    known = [_SUFFIX.find(letter) for letter in text[15:].upper()]
    if -1 in known:
        return None
    restored = with_suffix("".join(_in_case(text[index], known[index // 5] >> index % 5 & 1) for index in range(15)))
    return restored if restored.upper() == text.upper() else None


class IdSeries:
    """Ids that rise in the order of their creation, for any key prefix."""

    def __init__(self) -> None:
        self._last = _FIRST

    def take(self, prefix: str) -> str:
        self._last += 1
        rest, letters = self._last, ""
        for _ in range(9):
            rest, digit = divmod(rest, 62)
            letters = _ALPHABET[digit] + letters
        return with_suffix(f"{prefix}{_INSTANCE}{letters}")


def _capitals(five: str) -> int:
    return sum(1 << index for index, letter in enumerate(five) if letter in ascii_uppercase)


def _in_case(letter: str, capital: int) -> str:
    return letter.upper() if capital else letter.lower()
