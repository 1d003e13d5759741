"""Small changes to a module, one at a time: what a programmer gets wrong."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.LShift: ast.RShift,
}


@dataclass(frozen=True, slots=True)
class Change:
    """`apply` changes the tree that it was found in."""

    line: int
    words: str
    apply: Callable[[], None]


def changes(tree: ast.Module) -> list[Change]:
    """All changes to a module, in the order of its lines; always the same ones for the same source.

    Annotations, decorators, docstrings and the words of errors are left alone.
    """
    found = [change for node in _code(tree) for change in _changes_of(node)]
    return sorted(found, key=lambda change: (change.line, change.words))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do something."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "exc") or (name == "value" and _is_words(node)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _code(child)


def _is_words(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes_of(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield _set(node, "op", other, f"{ast.unparse(node)}: {'or' if isinstance(other, ast.Or) else 'and'}")
        case ast.If() | ast.IfExp() | ast.While():
            yield _set(node, "test", ast.UnaryOp(ast.Not(), node.test), f"if {ast.unparse(node.test)}: not")
        case ast.BinOp() if type(node.op) in _COUNTED:
            other_op = _COUNTED[type(node.op)]
            yield _set(node, "op", other_op(), f"{ast.unparse(node)}: {other_op.__name__}")
        case ast.Constant():
            yield from _constant(node)
        case ast.JoinedStr():
            yield from _pieces(node)
        case ast.Return() if node.value is not None and not _is_none(node.value):
            yield _set(node, "value", ast.Constant(None), f"{_short(node)}: None")
    yield from _removed(node)


def _compared(node: ast.Compare) -> Iterator[Change]:
    for at, op in enumerate(node.ops):
        for other in _COMPARED.get(type(op), ()):
            ops = [*node.ops[:at], other(), *node.ops[at + 1 :]]
            yield _set(node, "ops", ops, f"{ast.unparse(node)}: {other.__name__}")


def _constant(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield _set(node, "value", not node.value, f"{node.value}: {not node.value}")
    elif isinstance(node.value, int):
        for other in (node.value + 1, node.value - 1):
            yield _set(node, "value", other, f"{node.value}: {other}")
    elif isinstance(node.value, str) and node.value:
        yield _set(node, "value", node.value + "X", f"{node.value[:40]!r}: changed")


def _pieces(node: ast.JoinedStr) -> Iterator[Change]:
    for at, piece in enumerate(node.values):
        if isinstance(piece, ast.FormattedValue):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            yield _set(node, "values", rest, f"{_short(node)}: without {ast.unparse(piece.value)}")


def _removed(node: ast.AST) -> Iterator[Change]:
    """Statements that act and give nothing back: a check that raises, a call."""
    for block in ("body", "orelse"):
        found = getattr(node, block, None)
        statements: list[ast.stmt] = found if isinstance(found, list) else []
        for at, one in enumerate(statements):
            if isinstance(one, ast.Raise) or (isinstance(one, ast.Expr) and not isinstance(one.value, ast.Constant)):
                yield _replaced(statements, at, f"{_short(one)}: left out")


def _set(node: ast.AST, name: str, value: object, words: str) -> Change:
    return Change(getattr(node, "lineno", 0), words, lambda: setattr(node, name, value))


def _replaced(block: list[ast.stmt], at: int, words: str) -> Change:
    def apply() -> None:
        block[at] = ast.copy_location(ast.Pass(), block[at])

    return Change(block[at].lineno, words, apply)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:100]
