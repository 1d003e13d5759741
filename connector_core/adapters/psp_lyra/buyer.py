"""The buyer's data as Lyra takes it: cut to its limits, without what it refuses (reference/lyra.md 6)."""

import re
import unicodedata

from connector_core.domain.request import Terms

MAIL, PHONE, NAME, COMMENT = 150, 32, 63, 255
"""Longest values in characters."""

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_UNWANTED = re.compile(r"[<>\"\\^{}|~`\[\]]")


def plain(text: str, limit: int) -> str:
    """One line without control characters and markup, at most `limit` characters."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return " ".join(_UNWANTED.sub(" ", text).split())[:limit].rstrip()


def mailbox(text: str) -> str:
    """The address when Lyra will take it, else empty: an odd address must not cost the PayLink."""
    stripped = text.strip()
    return stripped if len(stripped) <= MAIL and _MAILBOX.fullmatch(stripped) else ""


def customer(terms: Terms) -> dict[str, object]:
    """Lyra's ``customer`` object; fields that are empty are left out."""
    first, _, last = plain(terms.name, 10 * NAME).rpartition(" ")
    billing = {
        "firstName": first[:NAME].rstrip(),
        "lastName": last[:NAME].rstrip(),
        "cellPhoneNumber": terms.phone[:PHONE],
    }
    parts: dict[str, object] = {
        "email": mailbox(terms.email),
        "billingDetails": {name: value for name, value in billing.items() if value},
    }
    return {name: value for name, value in parts.items() if value}
