"""What Salesforce says besides a result, by its error code, not by HTTP status (reference/salesforce.md 2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simple_salesforce.exceptions import SalesforceError

from connector_core.sdk import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
    RetryLater,
)

RIGHTS_CURE = (
    "Install the PayLink package in the org, and give the connector's user its permission set PayLink Connector."
)
_UNKNOWN_CURE = f"{RIGHTS_CURE} What extra_fields names must be there and readable as well."
_PASSING = frozenset(
    "UNABLE_TO_LOCK_ROW QUERY_TIMEOUT SERVER_UNAVAILABLE SERVICE_UNAVAILABLE REQUEST_RUNNING_TOO_LONG "
    "INVALID_QUERY_LOCATOR".split()
)
_GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "INVALID_ID_FIELD"})
_RIGHTS = frozenset(
    "INVALID_FIELD INVALID_FIELD_FOR_INSERT_UPDATE INVALID_TYPE INSUFFICIENT_ACCESS INSUFFICIENT_ACCESS_OR_READONLY "
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY".split()
)
_WHOLE_ORG = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "FUNCTIONALITY_NOT_ENABLED"})
_UNKNOWN = frozenset({"INVALID_FIELD", "INVALID_TYPE", "NOT_FOUND"})


class SessionEnded(AuthenticationError):
    """The access token is no longer valid: one login and one repeat are worth it."""


class UnknownToOrg(ConfigurationError):
    """An object or field that this org has not, or hides from the user."""


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one row of a collection was refused. `passing` means that the same row may be taken later."""

    code: str
    message: str

    @property
    def passing(self) -> bool:
        return self.code in _PASSING

    @property
    def gone(self) -> bool:
        return self.code in _GONE

    @property
    def cure(self) -> str:
        if self.gone:
            return "Look whether the order was deleted. If so, book the payment by hand, and close this entry."
        if self.code in _RIGHTS:
            return RIGHTS_CURE
        return "Correct it in Salesforce, then try again."


def row_error(row: Mapping[str, Any]) -> RowError:
    """Of ``{"success": false, "errors": [{"statusCode", "message", "fields"}]}``."""
    errors = row.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = str(first.get("statusCode") or first.get("errorCode") or "")
    message = str(first.get("message") or code or "no reason given")[:300]
    fields = first.get("fields")
    if isinstance(fields, list) and fields:
        message = f"{message} ({', '.join(map(str, fields))})"
    return RowError(code, message)


def refusal(error: SalesforceError) -> ConnectorError:
    """The error of the sdk behind one of the library's. Its text is not kept: it holds the whole query."""
    code, message = _first(error.content)
    if error.status == 401:
        return SessionEnded(
            f"Salesforce refuses our access token: {message or 'no reason given'}.",
            cure="See the policies of the External Client App, and the login history of the connector's user.",
            detail=message,
        )
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limited(message)
    if code in _PASSING:
        return RetryLater(f"Salesforce is busy: {message}", cure="It is tried again by itself.", detail=message)
    if code == "UNSUPPORTED_API_VERSION":
        return ConfigurationError("Salesforce has given up this version of its API.", cure="Set a newer api_version.")
    if error.status == 403 or code in _WHOLE_ORG:
        return ConfigurationError(f"Salesforce does not allow it: {message or error.status}", cure=_cure(code))
    if code in _UNKNOWN:
        return UnknownToOrg(f"Salesforce does not know what we ask for: {message}", cure=_UNKNOWN_CURE, detail=message)
    if code == "ENTITY_IS_DELETED" or error.status == 404:
        return NotFound("Salesforce has no such record (any more).", detail=message)
    return Rejected(
        f"Salesforce refuses the call: {message or error.status}",
        code=code or str(error.status),
        cure="Check extra_fields in the settings; if they are right, report it with the log of this moment.",
    )


def _cure(code: str) -> str:
    if code in _WHOLE_ORG:
        return "Salesforce Professional and smaller editions have the API as an add-on: ask Salesforce to switch it on."
    return RIGHTS_CURE


def _limited(message: str) -> RateLimited:
    """The daily limit counts the last 24 hours and is not soon over; the one of parallel calls is."""
    daily = "Concurrent" not in message
    pause = timedelta(minutes=15) if daily else timedelta(seconds=20)
    what = "API calls of the last 24 hours are used up" if daily else "too many long calls run at once"
    return RateLimited(
        f"Salesforce's limit is reached: {what}.",
        after=pause,
        cure="Setup > Company Information shows the limit and who uses it up.",
        detail=message,
    )


def _first(content: Any) -> tuple[str, str]:
    """(code, message) of ``[{"message", "errorCode", "fields"}]``; empty for a page or anything else."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return "", ""
    return str(first.get("errorCode", "")), str(first.get("message", ""))[:300]
