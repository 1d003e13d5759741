"""The OAuth client-credentials flow: the org's address, a consumer key and its secret (reference/salesforce.md 2.1)."""

import base64
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from connector_core.sdk import AuthenticationError, ConfigurationError, ConnectorError, RateLimited
from connector_core.sdk.http import HttpAnswer, HttpClient, no_answer, raise_for_status
from connector_salesforce.settings import SalesforceSettings

_FORM = "application/x-www-form-urlencoded"
_APP_CURE = (
    "Check the consumer key and the consumer secret in Setup > External Client App Manager, and that the org's address "
    "belongs to this org."
)
_POLICY_CURE = (
    "In the policies of the External Client App, enable the client credentials flow and choose an active user for it."
)


class Login:
    """One access token for all threads. Salesforce does not say how long one lives: a call finds out."""

    def __init__(self, http: HttpClient, settings: SalesforceSettings) -> None:
        self._http = http
        secret = settings.client_secret.get_secret_value()
        basic = base64.b64encode(f"{settings.client_id}:{secret}".encode()).decode()
        self._headers = {"authorization": f"Basic {basic}", "content-type": _FORM}
        self._lock = threading.Lock()
        self._token = ""
        self._who = ""

    def token(self) -> str:
        """Raises `AuthenticationError`, `ConfigurationError` and `RetryLater`."""
        with self._lock:
            if not self._token:
                self._token, self._who = self._ask()
            return self._token

    def user_id(self) -> str:
        """The 18-character id of the user that the token stands for."""
        self.token()
        return self._who.rpartition("/")[2]

    def org_id(self) -> str:
        """The 18-character id of the org."""
        self.token()
        return self._who.rpartition("/")[0].rpartition("/")[2]

    def forget(self, token: str) -> None:
        """This token has ended. Of many threads that notice it, the first to come logs in anew for all."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _ask(self) -> tuple[str, str]:
        body = urlencode({"grant_type": "client_credentials"}).encode()
        answer = self._http.send("POST", "/services/oauth2/token", body=body, headers=self._headers, effect=False)
        found = _document(answer)
        if answer.status != 200:
            raise _refused(answer, str(found.get("error", "")), str(found.get("error_description", "")))
        token, who = found.get("access_token"), str(found.get("id", ""))
        if not isinstance(token, str) or not token:
            raise no_answer("a login without a token", effect=False, detail=answer.excerpt())
        return token, who


def _document(answer: HttpAnswer) -> dict[str, Any]:
    """The answer's JSON object. An error document decides before the status does; a page decides by its status."""
    if answer.is_json:
        found = answer.json()
        if isinstance(found, dict) and ("error" in found or answer.status == 200):
            return found
    raise_for_status(answer)
    if 300 <= answer.status < 500:
        raise ConfigurationError(
            f"No Salesforce login answers at this address (HTTP {answer.status}).",
            cure="Enter the address that Setup > My Domain shows.",
        )
    raise no_answer("a page instead of JSON", effect=False, detail=answer.excerpt())


def _refused(answer: HttpAnswer, error: str, why: str) -> ConnectorError:
    if answer.status == 429 or answer.status >= 500:
        raise_for_status(answer)
    if error == "rate_limit_exceeded" or why == "login rate exceeded":
        return RateLimited("Salesforce asks for a pause between logins.", after=timedelta(minutes=5), detail=why)
    if error == "unsupported_grant_type":
        return ConfigurationError("The org's app does not allow the login.", cure=_POLICY_CURE, detail=why)
    cure = _POLICY_CURE if error in ("invalid_grant", "inactive_user") else _APP_CURE
    return AuthenticationError(f"Salesforce refuses the login: {why or error or answer.status}.", cure=cure, detail=why)
