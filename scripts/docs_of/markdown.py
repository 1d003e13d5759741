"""Tables, and values as they are written in TOML."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

GENERATED = "<!-- Made from the code by `make docs`: change the code, not this page. -->"
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", GENERATED, *(part.strip("\n") for part in parts)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def toml(value: Any) -> str:
    """One value as it is written behind the ``=``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{duration(value)}"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, int | float):
        return f"{value:g}"
    return f'"{value}"'


def duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"
