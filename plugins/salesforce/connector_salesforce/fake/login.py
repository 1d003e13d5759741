"""The token endpoint: client credentials, by HTTP Basic or by form fields (reference 2.1)."""

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable

from aiohttp import web

from connector_salesforce.fake.config import FakeSalesforceConfig


class Login:
    """`url` tells the address of the org once it listens."""

    def __init__(self, config: FakeSalesforceConfig, org_id: str, user_id: str, url: Callable[[], str]) -> None:
        self._config = config
        self._org_id = org_id
        self._user_id = user_id
        self._url = url
        self._tokens: set[str] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/services/oauth2/token", self._token)

    def holds(self, authorization: str) -> bool:
        """Whether the header is ``Bearer`` and a token that is still good."""
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and self.is_good(token)

    def is_good(self, token: str) -> bool:
        return token in self._tokens

    def expire(self) -> None:
        self._tokens.clear()

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "grant type not supported")
        client, secret = _basic(request.headers.get("Authorization", ""))
        client, secret = client or str(form.get("client_id", "")), secret or str(form.get("client_secret", ""))
        if not _same(client, self._config.client_id):
            return _refused("invalid_client_id", "client identifier invalid")
        if not _same(secret, self._config.client_secret):
            return _refused("invalid_client", "invalid client credentials")
        return web.json_response(self._granted())

    def _granted(self) -> dict[str, str]:
        token = f"{self._org_id[:15]}!AQ{secrets.token_urlsafe(48)}"
        self._tokens.add(token)
        return {
            "access_token": token,
            "signature": base64.b64encode(secrets.token_bytes(32)).decode(),
            "scope": "api",
            "instance_url": self._url(),
            "id": f"https://login.salesforce.com/id/{self._org_id}/{self._user_id}",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
        }


def _basic(header: str) -> tuple[str, str]:
    if not header.startswith("Basic "):
        return "", ""
    try:
        client, _, secret = base64.b64decode(header[6:]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())


def _refused(error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=400)
