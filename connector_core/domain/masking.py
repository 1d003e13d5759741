"""What people may read of telephone numbers and free texts in logs, causes and details."""

import re

import phonenumbers

from connector_core.domain.card_numbers import mask_card_numbers

_SHOWN = 3
_FEWEST_DIGITS = 7
_MOST_DIGITS = 15
_DIGIT = re.compile(r"\d")
_FIRST_LOOK_ASCII = re.compile(r"[0-9](?:[ \-./()]{0,3}[0-9]){6}")
_FIRST_LOOK = re.compile(r"\d(?:[^\w]{0,3}\d){6}")
_PHONE = re.compile(
    r"""(?x)
    (?P<plus>\+[ \u00a0]?\(?\d(?:[ \u00a0\u2009\u202f.\-/()]{0,3}\d){6,14}+(?!\d))
    | (?<![\w.:+\-/])(?P<abroad>00[ ]?[1-9](?:[ \u00a0\-/()]{0,3}\d){8,14}+(?![\w\-:]))
    | (?<![\w.:+\-/])(?P<trunk>\(?0[1-9](?:[ \u00a0\-/()]{0,3}\d){5,12}+(?![\w\-:]))
    | (?<![\w.+\-/])(?P<bare>[1-9]\d{9,14}+(?![\w\-]))
    """
)
_WAMID = re.compile(r"wamid\.[A-Za-z0-9+/=_\-]+")


def mask_phone(phone: str) -> str:
    """``***`` and the last three digits; nothing of a text that has fewer than seven digits."""
    digits = _DIGIT.findall(phone)
    return "***" + ("".join(digits[-_SHOWN:]) if len(digits) >= _FEWEST_DIGITS else "")


def mask_text(text: str) -> str:
    """Free text without card numbers and telephone numbers (international, national, or a messenger's bare digits).

    WhatsApp message ids are shortened to their last eight characters, because they carry the number in base64.
    """
    text, _ = mask_card_numbers(text)
    text = _WAMID.sub(_short_wamid, text) if "wamid." in text else text
    first_look = _FIRST_LOOK_ASCII if text.isascii() else _FIRST_LOOK
    return text if first_look.search(text) is None else _PHONE.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    found = match.group()
    if match["bare"] and not _is_phone("+" + found):
        return found
    return mask_phone(found)


def _is_phone(international: str) -> bool:
    """Whether bare digits are a number of some country's plan: order numbers and time stamps mostly are not."""
    if not international[1:].isascii():
        return True
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(international))
    except phonenumbers.NumberParseException:
        return False


def _short_wamid(match: re.Match[str]) -> str:
    return f"wamid.***{match.group()[-8:]}"
