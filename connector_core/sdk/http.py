"""HTTP for plugins: pooled, bounded in time and size, and answering in the errors that the runner understands."""

import json
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    SSLError,
)

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknown,
    RateLimited,
    RetryLater,
)

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_SENT = (NewConnectionError, ConnectTimeoutError, EmptyPoolError, SSLError)
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a peer answered. Header names are lower case; `body` is whole and within the client's cap."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    effect: bool = field(default=False)
    """Whether the request may have changed something, which decides what an unusable answer means."""

    @property
    def is_json(self) -> bool:
        return "json" in self.headers.get("content-type", "")

    def json(self) -> Any:
        """The body as JSON values. An HTML page or half a document raises as an answer that never came."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise no_answer("the answer is no JSON", effect=self.effect, detail=self.excerpt()) from None

    def excerpt(self) -> str:
        """The first 300 characters, for the detail of an error."""
        return self.body[:300].decode("utf-8", "replace")


class HttpClient:
    """Calls below one base address, which comes from the operator's settings only. Thread-safe.

    `timeout` is the total for one call, from connecting to the last byte, in seconds. Redirects are not followed and
    nothing is retried. `ca_file` adds a private certificate authority; certificates are always verified.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = 30.0,
        max_bytes: int = 16 * 2**20,
        connections: int = 8,
        headers: Mapping[str, str] | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._path = urlsplit(self.base_url).path
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._headers = {"user-agent": "paylink-connector", "accept": "application/json", **(headers or {})}
        self._pool = _open_pool(self.base_url, connections, ca_file)

    def request(self, method: str, path: str, **options: Any) -> HttpAnswer:
        """`send`, and then the errors of `raise_for_status`."""
        answer = self.send(method, path, **options)
        raise_for_status(answer)
        return answer

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json_body: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        effect: bool | None = None,
    ) -> HttpAnswer:
        """One call; the answer whatever its status. `effect` defaults to what the method says. A `body` goes out as it
        is, with the content type among the `headers`; `json_body` is written as JSON.

        Raises `RetryLater` when the request did not go out, or when a read went unanswered; `OutcomeUnknown` when a
        request with an effect went out and no whole answer came.
        """
        is_effect = method not in _READS if effect is None else effect
        content = {} if json_body is None else {"content-type": "application/json"}
        if json_body is not None:
            body = json.dumps(json_body, ensure_ascii=False).encode()
        try:
            return self._exchange(
                method,
                self._path + path + _encode(query),
                body,
                {**self._headers, **content, **(headers or {})},
                is_effect,
            )
        except _NOT_SENT as error:
            raise RetryLater(
                f"{self._peer} cannot be reached ({_reason(error)}).",
                cure="Check the address in the settings, the network and the certificate of the peer.",
            ) from None
        except (HTTPError, OSError) as error:
            raise no_answer(_reason(error), effect=is_effect, peer=self._peer) from None

    def close(self) -> None:
        """Ends the pooled connections."""
        self._pool.close()

    @property
    def _peer(self) -> str:
        return self._pool.host

    def _exchange(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], effect: bool
    ) -> HttpAnswer:
        deadline = time.monotonic() + self._timeout
        response = self._pool.urlopen(
            method,
            target,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=min(10.0, self._timeout), read=self._timeout),
        )
        try:
            content = self._read(response, deadline)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        lower = {name.lower(): value for name, value in response.headers.items()}
        return HttpAnswer(response.status, lower, content, effect)

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        connection = response.connection
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise HTTPError(f"no whole answer within {self._timeout:g} s")
            if connection is not None and getattr(connection, "sock", None) is not None:
                connection.sock.settimeout(remaining)  # type: ignore[attr-defined]  # urllib3 types it by protocol only
            part = response.read1(_CHUNK, decode_content=True)
            if not part:
                return b"".join(parts)
            size += len(part)
            if size > self._max_bytes:
                raise HTTPError(f"the answer is larger than {self._max_bytes} bytes")
            parts.append(part)


def raise_for_status(answer: HttpAnswer) -> None:
    """429, 401, 403 and 5xx as the errors of the sdk; every other status is the caller's to judge."""
    status, detail = answer.status, answer.excerpt()
    if status == 429:
        raise RateLimited(
            "The peer asks for a pause.", after=retry_after(answer) or timedelta(minutes=1), detail=detail
        )
    if status in (401, 403):
        raise AuthenticationError(
            f"The peer refuses our credentials (HTTP {status}).",
            cure="Check the key and its permissions.",
            detail=detail,
        )
    if status >= 500 and answer.effect:
        raise no_answer(f"HTTP {status}", effect=True, detail=detail)
    if status >= 500:
        raise RetryLater(f"The peer is in trouble (HTTP {status}).", after=retry_after(answer), detail=detail)


def retry_after(answer: HttpAnswer) -> timedelta | None:
    """The `Retry-After` header, which holds seconds or an HTTP date (RFC 9110, section 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 86_400))
    try:
        pause = parsedate_to_datetime(text) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return max(pause, timedelta())


def no_answer(reason: str, *, effect: bool, peer: str = "The peer", detail: str = "") -> OutcomeUnknown | RetryLater:
    """The error for a call that went out and was not answered in a usable way."""
    if effect:
        return OutcomeUnknown(f"{peer} did not confirm the call ({reason}).", detail=detail)
    return RetryLater(f"{peer} gave no usable answer ({reason}).", detail=detail)


class _HeadersWithinDeadline:
    """Read time-outs count from the last byte, so a peer that drips its headers would never meet one."""

    def getresponse(self) -> Any:
        timeout = getattr(self, "timeout", None)
        sock = getattr(self, "sock", None)
        if sock is None or not isinstance(timeout, (int, float)):
            return super().getresponse()  # type: ignore[misc]  # mixed into a connection
        alarm = threading.Timer(timeout, _shut, [sock])
        alarm.daemon = True
        alarm.start()
        try:
            return super().getresponse()  # type: ignore[misc]  # mixed into a connection
        finally:
            alarm.cancel()


class _Connection(_HeadersWithinDeadline, HTTPConnection):
    pass


class _TlsConnection(_HeadersWithinDeadline, HTTPSConnection):
    pass


def _shut(sock: Any) -> None:
    try:
        sock.shutdown(2)
    except OSError:
        pass  # it has ended by itself


def _open_pool(base_url: str, connections: int, ca_file: str | None) -> urllib3.HTTPConnectionPool:
    try:
        parts = urllib3.util.parse_url(base_url)
    except LocationParseError:
        parts = urllib3.util.Url()
    if parts.scheme not in ("http", "https") or not parts.host or parts.auth:
        raise ConfigurationError(
            "The address of the peer is not usable.", cure="Give it as https://host, without user and password."
        )
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(ca_file)
        pool = urllib3.HTTPSConnectionPool(parts.host, parts.port, maxsize=connections, block=True, ssl_context=context)
        pool.ConnectionCls = _TlsConnection
    else:
        pool = urllib3.HTTPConnectionPool(parts.host, parts.port, maxsize=connections, block=True)
        pool.ConnectionCls = _Connection
    return pool


def _encode(query: Mapping[str, str] | None) -> str:
    return "?" + urlencode(query, quote_via=quote, safe="") if query else ""


def _reason(error: BaseException) -> str:
    """The innermost words, without the pool and object names that urllib3 wraps around them."""
    text = str(error).rsplit(": ", 1)[-1] or type(error).__name__
    return text[:160]
