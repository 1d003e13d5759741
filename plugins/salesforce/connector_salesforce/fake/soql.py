"""SOQL: one SELECT as a tree. Positions are kept, since errors name them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from connector_salesforce.fake.fault import ApiError
from connector_salesforce.fake.values import moment

Literal = str | bool | Decimal | datetime | date | None
_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class Path:
    """``BillToContact.MobilePhone`` as two names; `at` is its place in the text."""

    names: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operator` is one of ``= != < <= > >= IN NOT IN``; the last two have any number of `values`."""

    path: Path
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`every`: all of `parts` hold (AND), else one of them does (OR)."""

    every: bool
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Comparison | Group | Not


@dataclass(frozen=True, slots=True)
class Order:
    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    fields: tuple[Path, ...]
    source: str
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_TOKENS = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
    r"|(?P<date>\d{4}-\d\d-\d\d)(?![\w:])"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)(?!\w)"
    r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<symbol><=|>=|!=|<>|[=<>(),])",
    re.ASCII | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_COMPARISONS = ("=", "!=", "<>", "<", "<=", ">", ">=")
_DEEPEST = 20
_AROUND = 40


def parse(text: str) -> Query:
    """Raises `ApiError` MALFORMED_QUERY."""
    return _Parser(text).query()


def place(text: str, at: int) -> str:
    """The lines above the message of an error: what stands around its place, and a mark below."""
    start = max(0, at - _AROUND)
    line = " ".join(text[start : at + _AROUND].split("\n"))
    return f"\n{line}\n{' ' * (at - start)}^\nERROR at Row:1:Column:{at + 1}\n"


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._next = 0
        self._depth = 0

    def query(self) -> Query:
        self._expect("SELECT")
        fields = self._list(self._path)
        self._expect("FROM")
        source = self._take("name").text
        where = self._condition() if self._accept("WHERE") else None
        order = self._order() if self._accept("ORDER") else ()
        limit = self._limit() if self._accept("LIMIT") else None
        if self._now.kind != "end":
            raise self._unexpected()
        return Query(tuple(fields), source, where, order, limit)

    def _limit(self) -> int:
        token = self._take("number")
        if not token.text.isdecimal():
            raise self._unexpected(back=1)
        return int(token.text)

    def _order(self) -> tuple[Order, ...]:
        self._expect("BY")
        return tuple(self._list(self._order_by))

    def _order_by(self) -> Order:
        path = self._path()
        descending = self._accept("DESC") or (self._accept("ASC") and False)
        last = False
        if self._accept("NULLS"):
            last = self._accept("LAST")
            if not last:
                self._expect("FIRST")
        return Order(path, descending, last)

    def _condition(self) -> Condition:
        """AND and OR side by side need parentheses."""
        first = self._term()
        word = self._now.text.upper()
        if word not in ("AND", "OR"):
            return first
        parts = [first]
        while self._accept(word):
            parts.append(self._term())
        if self._now.text.upper() in ("AND", "OR"):
            raise self._unexpected()
        return Group(word == "AND", tuple(parts))

    def _term(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._unexpected()
        found = self._inner_term()
        self._depth -= 1
        return found

    def _inner_term(self) -> Condition:
        if self._accept("NOT"):
            return Not(self._term())
        if not self._accept("("):
            return self._comparison()
        inner = self._condition()
        self._expect(")")
        return inner

    def _comparison(self) -> Comparison:
        path = self._path()
        if self._accept("IN"):
            return Comparison(path, "IN", self._values())
        if self._accept("NOT"):
            self._expect("IN")
            return Comparison(path, "NOT IN", self._values())
        operator = self._take("symbol").text
        if operator not in _COMPARISONS:
            raise self._unexpected(back=1)
        return Comparison(path, "!=" if operator == "<>" else operator, (self._literal(),))

    def _values(self) -> tuple[Literal, ...]:
        self._expect("(")
        values = self._list(self._literal)
        self._expect(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._now
        self._next += 1
        match token.kind, token.text.lower():
            case "string", _:
                return self._unquoted(token)
            case "number", text:
                return Decimal(text)
            case "datetime" | "date", _:
                return self._time(token)
            case "name", "true" | "false" | "null" as word:
                return {"true": True, "false": False, "null": None}[word]
        raise self._unexpected(back=1)

    def _time(self, token: _Token) -> datetime | date:
        try:
            return moment(token.text) if token.kind == "datetime" else date.fromisoformat(token.text)
        except ValueError:
            raise self._malformed(f"invalid date: {token.text}", token.at) from None

    def _unquoted(self, token: _Token) -> str:
        def unescaped(match: re.Match[str]) -> str:
            if match[1] not in _ESCAPES:
                raise self._malformed(f"Illegal character sequence '{match[0]}' in string literal", token.at)
            return _ESCAPES[match[1]]

        return re.sub(r"\\(.)", unescaped, token.text[1:-1], flags=re.DOTALL)

    def _path(self) -> Path:
        token = self._take("name")
        return Path(tuple(token.text.split(".")), token.at)

    def _list(self, part: Callable[[], _Part]) -> list[_Part]:
        parts = [part()]
        while self._accept(","):
            parts.append(part())
        return parts

    @property
    def _now(self) -> _Token:
        return self._tokens[min(self._next, len(self._tokens) - 1)]

    def _accept(self, word: str) -> bool:
        token = self._now
        if token.kind not in ("name", "symbol") or token.text.upper() != word:
            return False
        self._next += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected()

    def _take(self, kind: str) -> _Token:
        token = self._now
        if token.kind != kind:
            raise self._unexpected()
        self._next += 1
        return token

    def _split(self) -> list[_Token]:
        at, tokens = 0, []
        while at < len(self._text):
            match = _TOKENS.match(self._text, at)
            if match is None:
                raise self._malformed(f"unexpected token: '{self._text[at]}'", at)
            if match.lastgroup != "blank":
                tokens.append(_Token(match.lastgroup or "", match[0], at))
            at = match.end()
        return [*tokens, _Token("end", "<EOF>", at)]

    def _unexpected(self, *, back: int = 0) -> ApiError:
        token = self._tokens[min(self._next - back, len(self._tokens) - 1)]
        return self._malformed(f"unexpected token: '{token.text}'", token.at)

    def _malformed(self, message: str, at: int) -> ApiError:
        return ApiError(400, "MALFORMED_QUERY", place(self._text, at) + message)
