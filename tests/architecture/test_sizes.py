"""One public idea a module: 400 lines are the hard stop for a module, 40 for a function."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("connector_core", "plugins", "mappings", "tests", "benchmarks", "scripts")
FOUND = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SOURCES = [path for path in FOUND if path.parent.name != "versions"]
"""Without migrations, which are records of one moment."""


def test_there_is_something_to_measure() -> None:
    assert len(SOURCES) > 100


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, f"{path.name} is too long: split it by idea"
    long = [
        f"{node.name} has {length} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > 40
        and not _holds_routes(node)
    ]
    assert not long, "; ".join(long)


def _holds_routes(node: ast.AST) -> bool:
    """A function that only registers functions is measured by those."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    body: list[ast.stmt] = [part for part in getattr(node, "body", []) if not isinstance(part, functions)]
    return sum((part.end_lineno or 0) - part.lineno + 1 for part in body) <= 15


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_say_what_is_inside(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
