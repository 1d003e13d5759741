"""Runs a parsed query over the org (reference 2.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connector_salesforce.fake.fault import ApiError
from connector_salesforce.fake.ids import normal_id
from connector_salesforce.fake.org import Org, Row
from connector_salesforce.fake.schema import IDS, TEXTUAL, Field, Kind, SObject, no_column
from connector_salesforce.fake.soql import Comparison, Condition, Group, Literal, Not, Path, Query, place
from connector_salesforce.fake.values import show

Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class _Column:
    """A field and the lookups on the way to it."""

    parents: tuple[tuple[Field, SObject], ...]
    field: Field

    @property
    def name(self) -> str:
        return ".".join((*(field.relationship for field, _ in self.parents), self.field.name))


class Querying:
    """One query; raises `ApiError` when the user cannot ask that. `path` is the address of the API's version."""

    def __init__(self, org: Org, query: Query, path: str, text: str = "") -> None:
        self._org = org
        self._query = query
        self._path = path
        self._text = text
        self._source = self._object(query)
        self._columns = [self._column(path) for path in self._query.fields]
        self._refuse_duplicates()

    def records(self, *, deleted: bool) -> list[dict[str, Any]]:
        """Those that the query finds; with `deleted` in the recycle bin too."""
        rows = [row for row in self._org.tables[self._source.name].values() if deleted or not row.get("IsDeleted")]
        if self._query.where:
            rows = list(filter(self._test(self._query.where), rows))
        for order in reversed(self._query.order):
            rows = self._sorted(rows, self._column(order.path), order.descending, order.nulls_last)
        return [self.record(row) for row in rows[: self._query.limit]]

    # What the names mean

    def _object(self, query: Query) -> SObject:
        found = self._org.schema.find(query.source)
        if found is None:
            text = (
                f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, be "
                "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for "
                "the appropriate names."
            )
            raise ApiError(400, "INVALID_TYPE", place(self._text, self._text.find(query.source)) + text)
        return found

    def _column(self, path: Path) -> _Column:
        sobject, parents = self._source, []
        names = path.names[1:] if len(path.names) > 1 and self._is_source(path.names[0]) else path.names
        for name in names[:-1]:
            found = self._org.schema.parent(sobject, name)
            if found is None:
                raise self._no_relationship(name, path)
            parents.append(found)
            sobject = found[1]
        field = self._org.schema.field(sobject, names[-1])
        if field is None:
            fault = no_column(names[-1], sobject, query=True)
            raise ApiError(400, fault.code, place(self._text, path.at) + fault.message)
        return _Column(tuple(parents), field)

    def _is_source(self, name: str) -> bool:
        """``Order.Id FROM Order`` is ``Id``, unless a parent has that name."""
        return name.lower() == self._source.name.lower() and not self._org.schema.parent(self._source, name)

    def _no_relationship(self, name: str, path: Path) -> ApiError:
        text = (
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
            "relationship, be sure to append the '__r' after the custom relationship name. Please reference your "
            "WSDL or the describe call for the appropriate names."
        )
        return ApiError(400, "INVALID_FIELD", place(self._text, path.at) + text)

    def _refuse_duplicates(self) -> None:
        names = [column.name for column in self._columns]
        for name in names:
            if names.count(name) > 1:
                raise ApiError(400, "INVALID_FIELD", f"duplicate field selected: {name}")

    # Reading rows

    def _value(self, row: Row, column: _Column) -> Any:
        for field, _ in column.parents:
            parent = self._org.live(row[field.name])
            if parent is None:
                return None
            row = parent
        return row[column.field.name]

    def record(self, row: Row) -> dict[str, Any]:
        """The row with the fields that the query selects."""
        shown = self._head(self._source, row)
        for column in self._columns:
            self._place(shown, row, column)
        return shown

    def _place(self, shown: dict[str, Any], row: Row, column: _Column) -> None:
        """A parent that is null is null as a whole, however many of its fields were asked for."""
        for field, sobject in column.parents:
            parent = self._org.live(row[field.name])
            if parent is None:
                shown[field.relationship] = None
                return
            shown = shown.setdefault(field.relationship, self._head(sobject, parent))
            row = parent
        shown[column.field.name] = show(row[column.field.name])

    def _head(self, sobject: SObject, row: Row) -> dict[str, Any]:
        return {"attributes": {"type": sobject.name, "url": f"{self._path}/sobjects/{sobject.name}/{row['Id']}"}}

    # Filter and order

    def _test(self, condition: Condition) -> Test:
        match condition:
            case Group(every=every, parts=parts):
                tests = [self._test(part) for part in parts]
                join: Callable[[Iterable[bool]], bool] = all if every else any
                return lambda row: join(test(row) for test in tests)
            case Not(part=part):
                test = self._test(part)
                return lambda row: not test(row)
            case Comparison():
                return self._comparison(condition)

    def _comparison(self, asked: Comparison) -> Test:
        column = self._column(asked.path)
        wanted = [self._literal(column.field, value, asked.path) for value in asked.values]
        read = _comparable(column.field)
        match asked.operator:
            case "=" | "IN":
                known = frozenset(wanted)
                return lambda row: read(self._value(row, column)) in known
            case "!=" | "NOT IN":
                unwanted = frozenset(wanted)
                return lambda row: read(self._value(row, column)) not in unwanted
        limit, operator = wanted[0], asked.operator
        return lambda row: _compare(read(self._value(row, column)), operator, limit)

    def _literal(self, field: Field, value: Literal, path: Path) -> Any:
        """The literal as the field is compared. Raises `ApiError` where the kinds do not fit."""
        if value is None or value == "":
            return None
        if not _fits(field.kind, value):
            quoted = "should be" if field.kind in (*TEXTUAL, *IDS) else "should not be"
            text = f"value of filter criterion for field '{field.name}' must be of type {field.kind.value} and {quoted}"
            raise ApiError(400, "INVALID_FIELD", f"{place(self._text, path.at)}{text} enclosed in quotes")
        if field.kind in IDS and normal_id(str(value)) is None:
            text = f"{place(self._text, path.at)}invalid ID field: {value}"
            raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", text)
        return normal_id(str(value)) if field.kind in IDS else _comparable(field)(value)

    def _sorted(self, rows: list[Row], column: _Column, descending: bool, nulls_last: bool) -> list[Row]:
        """Nulls come first in both directions unless the query says otherwise."""
        read = _comparable(column.field)
        known = [(read(self._value(row, column)), row) for row in rows]
        nulls = [row for value, row in known if value is None]
        rest = [pair for pair in known if pair[0] is not None]
        filled = [row for _, row in sorted(rest, key=lambda pair: pair[0], reverse=descending)]
        return filled + nulls if nulls_last else nulls + filled


def _comparable(field: Field) -> Callable[[Any], Any]:
    """Text is compared without case; ids heed it."""
    if field.kind in TEXTUAL:
        return lambda value: value.casefold() if value else None
    return lambda value: value


def _fits(kind: Kind, value: Literal) -> bool:
    match kind:
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.CURRENCY:
            return isinstance(value, Decimal)
        case Kind.DATETIME:
            return isinstance(value, datetime)
        case Kind.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
    return isinstance(value, str)


def _compare(value: Any, operator: str, limit: Any) -> bool:
    """Null is neither more nor less than anything."""
    if value is None or limit is None:
        return False
    match operator:
        case "<":
            return bool(value < limit)
        case "<=":
            return bool(value <= limit)
        case ">":
            return bool(value > limit)
    return bool(value >= limit)
