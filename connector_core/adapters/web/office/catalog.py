"""German for the English texts of the pages: `locales/de.po`, read when it is first needed."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "de")


@cache
def translations(language: str) -> Mapping[str, str]:
    """By English text; empty for English itself."""
    if language == "en":
        return {}
    from babel.messages.pofile import read_po  # 1 MiB, for whoever opens a page

    with (files(__package__) / "locales" / f"{language}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def translator(language: str) -> Callable[[str], str]:
    known = translations(language)
    return lambda text: known.get(text, text)


def preferred(header: str) -> str:
    """The first language of an Accept-Language header that the pages have, else English."""
    for part in header.split(","):
        language = part.split(";")[0].strip().lower()[:2]
        if language in LANGUAGES:
            return language
    return "en"
