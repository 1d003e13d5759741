"""What Odoo answers besides a result, known by the exception's name, as texts are translated (reference/odoo.md 2)."""

from typing import Any

from connector_core.sdk import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    Rejected,
    RetryLater,
)
from connector_core.sdk.http import HttpAnswer, no_answer, raise_for_status

_KEY_CURE = (
    "Make a new API key as the connector's user under Preferences > Account Security, and enter it as password. "
    "Keys expire: after 90 days unless the group allows more."
)
_RIGHTS_CURE = (
    "Give the connector's user the groups Sales / All Documents and Invoicing / Billing, and Contact Creation, "
    "in Settings > Users."
)
_BUSINESS = frozenset({"UserError", "ValidationError", "RedirectWarning"})
_UNKNOWN = frozenset({"werkzeug.exceptions.NotFound", "builtins.AttributeError"})
_DRIFT = frozenset({"werkzeug.exceptions.UnprocessableEntity"})
_DENIED = frozenset({"odoo.exceptions.AccessDenied", "werkzeug.exceptions.Unauthorized"})


class UnknownToOdoo(ConfigurationError):
    """A model, method or field that this Odoo has not: an addon that is not installed, or another version."""


def jsonrpc_result(answer: HttpAnswer) -> Any:
    """The result of ``/jsonrpc``, which answers HTTP 200 even for errors; None where it has none."""
    _judge_page(answer)
    body = answer.json()
    if not isinstance(body, dict):
        raise no_answer("JSON of another kind", effect=answer.effect, detail=answer.excerpt())
    if error := body.get("error"):
        data = error.get("data") if isinstance(error, dict) else None
        raise refusal(data if isinstance(data, dict) else {}, effect=answer.effect)
    return body.get("result")


def json2_result(answer: HttpAnswer) -> Any:
    """The bare result of ``/json/2``, whose errors have a status and the same inner object at top level."""
    if answer.status != 200 and answer.is_json:
        body = answer.json()
        if isinstance(body, dict) and "name" in body:
            raise refusal(body, effect=answer.effect)
    _judge_page(answer)
    return answer.json()


def refusal(data: dict[str, Any], *, effect: bool) -> ConnectorError:
    """The error behind ``{"name", "message", ...}``. Its `debug` holds paths of the server and goes nowhere."""
    name, message = str(data.get("name", "")), str(data.get("message", ""))[:300]
    kind = name.rpartition(".")[2]
    if name in _DENIED or kind == "SessionExpiredException":
        return AuthenticationError("Odoo refuses our login or API key.", cure=_KEY_CURE, detail=message)
    if kind == "MissingError":
        return NotFound("Odoo has no such document (any more).", detail=message)
    if kind == "AccessError":
        return _not_allowed(message, effect=effect)
    if kind in _BUSINESS:
        return Rejected(f"Odoo refuses: {message}", code=kind, detail=message)
    if name.startswith("psycopg2"):
        return RetryLater("Odoo's database is in trouble.", cure="See whether PostgreSQL runs.", detail=message)
    if name in _UNKNOWN or ((name.startswith("builtins.") or name in _DRIFT) and not effect):
        return UnknownToOdoo(
            f"Odoo does not know what we ask for: {message}",
            cure="Install Sales and Invoicing in this database, or update the connector.",
            detail=message,
        )
    if not effect:
        return RetryLater("Odoo failed. Its log tells more.", detail=message or name)
    return Rejected(f"Odoo failed: {message or name or 'no reason given'}", code=kind, detail=message)


def _not_allowed(message: str, *, effect: bool) -> ConnectorError:
    """A read is refused for the whole model, a write perhaps for one document: that one waits for a person."""
    first = message.split("\n", 1)[0]
    if effect:
        return Rejected(f"Odoo does not allow it: {first}", code="AccessError", cure=_RIGHTS_CURE, detail=message)
    return ConfigurationError(f"Odoo does not allow it: {first}", cure=_RIGHTS_CURE, detail=message)


def _judge_page(answer: HttpAnswer) -> None:
    """A page instead of JSON comes from a proxy, from another server, or from an Odoo without this database."""
    if 300 <= answer.status < 400:
        target = answer.headers.get("location", "")
        raise ConfigurationError(
            f"The server sends us on to {target or 'another address'}.", cure="Enter that address as Odoo's address."
        )
    if answer.status in (401, 403) and not answer.is_json:
        raise AuthenticationError(
            f"Something in front of Odoo refuses our calls (HTTP {answer.status}).",
            cure="Let the connector's address through in the proxy or firewall.",
        )
    raise_for_status(answer)
    if answer.status == 404:
        raise ConfigurationError(
            "There is no Odoo database behind this address and name.",
            cure="Check the address and the name of the database.",
            detail=answer.excerpt(),
        )
    if answer.status != 200 or not answer.is_json:
        raise no_answer(f"HTTP {answer.status} without JSON", effect=answer.effect, detail=answer.excerpt())
