"""Passwords: argon2id with OWASP's lean settings, so that a burst of sign-ins does not fill the memory."""

from collections.abc import Sequence

import argon2

from connector_core.domain.errors import InvalidInput

SHORTEST = 10
LONGEST = 128
_WEAK = 3
"""zxcvbn's score from 0 to 4: from 3 on, some 10^8 guesses are needed."""

_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$//RpssrmvmVd2bj/RXWF9A$L3gmSDWbdY7yGN6BJcOIeYGLOYq2YX4unysLgJS3DHE"
"""Of a password that nobody knows, by the same settings; verified when there is no such person, so that the answer
takes as long as for one that there is.
"""


def hashed(password: str) -> str:
    return _hasher.hash(password)


def fits(known: str, password: str) -> bool:
    """Takes about 30 ms of one core, whether there is a password or not."""
    try:
        return _hasher.verify(known or _NOBODYS, password[:LONGEST]) and bool(known)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def check_new(password: str, about: Sequence[str]) -> None:
    """Raises `InvalidInput` for a password that is short or easily guessed; `about` are words of the person."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"The password must have {SHORTEST} to {LONGEST} characters.",
            field="password",
            status=422,
            cure="Three or four words that do not belong together are easy to remember.",
        )
    from zxcvbn import zxcvbn  # its lists take 5 MiB, for something that is rarely done

    if zxcvbn(password[:72], user_inputs=list(about))["score"] < _WEAK:
        raise InvalidInput(
            "This password is easily guessed.",
            field="password",
            status=422,
            cure="Take three or four words that do not belong together, or let a password manager make one.",
        )
