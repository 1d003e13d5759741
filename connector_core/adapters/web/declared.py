"""What OpenAPI says of the doors: what they take, and how they answer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, for the caller's administrator."},
        "cure": {"type": "string", "description": "What to do about it."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail", "pointer"],
                "properties": {"detail": {"type": "string"}, "pointer": {"type": "string"}},
            },
        },
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
    },
}
_READINESS = {
    "type": "object",
    "required": ["status", "database", "broker", "in_flight", "paused"],
    "properties": {
        "status": {"enum": ["ok", "not ready"]},
        "database": {"type": "string"},
        "broker": {"type": "string"},
        "in_flight": {"type": "integer"},
        "paused": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_SIGNED_FORM = {
    "type": "object",
    "required": ["kr-hash", "kr-hash-algorithm", "kr-hash-key", "kr-answer-type", "kr-answer"],
    "additionalProperties": False,
    "properties": {
        "kr-hash": {"type": "string", "description": "HMAC-SHA-256 over kr-answer with the REST password, in hex."},
        "kr-hash-algorithm": {"const": "sha256_hmac"},
        "kr-hash-key": {"const": "password"},
        "kr-answer-type": {"const": "V4/Payment"},
        "kr-answer": {"type": "string", "description": "The payment, as JSON."},
    },
}
_JSON, _FORM, _PLAIN = "application/json", "application/x-www-form-urlencoded", "text/plain"
_OBJECT = {"type": "object"}
_BODY_REFUSED = (400, 401, 404, 408, 413, 415, 422, 500, 503)


def _content(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {kind: {"schema": schema}}}


def _problems(*statuses: int) -> dict[int | str, Any]:
    """Every error is problem details (RFC 9457)."""
    return {
        status: {"description": HTTPStatus(status).phrase, **_content("application/problem+json", _PROBLEM)}
        for status in statuses
    }


def _header(name: str, what: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": what, "schema": {"type": "string"}}


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}


def _door(kind: str, *headers: dict[str, Any], schema: Mapping[str, Any] = _OBJECT) -> dict[str, Any]:
    """A door for signed bodies of this kind."""
    body = {"required": True, **_content(kind, schema)}
    return {"responses": _problems(*_BODY_REFUSED), "openapi_extra": {"requestBody": body, "parameters": [*headers]}}


API_PROBLEMS = _problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503)
_IDEMPOTENCY = (
    "A new text for each new wish: the same text again changes nothing and is answered the same way, for a day."
)
IDEMPOTENT: dict[str, Any] = {"parameters": [{**_header("Idempotency-Key", _IDEMPOTENCY), "required": True}]}
WEBHOOK = _door(_JSON, _header("X-WC-Webhook-Signature", "WooCommerce; each plugin has a signature header of its own."))
NOTIFICATION = _door(_FORM, schema=_SIGNED_FORM)
STATUSES = _door(_JSON, _header("X-Hub-Signature-256", "HMAC-SHA-256 over the body with the Meta app's secret."))
HANDSHAKE: dict[str, Any] = {
    "responses": _problems(401, 404, 500),
    "openapi_extra": {"parameters": [_query(f"hub.{part}") for part in ("mode", "verify_token", "challenge")]},
}
READINESS: dict[str, Any] = {
    "responses": {
        200: _content(_JSON, _READINESS),
        503: {"description": "Not ready: the body says what is missing.", **_content(_JSON, _READINESS)},
    }
}
LIVENESS: dict[str, Any] = {
    "responses": {200: _content(_JSON, {"type": "object", "properties": {"status": {"const": "ok"}}})}
}
FIGURES: dict[str, Any] = {"responses": {200: _content(_PLAIN, {"type": "string"})}}
