"""The error bodies of the Graph API (reference/messaging.md A2, A6)."""

from typing import Any
from uuid import uuid4

TITLES: dict[int, tuple[str, int]] = {
    0: ("Authentication failed", 401),
    1: ("Unknown API error", 400),
    2: ("API service unavailable", 503),
    3: ("API method capability issue", 500),
    4: ("Application request limit reached", 400),
    10: ("Permission denied", 403),
    33: ("Business phone number does not exist or was deleted", 400),
    100: ("Invalid parameter", 400),
    190: ("Access token has expired or is invalid", 401),
    200: ("Permission denied", 403),
    368: ("Temporarily blocked for policy violations", 403),
    80007: ("Rate limit issues", 400),
    130429: ("Rate limit hit", 429),
    130472: ("User's number is part of an experiment", 400),
    130497: ("Business account is restricted from messaging users in this country", 403),
    131000: ("Something went wrong", 500),
    131005: ("Access denied", 403),
    131008: ("Required parameter is missing", 400),
    131009: ("Parameter value is not valid", 400),
    131016: ("Service unavailable", 500),
    131021: ("Recipient cannot be sender", 400),
    131026: ("Message undeliverable", 400),
    131030: ("Recipient phone number not in allowed list", 400),
    131031: ("Account has been locked", 403),
    131037: ("Display name approval needed", 400),
    131042: ("Business eligibility payment issue", 400),
    131044: ("Business payment issue", 400),
    131045: ("Incorrect certificate", 500),
    131047: ("Re-engagement message", 400),
    131048: ("Spam rate limit hit", 400),
    131049: ("Message not delivered to maintain healthy ecosystem engagement", 400),
    131050: ("User has stopped marketing messages", 400),
    131051: ("Unsupported message type", 400),
    131052: ("Media download error", 400),
    131053: ("Media upload error", 400),
    131056: ("Pair rate limit hit", 400),
    131057: ("Account in maintenance mode", 500),
    131062: ("Business-scoped user id recipients are not supported", 400),
    131063: ("Marketing messages are not available on Cloud API", 400),
    131064: ("Messaging limit reached for template classification violations", 400),
    132000: ("Number of parameters does not match the expected number of params", 400),
    132001: ("Template name does not exist in the translation", 404),
    132005: ("Translated text too long", 400),
    132007: ("Template format character policy violated", 400),
    132008: ("Template parameter format invalid", 400),
    132012: ("Parameter format does not match format in the created template", 400),
    132015: ("Template is paused", 400),
    132016: ("Template is disabled", 400),
    132018: ("Template parameter text is not valid", 400),
    133004: ("Server temporarily unavailable", 503),
    133010: ("Phone number not registered", 400),
    133016: ("Account register deregister rate limit exceeded", 400),
    135000: ("Generic user error", 400),
    137000: ("Identity key hash mismatch", 400),
    139200: ("Direct Send is blocked", 400),
}
_TRANSIENT = {2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004}


class GraphError(Exception):
    """A refusal in Graph's own words: `code` is what a client decides by, `details` what it shows."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.title, self.http_status = TITLES[code]
        self.details = details

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "A" + uuid4().hex[:22],
        }
        if self.code in _TRANSIENT:
            error["is_transient"] = True
        return {"error": error}


def webhook_error(code: int, details: str) -> dict[str, Any]:
    """The same error as it stands in the `errors` of a `failed` status."""
    title = TITLES[code][0]
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
