"""Outgoing HTTP to a PSP or a messenger: one pooled session, one call, and what its outcome means for the caller."""

import asyncio
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import orjson

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    RetryLater,
)

MAX_ANSWER = 1024 * 1024
"""Bytes of an answer, unpacked. More is no answer to anything that we ask."""
CONNECT_SECONDS = 5.0
"""Time for one TCP and TLS handshake; the deadline of the whole call is the caller's."""

_DETAIL = 300
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?\d(?:[ .\-/()]{0,2}\d){6,}(?![0-9A-Za-z])")
_MAIL = re.compile(r"[\w.+\-]+@(?=[\w\-]+\.)")
_LOOKS_FIRST = "Nothing is repeated before the connector has looked whether it took effect."
_BY_ITSELF = "It is tried again by itself."


def masked(text: str) -> str:
    """A peer's words, fit for a log: numbers of seven digits or more keep their last three, mailboxes lose their name.

    Cut to 300 characters.
    """
    short = _LONG_NUMBER.sub(lambda found: "…" + found.group()[-3:], text[:4000])
    return _MAIL.sub("…@", short)[:_DETAIL]


def unclear(sentence: str, *, effect: bool, cure: str = "", detail: str = "") -> ConnectorError:
    """The error of a call that went out and brought nothing usable: a read may be repeated, an effect may not."""
    if effect:
        return OutcomeUnknown(sentence, cure=cure or _LOOKS_FIRST, detail=masked(detail))
    return RetryLater(sentence, cure=cure or _BY_ITSELF, detail=masked(detail))


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer. Header names are lower case; `peer` and `effect` are those of the call."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    peer: str = ""
    effect: bool = False

    def json(self) -> Any:
        """The body as JSON values. Raises `OutcomeUnknown` (effect) or `RetryLater` (read) when it is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise self.unusable("answered with something that is no JSON") from None

    def unusable(self, what: str) -> ConnectorError:
        """The error for an answer that does not hold what it must; `what` completes the sentence behind the peer."""
        detail = f"HTTP {self.status}: {self.body[:2000].decode('utf-8', 'replace')}"
        return unclear(f"{self.peer} {what}.", effect=self.effect, detail=detail)


class HttpOut:
    """The connections to one peer. `peer` is its name in sentences, such as ``Lyra account main``.

    TLS certificates are verified, redirects are not followed, no proxy is taken from the environment, cookies are not
    kept. The session opens with the first call; `close` ends it.
    """

    def __init__(self, peer: str, *, total_seconds: float = 15.0, limit: int = 100) -> None:
        self.peer = peer
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, sock_connect=min(CONNECT_SECONDS, total_seconds))
        self._limit = limit
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        json: object | None = None,
        effect: bool,
        read_statuses: Container[int] = (),
    ) -> HttpAnswer:
        """One request. `effect` says that a repeat would do it twice.

        Returns 2xx and those 4xx whose vendor code the caller reads (all but 401, 403, 429, unless in
        `read_statuses`). Raises `RetryLater` (nothing sent, or a read that failed), `OutcomeUnknown` (an effect that
        was sent and not answered), `RateLimited`, `AuthenticationError`, `ConfigurationError` (no usable URL).
        """
        body = None if json is None else orjson.dumps(json)
        sending = {"Content-Type": "application/json", **headers} if body is not None else dict(headers)
        progress = SimpleNamespace(sent=False)
        try:
            async with self._open().request(
                method, url, headers=sending, data=body, allow_redirects=False, trace_request_ctx=progress
            ) as response:
                answer = await self._answer(response, effect)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise ConfigurationError(
                f"The address of {self.peer} is no web address.", cure="Correct it in the settings.", detail=masked(url)
            ) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._transport(error, sent=progress.sent, effect=effect) from error
        return answer if answer.status in read_statuses else self._judge(answer)

    async def close(self) -> None:
        """Ends the session and waits until its sockets are closed."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._limit, limit_per_host=self._limit, keepalive_timeout=30),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                trace_configs=[_trace_of_sending()],
            )
        return self._session

    async def _answer(self, response: aiohttp.ClientResponse, effect: bool) -> HttpAnswer:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > MAX_ANSWER:
                response.close()
                sentence = f"{self.peer} answered with more than {MAX_ANSWER // 1024} kB."
                raise unclear(sentence, effect=effect, detail=f"HTTP {response.status}")
        names = {name.lower(): value for name, value in response.headers.items()}
        return HttpAnswer(response.status, names, bytes(body), self.peer, effect)

    def _transport(self, error: BaseException, *, sent: bool, effect: bool) -> ConnectorError:
        detail = f"{type(error).__name__}: {error}"
        if sent:
            what = "in time" if isinstance(error, TimeoutError) else "completely"
            return unclear(f"{self.peer} did not answer {what}.", effect=effect, detail=detail)
        if isinstance(error, aiohttp.ClientSSLError):
            return RetryLater(
                f"The identity of {self.peer} could not be verified (TLS); nothing was sent.",
                cure="Check the address, the clock of this host and its certificate store.",
                detail=masked(detail),
            )
        return RetryLater(
            f"{self.peer} cannot be reached; nothing was sent.",
            cure=f"{_BY_ITSELF} If it lasts, check address, network, DNS and firewall.",
            detail=masked(detail),
        )

    def _judge(self, answer: HttpAnswer) -> HttpAnswer:
        status = answer.status
        if 200 <= status < 300:
            return answer
        detail = masked(f"HTTP {status}: {answer.body[:2000].decode('utf-8', 'replace')}")
        if status == 429:
            sentence = f"{self.peer} asks us to slow down."
            raise RateLimited(sentence, after=retry_after(answer.headers), cure=_BY_ITSELF, detail=detail)
        if status in (401, 403):
            raise AuthenticationError(
                f"{self.peer} refuses our credentials (HTTP {status}).",
                cure="Check user, key and permissions in the settings.",
                detail=detail,
            )
        if status >= 500 or 300 <= status < 400:
            raise self._failed(answer, detail)
        return answer

    def _failed(self, answer: HttpAnswer, detail: str) -> ConnectorError:
        sentence = f"{self.peer} failed with HTTP {answer.status}."
        if answer.status < 400:
            sentence = f"{self.peer} points to another address (HTTP {answer.status}); redirects are not followed."
        if answer.effect:
            return OutcomeUnknown(sentence, cure=_LOOKS_FIRST, detail=detail)
        return RetryLater(sentence, after=retry_after(answer.headers), cure=_BY_ITSELF, detail=detail)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """`Retry-After` as RFC 9110 10.2.3 has it, seconds or a date; None when absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 10**6))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(until - datetime.now(UTC), timedelta())


def _trace_of_sending() -> aiohttp.TraceConfig:
    """Notes on the call's own context when its head goes out: before that, nothing can have happened at the peer."""

    async def note(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
        context.trace_request_ctx.sent = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(note)
    return trace
