"""Standard Webhooks: how a delivery proves that it comes from this database."""

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def secret_bytes(secret):
    """The key behind ``whsec_`` and base64; `ValueError` where there is none of 24 to 64 bytes."""
    if not (secret or "").startswith(PREFIX):
        raise ValueError("no whsec_ in front")
    try:
        key = base64.b64decode(secret[len(PREFIX) :], validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("not 24 to 64 bytes")
    return key


def new_secret():
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret, message_id, timestamp, body):
    """The value of the header ``webhook-signature`` for these bytes."""
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()).decode()


def headers(secret, message_id, timestamp, body):
    return {
        "Content-Type": "application/json",
        "User-Agent": "PayLink-Connector-Odoo",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
