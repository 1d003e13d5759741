"""`commands.md`: the help of every command, as the terminal shows it in English."""

import os
from collections.abc import Iterator
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner

from scripts.docs_of.markdown import page

os.environ["PAYLINK_LANG"] = "en"  # the texts are chosen when the commands are imported
from connector_core.adapters.cli.main import app

COLUMNS = 100
_INTRODUCTION = """
Every command explains itself with `--help`, in German where the terminal speaks German. What goes wrong is told in a
plain sentence with the way out, and the exit status is 1; a command line that cannot be understood ends with 2.
"""


def commands_page() -> str:
    sections = [f"## {' '.join(path)}\n\n```text\n{_help(path)}\n```" for path in _paths()]
    return page("Commands", _INTRODUCTION, *sections)


def _paths() -> Iterator[list[str]]:
    """Every command and group, each group before what is in it."""
    yield from _below(["paylink"], get_command(app))


def _below(path: list[str], command: Any) -> Iterator[list[str]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below([*path, name], inner)


def _help(path: list[str]) -> str:
    result = CliRunner().invoke(
        app, [*path[1:], "--help"], prog_name=path[0], env={"COLUMNS": str(COLUMNS)}, terminal_width=COLUMNS
    )
    if result.exit_code:
        raise RuntimeError(f"{' '.join(path)} --help ended with {result.exit_code}")
    return "\n".join(line.rstrip() for line in result.stdout.strip().splitlines())
