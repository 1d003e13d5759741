"""JMESPath expressions: bounded, with allow-listed functions, compiled once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import EmptyExpressionError, JMESPathError, ParseError
from jmespath.visitor import TreeInterpreter

from connector_core.mapping.finding import did_you_mean

MAX_CHARACTERS = 200
MAX_NODES = 60
FUNCTIONS = frozenset(
    """contains ends_with join keys length map max_by min_by not_null reverse sort_by starts_with to_array to_string
    type values""".split()
)
"""No arithmetic: `sum`, `avg` and their like count in binary floating point, which must not touch an amount."""

_INTERPRETER = TreeInterpreter()
"""It keeps nothing of what it was asked; JMESPath makes one for each question, which costs more than most answers."""
_FAULTS = (JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


class ExpressionError(ValueError):
    """An expression that cannot be compiled, or that does not fit the record; the text says why."""


@dataclass(frozen=True, slots=True)
class Selector:
    """A compiled expression. `text` is how it is written in the document, `parsed` its syntax tree."""

    text: str
    parsed: Any

    def __call__(self, record: Any) -> Any:
        """What it selects; None for nothing. Raises `ExpressionError` when a function meets a wrong type."""
        try:
            return _INTERPRETER.visit(self.parsed, record)
        except _FAULTS as error:
            raise ExpressionError(f"the expression {self.text} does not fit the record ({_kind(error)})") from None


def compile_expression(text: str) -> Selector:
    """Raises `ExpressionError`: too long, too many nodes, unreadable, or a function that is not allowed."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"an expression has at most {MAX_CHARACTERS} characters, this one {len(text)}")
    try:
        parsed = jmespath.compile(text)
    except EmptyExpressionError:
        raise ExpressionError("the expression is empty") from None
    except ParseError as error:
        raise ExpressionError(f"the expression cannot be read at character {error.lex_position + 1}: {text}") from None
    except _FAULTS as error:
        raise ExpressionError(f"the expression cannot be read ({_kind(error)}): {text}") from None
    _check(dict(parsed.parsed))
    return Selector(text, parsed.parsed)


def _check(root: dict[str, Any]) -> None:
    nodes = list(_walk(root))
    if len(nodes) > MAX_NODES:
        raise ExpressionError(f"an expression has at most {MAX_NODES} parts, this one {len(nodes)}")
    for name in (node["value"] for node in nodes if node["type"] == "function_expression"):
        if name not in FUNCTIONS:
            raise ExpressionError(f"the function '{name}' is not available.{did_you_mean(name, FUNCTIONS)}")


def _walk(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and "type" in node:
            yield node
            waiting.extend(node["children"])


def _kind(error: Exception) -> str:
    """The kind of fault and no values: JMESPath puts what it met into the text of its errors."""
    return type(error).__name__.removeprefix("JMESPath")
