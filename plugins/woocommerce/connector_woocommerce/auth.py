"""How a call proves who it is: Basic over https, one-legged OAuth 1.0a over http (reference/woocommerce.md 3)."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from connector_woocommerce.settings import WooCommerceSettings


@dataclass(frozen=True, slots=True)
class SignedCall:
    """The query and the extra headers of one call. An OAuth nonce works once: a repeat is signed anew."""

    query: dict[str, str]
    headers: dict[str, str]


def auth_mode(settings: WooCommerceSettings) -> str:
    """``basic``, ``oauth1`` or ``query``. Over http WooCommerce refuses everything but OAuth."""
    if settings.auth != "auto":
        return settings.auth
    return "basic" if settings.url.startswith("https://") else "oauth1"


def sign_call(settings: WooCommerceSettings, method: str, url: str, query: Mapping[str, str]) -> SignedCall:
    """`url` is the whole address without query."""
    key, secret = settings.consumer_key.get_secret_value(), settings.consumer_secret.get_secret_value()
    match auth_mode(settings):
        case "oauth1":
            return SignedCall(oauth_query(method, url, query, key, secret), {})
        case "query":
            return SignedCall({**query, "consumer_key": key, "consumer_secret": secret}, {})
        case _:
            token = base64.b64encode(f"{key}:{secret}".encode()).decode()
            return SignedCall(dict(query), {"authorization": f"Basic {token}"})


def oauth_query(method: str, url: str, query: Mapping[str, str], key: str, secret: str) -> dict[str, str]:
    """The query with an HMAC-SHA256 signature (RFC 5849, section 3.4; the token secret is empty)."""
    signed = {
        **query,
        "oauth_consumer_key": key,
        "oauth_nonce": secrets.token_hex(20),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
    }
    return {**signed, "oauth_signature": oauth_signature(method, url, signed, secret)}


def oauth_signature(method: str, url: str, query: Mapping[str, str], secret: str) -> str:
    """Base64 of the signature over method, address and sorted parameters."""
    pairs = sorted((_escape(name), _escape(value)) for name, value in query.items())
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join((method.upper(), _escape(url), _escape(parameters)))
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()).decode()


def _escape(text: str) -> str:
    return quote(text, safe="~-._")
