"""The methods that can be called from outside, and what they answer in each version."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector_odoo.fake.books import USER, Books
from connector_odoo.fake.database import Database, Row
from connector_odoo.fake.fault import OdooFault, access_error, user_error

_ON_MODEL: Mapping[str, Sequence[str]] = {
    "search_read": ("domain", "fields", "offset", "limit", "order"),
    "search": ("domain", "offset", "limit", "order"),
    "search_count": ("domain",),
    "fields_get": ("allfields", "attributes"),
    "create": ("vals_list",),
    "context_get": (),
    "check_access_rights": ("operation", "raise_exception"),
    "record_payments": ("vals_list",),
    "describe": (),
}
"""Called without records; behind each the names of its positional arguments."""
_ON_RECORDS: Mapping[str, Sequence[str]] = {
    "read": ("fields",),
    "write": ("vals",),
    "has_access": ("operation",),
    "message_post": (),
    "action_confirm": (),
    "action_cancel": (),
    "action_draft": (),
    "action_post": (),
    "action_create_payments": (),
    "button_draft": (),
    "create_invoices": (),
    "get_portal_url": (),
}
_EVERYWHERE = frozenset(
    {"search_read", "search", "search_count", "fields_get", "create", "read", "write", "has_access"}
)
_WHERE: Mapping[str, Sequence[str]] = {
    "context_get": ["res.users"],
    "check_access_rights": [],
    "record_payments": ["paylink.connector"],
    "describe": ["paylink.connector"],
    "message_post": ["sale.order", "account.move"],
    "action_confirm": ["sale.order"],
    "action_cancel": ["sale.order", "account.payment"],
    "action_draft": ["account.payment"],
    "action_post": ["account.move", "account.payment"],
    "action_create_payments": ["account.payment.register"],
    "button_draft": ["account.move"],
    "create_invoices": ["sale.advance.payment.inv"],
    "get_portal_url": ["sale.order"],
}
Call = Callable[[str, Sequence[int], Mapping[str, Any], Mapping[str, Any]], Any]


class Methods:
    """`forbidden` are the models whose rights the user lacks; without `has_email` the user writes no notes on 16."""

    def __init__(self, db: Database, books: Books) -> None:
        self._db = db
        self._books = books
        self.forbidden: set[str] = set()
        self.has_email = True
        self.record_payments: Callable[[Sequence[Mapping[str, Any]]], Any] = lambda _: []

    def call_by_place(self, model: str, method: str, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """As ``execute_kw`` does: positional arguments, ids first for methods of records."""
        self._check(model, method)
        rest, ids = list(args), []
        if method in _ON_RECORDS and rest:
            first = rest.pop(0)
            ids = first if isinstance(first, list) else [first]
        names = (_ON_MODEL.get(method) or _ON_RECORDS.get(method) or ())[: len(rest)]
        values = {**dict(zip(names, rest, strict=True)), **named}
        single = method == "create" and isinstance(values.get("vals_list"), dict)
        if single:
            values["vals_list"] = [values["vals_list"]]
        result = self._run(model, method, ids, values)
        if single:
            return result[0]
        return result[0] if method == "message_post" and self._db.version == 16 else result

    def call_by_name(self, model: str, method: str, values: Mapping[str, Any]) -> Any:
        """As JSON-2 does: everything by name."""
        self._check(model, method)
        ids = values.get("ids", [])
        if method in _ON_MODEL and ids:
            raise _unprocessable(f"cannot call {model}.{method} with ids")
        known = {*_ON_MODEL.get(method, ()), *_ON_RECORDS.get(method, ()), "ids", "context"}
        odd = [name for name in values if name not in known]
        if odd and method != "message_post":
            raise _unprocessable(f"got an unexpected keyword argument {odd[0]!r}")
        return self._run(model, method, ids, {name: value for name, value in values.items() if name != "ids"})

    def _check(self, model: str, method: str) -> None:
        if model not in self._db.schema:
            raise OdooFault("odoo.exceptions.UserError", f"Object {model} doesn't exist", 404)
        if method.startswith("_"):
            raise access_error(f"Private methods (such as '{model}.{method}') cannot be called remotely.")
        here = _WHERE.get(method)
        if method not in _EVERYWHERE and (here is None or (here and model not in here)):
            message = f"The method '{model}.{method}' does not exist"
            raise OdooFault("builtins.AttributeError", message, 404)
        if model in self.forbidden and method not in ("check_access_rights", "has_access"):
            raise access_error(f"You are not allowed to access ({model}) records.\n\nContact your administrator.")

    def _run(self, model: str, method: str, ids: Sequence[int], values: Mapping[str, Any]) -> Any:
        context = values.get("context") or {}
        if method in ("search_read", "search", "search_count", "fields_get", "read"):
            return self._read(model, method, ids, values)
        match method:
            case "create":
                return [self._create(model, row, context)["id"] for row in values["vals_list"]]
            case "write":
                rows = [self._db.get(model, number) for number in ids]
                for row in rows:
                    self._write(model, row, values["vals"])
                return True
            case "context_get":
                return {"lang": "en_US", "tz": False, "uid": USER}
            case "check_access_rights" | "has_access":
                return model not in self.forbidden
            case "describe":
                return _description(self._db.version)
            case "record_payments":
                return self.record_payments(values["vals_list"])
            case "message_post":
                return [self._message(model, ids[0], values)["id"]]
        return self._act(model, method, [self._db.get(model, number) for number in ids], context)

    def _message(self, model: str, number: int, values: Mapping[str, Any]) -> Row:
        if not self.has_email and self._db.version == 16:
            raise user_error("Unable to send message, please configure the sender's email address.")
        return self._books.message(model, number, values)

    def _read(self, model: str, method: str, ids: Sequence[int], values: Mapping[str, Any]) -> Any:
        if method == "fields_get":
            known = self._db.schema[model]
            return {name: _described(known[name]) for name in values.get("allfields") or known if name in known}
        if method == "read":
            table = self._db.table(model)
            self._db.check_fields(model, values.get("fields") or ())
            return [self._db.show(model, table[n], values.get("fields") or ()) for n in ids if n in table]
        rows = self._db.search(model, values.get("domain") or [], values.get("order") or "", values.get("limit") or 0)
        if method == "search_count":
            return len(rows)
        if method == "search":
            return [row["id"] for row in rows]
        return [self._db.show(model, row, values.get("fields") or ()) for row in rows]

    def _write(self, model: str, row: Row, values: Mapping[str, Any]) -> None:
        if model == "sale.order":
            self._books.write_order(row, values)
        else:
            self._db.update(model, row, values)

    def _create(self, model: str, values: Mapping[str, Any], context: Mapping[str, Any]) -> Row:
        match model:
            case "sale.order":
                return self._books.create_order(values)
            case "account.move":
                return self._books.create_move(values)
            case "account.payment.register":
                return self._books.open_register(values, context)
            case "account.payment":
                return self._books.create_payment(values)
            case "sale.advance.payment.inv":
                orders = tuple(values["sale_order_ids"][0][2])
                return self._db.insert(model, {**values, "sale_order_ids": orders})
            case "res.partner":
                row = self._db.insert(model, values)
                row["commercial_partner_id"] = row["parent_id"] or row["id"]
                row["country_code"] = {57: "DE", 12: "AT"}.get(row["country_id"], False)
                return row
        return self._db.insert(model, values)

    def _act(self, model: str, method: str, rows: Sequence[Row], context: Mapping[str, Any]) -> Any:
        if model in ("sale.order", "account.move", "account.payment"):
            return self._act_on_documents(model, method, rows)
        if model == "sale.advance.payment.inv":
            return self._invoiced(rows[0])
        payment = self._books.run_register(rows[0], context)
        return _window("Payments", "account.payment", payment["id"])

    def _act_on_documents(self, model: str, method: str, rows: Sequence[Row]) -> Any:
        books = self._books
        if method == "get_portal_url":
            return books.portal_url(rows[0])
        work: Mapping[tuple[str, str], Callable[[Row], None]] = {
            ("sale.order", "action_confirm"): books.confirm,
            ("sale.order", "action_cancel"): lambda row: self._db.update(model, row, {"state": "cancel"}),
            ("account.move", "action_post"): books.post,
            ("account.move", "button_draft"): lambda row: books.reset(row, "draft"),
            ("account.payment", "action_post"): books.post_payment,
            ("account.payment", "action_draft"): lambda row: books.undo_payment(row, cancel=False),
            ("account.payment", "action_cancel"): lambda row: books.undo_payment(row, cancel=True),
        }
        for row in rows:
            work[model, method](row)
        return {"sale.order": True, "account.move": False}.get(model)

    def _invoiced(self, wizard: Row) -> Any:
        moves = [self._books.invoice(self._db.get("sale.order", number)) for number in wizard["sale_order_ids"]]
        if self._db.version == 16:
            return {"type": "ir.actions.act_window_close"}
        return _window("Invoices", "account.move", moves[0]["id"])


_COMPANY = {
    "id": 1,
    "name": "Muster Handel GmbH",
    "active": True,
    "orders": True,
    "invoices": True,
    "mode": "automatic",
    "journal": "BNK1",
}


def _description(version: int) -> dict[str, Any]:
    return {
        "addon": f"{version}.0.1.0.0",
        "series": f"{version}.0",
        "status_field": "paylink_status",
        "documents": ["sale.order", "account.move"],
        "facts": ["linked", "captured", "refunded", "charged_back", "expired"],
        "companies": [_COMPANY],
    }


def _window(name: str, model: str, number: int) -> dict[str, Any]:
    return {
        "name": name,
        "type": "ir.actions.act_window",
        "res_model": model,
        "context": {"create": False},
        "view_mode": "form",
        "res_id": number,
    }


def _described(kind: str) -> dict[str, Any]:
    type_ = "many2one" if "." in kind else "many2many" if kind == "ids" else kind
    choices = {"selection": [["one", "One"], ["other", "Other"]]} if kind == "selection" else {}
    return {"type": type_, "string": "Field", "store": True, "readonly": False, **choices}


def _unprocessable(message: str) -> OdooFault:
    return OdooFault("werkzeug.exceptions.UnprocessableEntity", message, 422)
