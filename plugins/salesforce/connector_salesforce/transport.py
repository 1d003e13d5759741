"""What simple-salesforce sends goes over the sdk's client: one deadline, capped answers, no redirects, no retries.

The library itself has no time limit on most calls and waits for ever at others (reference/salesforce.md 1.3).
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from connector_core.sdk import ConfigurationError
from connector_core.sdk.http import HttpAnswer, HttpClient, raise_for_status

_KEPT = ("authorization", "content-type")
_PASSING = frozenset({408, 425, 429})


class ClientAdapter(BaseAdapter):
    """Takes path, query and body of a request to the address of `http`, whatever host the request names: the library
    insists on https, which a sandbox does not speak. Raises the errors of the sdk for 429, 5xx and a lost answer.
    """

    def __init__(self, http: HttpClient) -> None:
        super().__init__()
        self._http = http

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        body = request.body.encode() if isinstance(request.body, str) else request.body
        assert body is None or isinstance(body, bytes)  # the library streams no uploads in what we call
        answer = self._http.send(
            request.method or "GET",
            str(parts.path),
            query=dict(parse_qsl(str(parts.query), keep_blank_values=True)),
            body=body,
            headers={name: str(request.headers[name]) for name in _KEPT if name in request.headers},
        )
        _refuse_redirect(answer)
        if answer.status >= 500 or answer.status in _PASSING:
            raise_for_status(answer)
        return _response(request, answer)

    def close(self) -> None:
        self._http.close()


def open_session(http: HttpClient) -> requests.Session:
    """Not thread-safe, unlike `http`. Reads neither proxies nor passwords from files and environment."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", ClientAdapter(http))
    return session


def _refuse_redirect(answer: HttpAnswer) -> None:
    if 300 <= answer.status < 400:
        target = answer.headers.get("location", "").partition("/services")[0]
        raise ConfigurationError(
            f"Salesforce sends us on to {target or 'another address'}.",
            cure="Enter the address that Setup > My Domain shows.",
        )


def _response(request: requests.PreparedRequest, answer: HttpAnswer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response.raw = BytesIO(answer.body)
    response.encoding = "utf-8"
    response.url = request.url or ""
    response.request = request
    return response
