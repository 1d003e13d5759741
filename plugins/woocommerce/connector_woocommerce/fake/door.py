"""Who may come in: Basic or key in the query when PHP sees https, OAuth 1.0a when it does not (rec 20 to 33)."""

import base64
import binascii
import hmac
import time
from collections.abc import Mapping

from connector_woocommerce.auth import oauth_signature
from connector_woocommerce.fake.book import WooError
from connector_woocommerce.fake.config import FakeShopConfig

_WINDOW = 15 * 60


class Door:
    """Checks one request after another; a nonce opens once."""

    def __init__(self, config: FakeShopConfig) -> None:
        self._config = config
        self._nonces: dict[str, int] = {}

    def check(self, method: str, url: str, query: Mapping[str, str], authorization: str) -> None:
        """Raises `WooError`. `url` is without query."""
        if self._config.secure:
            self._check_basic(query, authorization)
        else:
            self._check_oauth(method, url, query)
        if method not in ("GET", "HEAD") and not self._config.writable:
            raise _denied("The API key provided does not have write permissions.")

    def _check_basic(self, query: Mapping[str, str], authorization: str) -> None:
        key, secret = query.get("consumer_key", ""), query.get("consumer_secret", "")
        if authorization.startswith("Basic "):
            try:
                key, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise _unknown() from None
        if key != self._config.consumer_key:
            raise _unknown()
        if not hmac.compare_digest(secret, self._config.consumer_secret):
            raise _denied("Consumer secret is invalid.")

    def _check_oauth(self, method: str, url: str, query: Mapping[str, str]) -> None:
        if "oauth_signature" not in query:
            raise _unknown()
        if query.get("oauth_consumer_key") != self._config.consumer_key:
            raise _denied("Consumer key is invalid.")
        signed = {name: value for name, value in query.items() if name != "oauth_signature"}
        expected = oauth_signature(method, url, signed, self._config.consumer_secret)
        if not hmac.compare_digest(expected.encode(), query["oauth_signature"].encode()):
            raise _denied("Invalid signature - provided signature does not match.")
        self._use_nonce(query.get("oauth_nonce", ""), query.get("oauth_timestamp", ""))

    def _use_nonce(self, nonce: str, timestamp: str) -> None:
        now = int(time.time())
        if not timestamp.isdigit() or abs(now - int(timestamp)) > _WINDOW:
            raise _denied("Invalid timestamp.")
        if nonce in self._nonces:
            raise _denied("Invalid nonce - nonce has already been used.")
        if len(self._nonces) > 50_000:
            self._nonces = {known: at for known, at in self._nonces.items() if now - at <= _WINDOW}
        self._nonces[nonce] = now


def _unknown() -> WooError:
    return WooError(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


def _denied(message: str) -> WooError:
    return WooError(401, "woocommerce_rest_authentication_error", message)
