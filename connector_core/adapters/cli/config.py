"""`paylink config show`: the configuration as the daemon understands it, secrets masked."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import typer

from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, plain_errors, settings
from connector_core.adapters.cli.language import say
from connector_core.settings import duration_text

HELP = say("The configuration.", "Die Konfiguration.")
app = typer.Typer(no_args_is_help=True)

_SECRET = re.compile(r"secret|password|token|key", re.IGNORECASE)
_MASK = "********"


@app.callback()
def config() -> None:
    """A group, though it has one command as yet."""


@app.command(
    "show",
    help=say(
        "Show the settings in force, secrets masked.", "Die geltenden Einstellungen zeigen, Geheimnisse verdeckt."
    ),
)
def show(config: Config = None) -> None:
    with plain_errors():
        chosen = settings(config)
    out.print("\n".join(_lines(chosen.model_dump(), "")), markup=False, soft_wrap=True)


def masked(name: str, value: Any) -> Any:
    """The value without secrets: those named so, and the password of an address."""
    if isinstance(value, list):
        return [masked(name, item) for item in value]
    if _SECRET.search(name):
        return _MASK
    if isinstance(value, str) and "@" in value and (parts := urlsplit(value)).password:
        return value.replace(f":{parts.password}@", f":{_MASK}@")
    return value


def _lines(block: Mapping[str, Any], path: str) -> list[str]:
    plain = {name: value for name, value in block.items() if not isinstance(value, dict)}
    lines = [f"{name} = {_toml(masked(name, value))}" for name, value in plain.items()]
    for name, value in block.items():
        if isinstance(value, dict):
            inner = f"{path}.{name}".lstrip(".")
            nested = _lines(value, inner)
            is_table = any(not isinstance(item, dict) for item in value.values())
            lines += ["", f"[{inner}]", *nested] if is_table else nested
    return lines


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, timedelta):
        return f'"{duration_text(value)}"'
    return str(value) if isinstance(value, int | float) else f'"{value}"'
