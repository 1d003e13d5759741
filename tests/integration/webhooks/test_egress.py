"""One call to an address that a user has given, to real servers on this host (faults.md 70)."""

import asyncio
import gzip
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from connector_core.adapters.webhook_egress import WebhookEgress
from connector_core.adapters.webhook_guard import Guard
from connector_core.ports.webhooks import Answer
from tests.services.webhook_receiver import Receiver

HERE = Guard(allowed=["127.0.0.1/32"], schemes=["http", "https"])
BODY = b'{"type": "webhook.test"}'


@pytest.fixture
async def egress() -> AsyncIterator[WebhookEgress]:
    opened = WebhookEgress(HERE, seconds=1.0)
    yield opened
    await opened.close()


async def post(egress: WebhookEgress, receiver: Receiver) -> Answer:
    return await egress.post(receiver.url, {"webhook-id": "e1"}, BODY)


async def test_the_body_goes_out_as_it_is(egress: WebhookEgress) -> None:
    async with Receiver() as receiver:
        assert await post(egress, receiver) == Answer(204)
    [one] = receiver.received
    assert (one.body, one.id, one.headers["content-type"]) == (BODY, "e1", "application/json")
    assert "cookie" not in one.headers


@pytest.mark.fault(70)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(egress: WebhookEgress, status: int) -> None:
    async with Receiver() as inner:
        receiver = Receiver([lambda _: web.Response(status=status, headers={"Location": inner.url})])
        async with receiver:
            answer = await post(egress, receiver)
    assert (answer.status, answer.taken) == (status, False)
    assert "not followed" in answer.cause
    assert inner.received == []


@pytest.mark.fault(70)
async def test_a_private_address_gets_nothing_however_it_is_named() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with Receiver() as receiver:
        port = receiver.port
        for guard, host in (
            (Guard(schemes=["http"], lookup=lookup), "shop.example"),
            (Guard(schemes=["http"]), "127.0.0.1"),
        ):
            egress = WebhookEgress(guard)
            answer = await egress.post(f"http://{host}:{port}", {}, BODY)
            await egress.close()
            assert (answer.status, answer.refused) == (0, True)
            assert answer.cause
    assert receiver.received == []


async def test_a_name_is_asked_for_at_each_connection_and_its_first_answer_counts() -> None:
    """Whoever answers the second question with another address is not asked a second time."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return answers.pop(0)

    async with Receiver() as receiver:
        port = receiver.port
        egress = WebhookEgress(Guard(allowed=["127.0.0.1/32"], schemes=["http"], lookup=lookup))
        assert (await egress.post(f"http://shop.example:{port}", {}, BODY)).taken
        await egress.close()
        assert (await egress.post(f"http://shop.example:{port}", {}, BODY)).refused
        await egress.close()
    assert [one.headers["host"] for one in receiver.received] == [f"shop.example:{port}"]


async def test_a_refusal_is_told_in_the_words_of_the_receiver_fit_to_be_shown(egress: WebhookEgress) -> None:
    words = "no\r\n\x1b[31m: +4915112345678, anna@shop.example " + "x" * 500
    async with Receiver([lambda _: web.Response(status=422, text=words, headers={"Retry-After": "7"})]) as receiver:
        answer = await post(egress, receiver)
    assert (answer.status, answer.after) == (422, timedelta(seconds=7))
    assert answer.cause.startswith("no")
    assert answer.cause.isprintable()
    assert len(answer.cause) <= 200
    assert "+49151" not in answer.cause
    assert "anna" not in answer.cause


async def test_of_an_endless_or_packed_answer_little_is_read(egress: WebhookEgress) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    packed = web.Response(status=500, body=bomb, headers={"Content-Encoding": "gzip"})
    async with Receiver([lambda _: web.Response(status=500, body=b"x" * 5_000_000), lambda _: packed]) as receiver:
        for _ in range(2):
            answer = await post(egress, receiver)
            assert answer.status == 500
            assert len(answer.cause) <= 200


async def test_what_does_not_answer_is_waited_for_no_longer_than_said(egress: WebhookEgress) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        begin = asyncio.get_running_loop().time()
        answer = await egress.post(f"http://127.0.0.1:{port}/", {}, BODY)
    assert (answer.status, answer.cause) == (0, "There was no answer in time.")
    assert asyncio.get_running_loop().time() - begin < 3
    answer = await egress.post(f"http://127.0.0.1:{port}/", {}, BODY)
    assert (answer.status, answer.cause) == (0, "The address does not answer.")


async def test_a_name_that_nobody_knows_is_told() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    egress = WebhookEgress(Guard(lookup=lookup))
    assert (await egress.post("https://shop.example/", {}, BODY)).cause == "The name of the address is not known."
    await egress.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of `shop.example`, signed by itself."""
    if shutil.which("openssl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("openssl is not installed")
    file = tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.example",
         "-addext", "subjectAltName=DNS:shop.example", "-keyout", str(tmp_path / "key.pem"), "-out", str(file)],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_bytes(file.read_bytes() + (tmp_path / "key.pem").read_bytes())
    return file


async def test_the_certificate_is_that_of_the_name_though_the_address_was_looked_at(certificate: Path) -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(certificate))
    server.load_cert_chain(certificate)
    asked: list[str] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    guard = Guard(allowed=["127.0.0.1/32"], lookup=lookup)
    async with Receiver(tls=server) as receiver:
        port = receiver.port
        egress = WebhookEgress(guard, tls=trusted)
        assert (await egress.post(f"https://shop.example:{port}", {}, BODY)).taken
        other = await egress.post(f"https://other.example:{port}", {}, BODY)
        await egress.close()
        untrusting = WebhookEgress(guard)
        unknown = await untrusting.post(f"https://shop.example:{port}", {}, BODY)
        await untrusting.close()
    assert other.cause == unknown.cause == "The certificate of the address does not hold."
    assert asked[0] == "shop.example"
    assert [one.headers["host"] for one in receiver.received] == [f"shop.example:{port}"]
