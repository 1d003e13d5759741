"""What must never reach a log: card numbers, telephone numbers and secrets, wherever in an event they stand."""

import re
from base64 import b64encode
from collections.abc import Mapping, Set
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import quote

from pydantic import SecretBytes, SecretStr

from connector_core.domain.masking import mask_phone, mask_text

HIDDEN = "[hidden]"
"""What stands where a secret stood."""

_SHORTEST_SECRET = 4
_DEEPEST = 8
_LABELLED = r"pass(?:word|wd|phrase)|token|secret|(?:api|private|signing|hmac|encryption)[_\-]?key|authorization|cookie"
_CONFIDENTIAL_KEY = re.compile(
    rf"(?i)(?:^|[_\-. ])(?:{_LABELLED}|credential|pass|signature|hmac|otp|cvv|cvc|pan)s?$|(?:password|secret|token)s?$"
)
_PHONE_KEY = re.compile(
    r"(?i)(?:^|[_\-. ])(?:phone|phone_?number|tel|telephone|mobile|mobile_?number|msisdn|wa_?id|recipient|recipient_?id"
    r"|to|from|sender)$"
)
_LOOKS_LIKE_PHONE = re.compile(r"^[+(]?\d[\d\s\-./()]{5,}$")
_FIRST_LOOK = re.compile(r"(?i)pass|token|secret|key|auth|cookie|bearer|basic|signature|hmac|://|whsec_")
_IN_TEXT = re.compile(
    rf"""(?ix)
    (?P<scheme>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=\-]{{6,}}
    | (?P<user>://[^\s/:@]*:)[^\s/@]+(?=@)
    | (?P<name>[\w.\-]*(?:{_LABELLED})["']?\s*[=:]\s*)
      (?:["'][^"']*["']|(?:bearer|basic)\s+[^\s"',;&)}}\]]+|[^\s"',;&)}}\]]+)
    | \bwhsec_[A-Za-z0-9+/=]+
    """
)

_secrets: set[str] = set()
_secret_pattern: re.Pattern[str] | None = None


def hide(secret: str | SecretStr) -> None:
    """From now on, no log shows this value, nor its base64, percent-encoded or escaped form.

    Of several lines (a private key) each one is hidden. A value of less than four characters is not hidden.
    """
    global _secret_pattern
    value = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
    forms = (value, *value.splitlines(), quote(value, safe=""), b64encode(value.encode()).decode().rstrip("="))
    _secrets.update(form for form in (*forms, repr(value)[1:-1]) if len(form.strip()) >= _SHORTEST_SECRET)
    if not _secrets:
        return
    _secret_pattern = re.compile("|".join(map(re.escape, sorted(_secrets, key=len, reverse=True))))


def redact_text(text: str) -> str:
    """The text without secrets, card numbers and telephone numbers."""
    if _secret_pattern is not None:
        text = _secret_pattern.sub(HIDDEN, text)
    if _FIRST_LOOK.search(text) is not None:
        text = _IN_TEXT.sub(_without_value, text)
    return mask_text(text)


def redact(value: Any, key: str = "") -> Any:
    """A copy made of JSON values with nothing confidential in it. `key` is the name under which the value stands."""
    return _redacted(value, key, _DEEPEST)


def _redacted(value: Any, key: str, depth: int) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if key and _CONFIDENTIAL_KEY.search(key):
        return HIDDEN
    if isinstance(value, int):
        return _number(value, key)
    if isinstance(value, str):
        return _text(str(value.value) if isinstance(value, Enum) else value, key)
    if depth == 0:
        return "..."
    if isinstance(value, Mapping):
        return {_text(str(name), ""): _redacted(item, str(name), depth - 1) for name, item in value.items()}
    if isinstance(value, list | tuple | Set):
        return [_redacted(item, key, depth - 1) for item in value]
    return _other(value)


def _number(value: int, key: str) -> int | str:
    """Numbers of seven digits or more may be a telephone or card number."""
    if -1_000_000 < value < 1_000_000:
        return value
    shown = _text(str(value), key)
    return value if shown == str(value) else shown


def _text(text: str, key: str) -> str:
    if key and _PHONE_KEY.search(key) and _LOOKS_LIKE_PHONE.match(text):
        return mask_phone(text)
    return redact_text(text)


def _other(value: Any) -> str:
    """Anything else as its text; bytes and secrets say nothing of themselves."""
    if isinstance(value, SecretStr | SecretBytes):
        return HIDDEN
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | timedelta | Enum):
        return str(value)
    try:
        return redact_text(repr(value))
    except Exception:  # noqa: BLE001 - a log line must not fail because of what it shows
        return f"[{type(value).__name__}]"


def _without_value(match: re.Match[str]) -> str:
    kept = match["scheme"] or match["user"] or match["name"] or ""
    return kept + HIDDEN
