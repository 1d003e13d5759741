"""Odoo's exceptions as they go over the wire."""

from typing import Any


class OdooFault(Exception):
    """`name` is the exception's, `status` the HTTP status of JSON-2; ``/jsonrpc`` answers 200 whatever happens."""

    def __init__(self, name: str, message: str, status: int) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.status = status

    def shown(self) -> dict[str, Any]:
        """The inner object of both dialects. `debug` has what nobody should forward."""
        debug = f'Traceback (most recent call last):\n  File "/srv/odoo/odoo/models.py"\n{self.name}: {self.message}\n'
        arguments: list[Any] = [self.message]
        if self.name.startswith("werkzeug."):
            arguments.append(self.status)
        return {"name": self.name, "message": self.message, "arguments": arguments, "context": {}, "debug": debug}


def user_error(message: str) -> OdooFault:
    return OdooFault("odoo.exceptions.UserError", message, 422)


def access_error(message: str) -> OdooFault:
    return OdooFault("odoo.exceptions.AccessError", message, 403)


def missing(model: str, number: int) -> OdooFault:
    text = f"Record does not exist or has been deleted.\n(Record: {model}({number},), User: 5)"
    return OdooFault("odoo.exceptions.MissingError", text, 404)


def invalid_field(model: str, field: str) -> OdooFault:
    return OdooFault("builtins.ValueError", f"Invalid field {field!r} on {model!r}", 500)
