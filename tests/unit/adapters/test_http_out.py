"""What a transport outcome means: real sockets, one fault each (faults.md 24 to 32)."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from connector_core.adapters.http_out import MAX_ANSWER, HttpOut, masked, retry_after
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    RetryLater,
)

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A raw server that reads one request head and its body, then answers as told."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                heads.append(head + await reader.readexactly(length))
                await answer(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/x", heads
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def out() -> AsyncIterator[HttpOut]:
    client = HttpOut("Lyra account main", total_seconds=0.5)
    yield client
    await client.close()


def reply(status: int, body: bytes = b"{}", *headers: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return answer


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def truncated(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status":')
    await writer.drain()
    writer.close()


async def no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 what is this\r\n\r\n")


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def failure(out: HttpOut, url: str, *, effect: bool) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        (await out.call("POST", url, headers={}, json={"a": 1}, effect=effect)).json()
    return caught.value


async def test_a_good_answer_comes_with_lower_case_headers(out: HttpOut) -> None:
    async with peer(reply(200, b'{"a":[1]}', "X-Ticket: 7")) as (url, heads):
        answer = await out.call("POST", url, headers={"Authorization": "Basic x"}, json={"b": 2}, effect=True)
    assert (answer.status, answer.json(), answer.headers["x-ticket"]) == (200, {"a": [1]}, "7")
    assert b"Authorization: Basic x" in heads[0]
    assert b"application/json" in heads[0]
    assert heads[0].endswith(b'{"b":2}')


async def test_connections_are_kept_alive(out: HttpOut) -> None:
    ports = set()

    async def noting(writer: asyncio.StreamWriter) -> None:
        ports.add(writer.get_extra_info("peername")[1])
        await reply(200)(writer)

    async with peer(noting) as (url, _):
        for _ in range(3):
            await out.call("POST", url, headers={}, json={}, effect=True)
        await out.close()
    assert len(ports) == 1


@pytest.mark.parametrize("effect", [True, False])
async def test_nothing_sent_may_be_sent_again(out: HttpOut, effect: bool) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await failure(out, f"http://127.0.0.1:{taken.getsockname()[1]}/", effect=effect)
    assert type(error) is RetryLater
    assert "cannot be reached" in error.sentence
    assert error.cure


async def test_a_name_that_does_not_resolve_is_nothing_sent(out: HttpOut) -> None:
    assert type(await failure(out, "http://no-such-host.invalid/", effect=True)) is RetryLater


@pytest.mark.parametrize("fault", [cut, truncated, no_http, drip, reply(200, b"<html>sorry</html>"), reply(502)])
async def test_sent_but_not_answered_is_unknown_for_an_effect_and_repeatable_for_a_read(
    out: HttpOut, fault: Answer
) -> None:
    async with peer(fault) as (url, heads):
        unknown = await failure(out, url, effect=True)
        repeatable = await failure(out, url, effect=False)
    assert type(unknown) is OutcomeUnknown
    assert type(repeatable) is RetryLater
    assert len(heads) == 2, "nothing is repeated under our feet"
    assert unknown.sentence.startswith("Lyra account main")
    assert unknown.cure


@pytest.mark.fault(31)
async def test_an_endless_answer_is_cut_off() -> None:
    out = HttpOut("Lyra account main", total_seconds=5)
    async with peer(reply(200, b"x" * (MAX_ANSWER + 1))) as (url, _):
        error = await failure(out, url, effect=True)
        await out.close()
    assert type(error) is OutcomeUnknown
    assert "more than" in error.sentence


async def test_a_pause_is_kept_exactly(out: HttpOut) -> None:
    async with peer(reply(429, b"{}", "Retry-After: 37")) as (url, _):
        error = await failure(out, url, effect=True)
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(seconds=37)


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_told_apart(out: HttpOut, status: int) -> None:
    async with peer(reply(status)) as (url, _):
        assert type(await failure(out, url, effect=True)) is AuthenticationError


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_other_refusals_are_for_the_caller_to_read(out: HttpOut, status: int) -> None:
    async with peer(reply(status, b'{"code":1}')) as (url, _):
        answer = await out.call("POST", url, headers={}, json={}, effect=True)
    assert (answer.status, answer.json()) == (status, {"code": 1})


async def test_a_status_that_the_caller_reads_itself_is_returned(out: HttpOut) -> None:
    async with peer(reply(401, b'{"code":1}')) as (url, _):
        answer = await out.call("POST", url, headers={}, effect=True, read_statuses=(401,))
    assert answer.status == 401


async def test_redirects_are_not_followed(out: HttpOut) -> None:
    async with peer(reply(200)) as (elsewhere, heads), peer(reply(302, b"", f"Location: {elsewhere}")) as (url, _):
        error = await failure(out, url, effect=False)
    assert type(error) is RetryLater
    assert "redirects are not followed" in error.sentence
    assert heads == []


async def test_a_proxy_in_the_environment_is_not_used(out: HttpOut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with peer(reply(200)) as (url, _):
        assert (await out.call("GET", url, headers={}, effect=False)).status == 200


@pytest.mark.fault(32)
async def test_a_certificate_that_nobody_vouches_for_fails_closed(out: HttpOut, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout {key} -out {certificate}"
    await asyncio.to_thread(subprocess.run, command.split(), check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with peer(reply(200), context) as (url, heads):
        error = await failure(out, url, effect=True)
    assert type(error) is RetryLater
    assert "TLS" in error.sentence
    assert heads == []


async def test_an_address_that_is_none_is_a_setting(out: HttpOut) -> None:
    assert type(await failure(out, "htp:/nowhere", effect=True)) is ConfigurationError


async def test_the_detail_tells_no_number_and_no_mailbox(out: HttpOut) -> None:
    body = b'{"x":"card 4970 1000 0000 0055, phone +4915123456789, jane.doe@example.com"}'
    async with peer(reply(500, body)) as (url, _):
        error = await failure(out, url, effect=True)
    for secret in ("4970", "49151", "jane"):
        assert secret not in error.detail
    assert "example.com" in error.detail


def test_masking_keeps_what_support_needs() -> None:
    text = "PSP_1000 ticket 0f3a9b8c7d6e5f4a3b2c1d0e9f8a7b6c HTTP 500 amount 12345"
    assert masked(text) == text
    assert masked("call +49 (0)151 2345-6789 now") == "call …789 now"
    assert len(masked("word " * 1000)) == 300


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "99999999999999999999999"])
def test_an_unreadable_pause_is_no_pause_or_a_bounded_one(text: str) -> None:
    after = retry_after({"retry-after": text})
    assert after is None or after <= timedelta(seconds=10**6)


def test_a_pause_may_be_a_date() -> None:
    after = retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)})
    assert after is not None
    assert timedelta(seconds=110) < after <= timedelta(seconds=120)
