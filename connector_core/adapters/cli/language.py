"""The language of the terminal."""

import os


def german() -> bool:
    """`PAYLINK_LANG` decides, then the locale of the terminal."""
    names = ("PAYLINK_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "en")
    return chosen.lower().startswith("de")


def say(english: str, german_text: str) -> str:
    """The text in the language of the terminal."""
    return german_text if german() else english
