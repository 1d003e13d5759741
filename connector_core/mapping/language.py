"""Language tags from the many ways in which systems write a language."""

import re
from typing import Any

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:[_-](?P<script>[a-z]{4}))?(?:[_-](?P<region>[a-z]{2}|\d{3}))?(?:[_.@-].*)?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)


def language_tag(value: Any) -> str:
    """A canonical BCP 47 tag of language, script and region; empty when `value` is none."""
    match = _TAG.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    script, region = match["script"] or "", match["region"] or ""
    return "-".join(part for part in (match["language"].lower(), script.title(), region.upper()) if part)
