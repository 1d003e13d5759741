"""Finds every crash point in the source, so that a new one is tested without anybody thinking of it."""

import ast
from dataclasses import dataclass
from pathlib import Path

from connector_core.crash_points import crash_point
from connector_core.domain.step import StepKind

CORE = Path(__file__).parents[2] / "connector_core"


@dataclass(frozen=True, slots=True)
class Point:
    """`name` is what `PAYLINK_CRASH_AT` takes; `home` the module in which it stands."""

    name: str
    home: str

    @property
    def kind(self) -> str:
        """The kind of step whose call surrounds it; empty for a point that all kinds pass."""
        return self.name.partition("/")[2]


def find_points() -> list[Point]:
    """In the order of their names. One that is given a kind of step is there once for each kind with an effect."""
    found = [point for path in sorted(CORE.rglob("*.py")) for point in _points_of(path)]
    return sorted(found, key=lambda point: point.name)


def _points_of(path: Path) -> list[Point]:
    home = path.relative_to(CORE).as_posix()
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _is_call(node)]
    return [Point(name, home) for call in calls if isinstance(call, ast.Call) for name in _names(call)]


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == crash_point.__name__


def _names(call: ast.Call) -> list[str]:
    name = call.args[0]
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        raise TypeError(f"line {call.lineno}: the name of a crash point is a literal, or no test can find it")
    if len(call.args) == 1:
        return [name.value]
    return [f"{name.value}/{kind}" for kind in StepKind if kind.has_effect]
