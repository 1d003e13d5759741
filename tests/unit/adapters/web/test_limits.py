"""How big, how deep and how slow a request is, is known before anything parses it."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from connector_core.adapters.web import limits
from connector_core.adapters.web.limits import MOST_DEPTH, Limits, depth

MOST = 3 * 1024 * 1024
DISCONNECT: Message = {"type": "http.disconnect"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=30,
)


def nesting(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(nesting, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(nesting, value), default=0)
    return 0


@given(JSON, st.integers(0, 100))
def test_a_document_is_refused_exactly_when_it_is_too_deep(value: object, more: int) -> None:
    for _ in range(more):
        value = [value]
    document = json.dumps(value).encode()
    assert (depth(document) > MOST_DEPTH) == (nesting(value) > MOST_DEPTH)


def test_brackets_inside_of_texts_do_not_count() -> None:
    assert depth(json.dumps({"text": "[" * 1000 + '\\"{'}).encode()) <= 1


@pytest.mark.parametrize("byte", [b"\x00", b"7", b"\x7f", b"\xff"])
def test_what_stands_between_brackets_adds_nothing(byte: bytes) -> None:
    assert depth(b"[" + (b"[" + byte + b"]") * 100 + b"]") == 2


@pytest.mark.fault(45)
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_depth_counts_lists_and_objects_alike(opening: bytes, closing: bytes) -> None:
    assert depth(opening * 65 + b"1" + closing * 65) > MOST_DEPTH
    assert depth(opening * 32 + b"1" + closing * 32) == 0


def test_what_is_no_json_has_no_depth() -> None:
    assert depth(b"kr-hash=" + b"[" * 1000) == 0
    assert depth(b"") == 0


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 65 + b'"' + b'\\"' * 1_000_000,
        b"[" * 65 + b'"' + b"\\\n" * 1_000_000,
        b"[" + b"[]," * 600_000 + b"[]]",
        (b"[" * 64 + b"]" * 64) * 16_000,
        b"[" * 2_000_000,
        b"[" * 500_000 + b"]" * 500_000,
        b"[" + b'"",' * 600_000 + b"[" * 100,
    ],
    ids=["escaped quotes without an end", "escaped line ends", "wide", "steep", "deep", "deep and ended", "many texts"],
)
def test_no_body_takes_long_to_be_measured(body: bytes) -> None:
    """Time in proportion to the size: a body that made the search go back and forth once took hours."""
    began = time.process_time()
    depth(body)
    assert time.process_time() - began < 2.0


@dataclass
class Caller:
    """Sends what it was given to an application behind the limits, and keeps what came of it."""

    messages: list[Message]
    reached: list[Any] = field(default_factory=list)
    answer: list[Message] = field(default_factory=list)
    taken: int = 0

    async def call(self, *headers: tuple[bytes, bytes], kind: str = "http") -> int:
        """The status of the answer; 0 for none."""
        await Limits(self._app)({"type": kind, "headers": list(headers)}, self._receive, self._send)
        return int(self.answer[0]["status"]) if self.answer else 0

    @property
    def detail(self) -> str:
        assert (b"content-type", b"application/problem+json") in self.answer[0]["headers"]
        return str(json.loads(self.answer[1]["body"])["detail"])

    async def _app(self, _scope: Scope, receive: Receive, send: Send) -> None:
        self.reached = [await receive(), await receive()]
        await send({"type": "http.response.start", "status": 204})

    async def _receive(self) -> Message:
        self.taken += 1
        if self.taken <= len(self.messages):
            return self.messages[self.taken - 1]
        await asyncio.sleep(5)
        return DISCONNECT

    async def _send(self, message: Message) -> None:
        self.answer.append(message)


def body(*pieces: bytes) -> list[Message]:
    return [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]


async def test_a_request_arrives_whole_and_what_follows_it_too() -> None:
    caller = Caller([*body(b'{"id"', b"", b": 3}"), DISCONNECT])
    assert await caller.call((b"Content-Length", b"9")) == 204
    assert caller.reached == [{"type": "http.request", "body": b'{"id": 3}', "more_body": False}, DISCONNECT]


async def test_a_request_without_a_body_arrives() -> None:
    caller = Caller([{"type": "http.request"}, DISCONNECT])
    assert await caller.call() == 204
    assert caller.reached[0]["body"] == b""


async def test_what_is_no_request_passes_untouched() -> None:
    caller = Caller([{"type": "websocket.connect"}, DISCONNECT])
    assert await caller.call((b"content-length", b"many"), kind="websocket") == 204
    assert caller.reached == [{"type": "websocket.connect"}, DISCONNECT]


@pytest.mark.fault(45)
async def test_the_largest_request_arrives_and_a_byte_more_does_not() -> None:
    half = b"x" * (MOST // 2)
    assert await Caller([*body(half, half), DISCONNECT]).call() == 204
    assert await Caller([*body(half + half), DISCONNECT]).call((b"content-length", str(MOST).encode())) == 204
    for pieces in ((half, half, b"x"), (half + half + b"x",)):
        caller = Caller([*body(*pieces), DISCONNECT])
        assert await caller.call() == 413
        assert caller.detail == f"The body is larger than {MOST} bytes."
        assert caller.reached == []


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    ("header", "value", "status", "why"),
    [
        (b"Content-Length", str(MOST + 1).encode(), 413, f"The body is larger than {MOST} bytes."),
        (b"Content-Length", b"-1", 400, "Content-Length is no number."),
        (b"Content-Length", b"many", 400, "Content-Length is no number."),
        (b"Content-Encoding", b"gzip", 415, "Packed bodies are not taken: send it without Content-Encoding."),
    ],
)
async def test_what_its_headers_give_away_is_refused_unread(header: bytes, value: bytes, status: int, why: str) -> None:
    caller = Caller([*body(b"{}"), DISCONNECT])
    assert await caller.call((header, value)) == status
    assert caller.detail == why
    assert (caller.taken, caller.reached) == (0, [])


async def test_a_body_that_says_that_it_is_not_packed_arrives() -> None:
    assert await Caller([*body(b"{}"), DISCONNECT]).call((b"content-encoding", b"identity")) == 204


async def test_a_wide_body_of_64_levels_arrives() -> None:
    wide = b"[" + b"[]," * 100 + b"[" * 63 + b"]" * 64
    caller = Caller([*body(wide), DISCONNECT])
    assert await caller.call() == 204
    assert caller.reached[0]["body"] == wide


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "deep", [b"[" * 65 + b"]" * 65, b"[" * 65, b"[" * 60 + b"[" * 10 + b"]" * 10], ids=["ended", "open", "half open"]
)
async def test_a_body_of_more_than_64_levels_is_refused(deep: bytes) -> None:
    caller = Caller([*body(deep), DISCONNECT])
    assert await caller.call() == 400
    assert caller.detail == "The body is nested deeper than 64 levels."
    assert caller.reached == []


@pytest.mark.fault(45)
async def test_a_body_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ_SECONDS", 0.05)
    caller = Caller(body(b"{", b"}")[:1])
    assert await caller.call() == 408
    assert caller.detail == "The request did not arrive within 0.05 seconds."
    assert caller.reached == []


@pytest.mark.fault(45)
async def test_a_part_of_a_request_is_no_request() -> None:
    caller = Caller([body(b"{}", b"")[0], DISCONNECT])
    assert await caller.call() == 0
    assert caller.reached == []
