"""The reference of a request that was made by hand: what somebody gave, else a short one that people can read out."""

import hashlib
import re
import secrets
from collections.abc import Iterator

from connector_core.domain.card_numbers import CARD_MASK, mask_card_numbers
from connector_core.domain.errors import InvalidInput

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,49}")
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _TRIES = 6, 8


def references(given: str, once: str = "") -> Iterator[str]:
    """The one that was given, or several to try, in an order that follows from `once` if there is one. Raises
    `InvalidInput`: it is stored as it is, so a card number cannot stand in it.
    """
    if not given:
        yield from (_short(once and f"{once}:{number}") for number in range(_TRIES))
        return
    if not _REFERENCE.fullmatch(given) or CARD_MASK in mask_card_numbers(given)[0]:
        raise InvalidInput(
            "The reference cannot be used.",
            field="reference",
            status=422,
            cure="Write up to 50 letters, digits, spaces and . _ / # -, such as 2026-1009, and no card number.",
        )
    yield given


def _short(seed: str) -> str:
    number = int(hashlib.sha256((seed or secrets.token_hex(16)).encode()).hexdigest(), 16)
    return f"H-{''.join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_LENGTH))}"
