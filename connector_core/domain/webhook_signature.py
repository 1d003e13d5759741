"""Signatures of Standard Webhooks (conventions 3.2): HMAC-SHA256 over ``id.timestamp.body``."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """``whsec_`` and 32 random bytes in base64, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signatures(valid: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``: one signature for each valid secret, so that either verifies."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, signed)}" for secret in valid)


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
