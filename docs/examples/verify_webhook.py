import base64
import hashlib
import hmac
import time


def verify(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Whether the connector has sent this, in the last five minutes. `body` is what came, byte by byte."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    known = any(hmac.compare_digest(one, expected) for one in headers["webhook-signature"].split(" "))
    return known and abs(time.time() - int(headers["webhook-timestamp"])) < 300
