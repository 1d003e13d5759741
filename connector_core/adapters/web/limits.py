"""Size, depth and time caps, before anything is parsed (faults.md 45)."""

import asyncio
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector_core.adapters.web.problems import problem

MOST_BYTES = 3 * 1024 * 1024
"""As much as Meta sends in one webhook (reference/messaging.md A5)."""
MOST_DEPTH = 64
READ_SECONDS = 10.0

_TEXT = re.compile(rb'(?s)"(?:[^"\\]++|\\.)*+"?')
"""One JSON text, ended or not: possessive, so that no input makes it go back (faults.md 45)."""
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


class Limits:
    """Reads the whole body within the caps, then hands it on; what is too big, too deep, packed or slow ends here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = {name.lower(): value for name, value in scope["headers"]}
        body = b""
        refusal = _refused(headers)
        if refusal is None:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    body = await _read(receive)
            except TimeoutError:
                refusal = (408, f"The request did not arrive within {READ_SECONDS:g} seconds.")
            except _Gone:
                return None
            except _TooBig:
                refusal = (413, f"The body is larger than {MOST_BYTES} bytes.")
        if refusal is None and depth(body) > MOST_DEPTH:
            refusal = (400, f"The body is nested deeper than {MOST_DEPTH} levels.")
        if refusal is not None:
            return await problem(*refusal)(scope, receive, send)
        return await self._app(scope, _replayed(body, receive), send)


def depth(body: bytes) -> int:
    """How deep brackets are nested outside of texts, ended or not: more than `MOST_DEPTH` where it is, 0 where that is
    seen at a glance, as in what does not begin like a JSON document. Takes time in proportion to the size, whatever
    the body holds.
    """
    if body.lstrip()[:1] not in (b"{", b"["):
        return 0
    if body.count(b"[") + body.count(b"{") <= MOST_DEPTH:
        return 0
    brackets = _TEXT.sub(b"", body).translate(_ONE_KIND, _NO_BRACKET)
    level = 0
    while brackets and level <= MOST_DEPTH:
        outer = brackets.replace(b"[]", b"")
        if len(outer) == len(brackets):
            return level + brackets.count(b"[")
        brackets, level = outer, level + 1
    return level


class _TooBig(Exception):
    """More bytes came than are taken."""


class _Gone(Exception):
    """The sender hung up before the end: a part of a request is no request."""


def _refused(headers: dict[bytes, bytes]) -> tuple[int, str] | None:
    if headers.get(b"content-encoding", b"identity") != b"identity":
        return 415, "Packed bodies are not taken: send it without Content-Encoding."
    length = headers.get(b"content-length", b"0")
    if not length.isdigit():
        return 400, "Content-Length is no number."
    return (413, f"The body is larger than {MOST_BYTES} bytes.") if int(length) > MOST_BYTES else None


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise _TooBig
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
