"""The tables of the demo Odoo, and the little of Odoo's ORM that is seen over RPC."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_odoo.fake.fault import OdooFault, invalid_field, missing
from connector_odoo.fake.schema import schema

Row = dict[str, Any]
_NEWEST_FIRST = frozenset({"sale.order", "account.move", "account.payment"})


class Database:
    """Touched by the server's loop only. `changed(model, row)` is told of every write."""

    def __init__(self, version: int, *, addon: bool, changed: Callable[[str, Row], None]) -> None:
        self.version = version
        self.schema = schema(version, addon=addon)
        self.tables: dict[str, dict[int, Row]] = {model: {} for model in self.schema}
        self.names: dict[str, dict[int, str]] = {}
        self.clock_offset = timedelta()
        self._changed = changed

    def now(self) -> str:
        """With microseconds, which the wire never shows."""
        return f"{datetime.now(UTC) + self.clock_offset:%Y-%m-%d %H:%M:%S.%f}"

    def insert(self, model: str, values: Mapping[str, Any]) -> Row:
        self.check_fields(model, values)
        table = self.tables[model]
        number = max(table, default=0) + 1
        row = {name: self._empty(kind) for name, kind in self.schema[model].items()} | {"id": number, **values}
        self._stamp(row, "create_date", "write_date")
        table[number] = row
        self._changed(model, row)
        return row

    def update(self, model: str, row: Row, values: Mapping[str, Any]) -> None:
        self.check_fields(model, values)
        row.update(values)
        self._stamp(row, "write_date")
        self._changed(model, row)

    def get(self, model: str, number: int) -> Row:
        try:
            return self.table(model)[number]
        except KeyError:
            raise missing(model, number) from None

    def table(self, model: str) -> dict[int, Row]:
        if model not in self.tables:
            raise OdooFault("odoo.exceptions.UserError", f"Object {model} doesn't exist", 404)
        return self.tables[model]

    def search(self, model: str, domain: Sequence[Any], order: str = "", limit: int = 0) -> list[Row]:
        rows = [row for row in self.table(model).values() if self._fits(model, row, domain)]
        usual = "id desc" if model in _NEWEST_FIRST else "id"
        for part in reversed([part.strip() for part in (order or usual).split(",")]):
            name, _, way = part.partition(" ")
            rows.sort(key=lambda row: row[name], reverse=way == "desc")
        return rows[:limit] if limit else rows

    def show(self, model: str, row: Row, fields: Sequence[str]) -> Row:
        """As `read` answers: false for what is empty, ``[id, name]`` for a link, seconds for moments."""
        self.check_fields(model, fields)
        names = fields or list(self.schema[model])
        return {"id": row["id"]} | {name: self._shown(self.schema[model][name], row[name]) for name in names}

    def check_fields(self, model: str, names: Iterable[str]) -> None:
        self.table(model)
        for name in names:
            if name not in self.schema[model]:
                raise invalid_field(model, name)

    def name_of(self, model: str, number: int) -> str:
        row = self.tables.get(model, {}).get(number)
        known = self.names.get(model, {}).get(number, f"{model},{number}")
        return str(row["name"] or f"{model},{number}") if row and "name" in row else known

    def _shown(self, kind: str, value: Any) -> Any:
        if "." in kind:
            return [value, self.name_of(kind, value)] if value else False
        if kind == "datetime" and value:
            return str(value)[:19]
        return list(value) if kind == "ids" else value

    def _empty(self, kind: str) -> Any:
        return {"float": 0.0, "ids": (), "integer": 0}.get(kind, False)

    def _stamp(self, row: Row, *names: str) -> None:
        for name in names:
            if name in row:
                row[name] = self.now()

    def _fits(self, model: str, row: Row, domain: Sequence[Any]) -> bool:
        """Odoo's prefix notation; terms that no operator binds must all hold."""
        stack: list[bool] = []
        for term in reversed(list(domain)):
            if term in ("&", "|"):
                first, second = stack.pop(), stack.pop()
                stack.append((first and second) if term == "&" else (first or second))
            else:
                stack.append(self._holds(model, row, *term))
        return all(stack)

    def _holds(self, model: str, row: Row, name: str, operator: str, wanted: Any) -> bool:
        if name not in self.schema[model]:
            message = f"Invalid field {model}.{name} in condition ({name!r}, {operator!r}, {wanted!r})"
            raise OdooFault("builtins.ValueError", message, 500)
        value = row[name]
        if self.schema[model][name] == "datetime" and self.version >= 19:
            value = str(value)[:19]  # 16 compares the microseconds that it does not show (reference/odoo.md 7)
        if self.schema[model][name] == "ids":
            return (operator == "in") is bool(set(value) & set(wanted if isinstance(wanted, list) else [wanted]))
        tests: dict[str, Callable[[], bool]] = {
            "=": lambda: bool(value == wanted),
            "!=": lambda: bool(value != wanted),
            "in": lambda: value in wanted,
            "not in": lambda: value not in wanted,
            ">=": lambda: bool(value) and value >= wanted,
            ">": lambda: bool(value) and value > wanted,
            "ilike": lambda: str(wanted).lower() in str(value or "").lower(),
        }
        if operator in tests:
            return tests[operator]()
        raise OdooFault("builtins.ValueError", f"Invalid operator {operator!r}", 500)
