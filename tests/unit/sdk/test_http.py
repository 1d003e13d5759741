"""Which error a plugin's call ends in: nothing went out, no answer came, or the peer said something."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiohttp import web

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknown,
    RateLimited,
    RetryLater,
)
from connector_core.sdk.http import HttpAnswer, HttpClient, retry_after
from connector_core.sdk.testing.fake_server import FakeServer


class Echo(FakeServer):
    """Answers what a test asks for."""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/status/{code}", self._status)
        app.router.add_get("/large", self._large)
        app.router.add_get("/moved", self._moved)
        app.router.add_route("*", "/echo", self._echo)

    def ledger(self) -> dict[str, object]:
        return {"calls": self.on_loop(lambda: list(self.calls))}

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response({"said": "so"}, status=int(request.match_info["code"]), headers={"Retry-After": "7"})

    async def _large(self, _: web.Request) -> web.Response:
        return web.Response(body=b"x" * 100_000)

    async def _moved(self, _: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://169.254.169.254/"})

    async def _echo(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        said = {"query": dict(request.query), "body": await request.text(), "kind": request.content_type}
        return web.json_response({**said, "port": peer[1]})


@pytest.fixture
def server() -> Iterator[Echo]:
    echo = Echo()
    echo.start()
    yield echo
    echo.stop()


@pytest.fixture
def client(server: Echo) -> Iterator[HttpClient]:
    made = HttpClient(server.url, timeout=5, max_bytes=50_000)
    yield made
    made.close()


def test_connections_are_kept_alive(client: HttpClient) -> None:
    ports = {client.request("GET", "/echo").json()["port"] for _ in range(5)}
    assert len(ports) == 1


def test_query_and_body_arrive_as_given(client: HttpClient) -> None:
    query = {"since": "2026-11-23T09:09:44+01:00", "name": "Groß & Söhne"}
    answer = client.request("POST", "/echo", query=query, json_body={"a": "ü"}).json()
    assert answer["query"] == query
    assert answer["body"] == '{"a": "ü"}'


def test_body_of_another_kind_goes_out_as_it_is(client: HttpClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.request("POST", "/echo", body=b"grant_type=client_credentials", headers=form)
    assert answer.json()["body"] == "grant_type=client_credentials"
    assert answer.json()["kind"] == "application/x-www-form-urlencoded"


def test_nobody_listening_means_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        client = HttpClient(f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(RetryLater):
            client.request("POST", "/echo", json_body={})
        client.close()


def test_cut_effect_is_unknown(server: Echo, client: HttpClient) -> None:
    server.arm("do_then_cut")
    with pytest.raises(OutcomeUnknown):
        client.request("POST", "/echo", json_body={})


def test_cut_read_may_be_repeated(server: Echo, client: HttpClient) -> None:
    server.arm("do_then_cut")
    with pytest.raises(RetryLater):
        client.request("GET", "/echo")


def test_nothing_is_retried(server: Echo, client: HttpClient) -> None:
    server.arm("error")
    with pytest.raises(OutcomeUnknown):
        client.request("PUT", "/echo", json_body={})
    assert len(server.calls) == 1


@pytest.mark.parametrize("code", [401, 403])
def test_refused_credentials(client: HttpClient, code: int) -> None:
    with pytest.raises(AuthenticationError):
        client.request("GET", f"/status/{code}")


def test_rate_limit_keeps_the_pause(client: HttpClient) -> None:
    with pytest.raises(RateLimited) as caught:
        client.request("GET", "/status/429")
    assert caught.value.after == timedelta(seconds=7)


def test_server_error_of_a_read_waits(client: HttpClient) -> None:
    with pytest.raises(RetryLater) as caught:
        client.request("GET", "/status/503")
    assert caught.value.after == timedelta(seconds=7)


@pytest.mark.parametrize("code", [200, 400, 404, 409, 422])
def test_other_answers_are_the_callers(client: HttpClient, code: int) -> None:
    assert client.request("PUT", f"/status/{code}").status == code


def test_redirect_is_not_followed(client: HttpClient) -> None:
    assert client.request("GET", "/moved").status == 302


def test_answer_over_the_cap_is_no_answer(client: HttpClient) -> None:
    with pytest.raises(RetryLater, match="larger"):
        client.request("GET", "/large")


@pytest.mark.parametrize("kind", ["html", "truncated"])
def test_answer_that_is_no_json_is_no_answer(server: Echo, client: HttpClient, kind: str) -> None:
    server.arm(kind, times=2)
    with pytest.raises(RetryLater):
        client.request("GET", "/echo").json()
    with pytest.raises(OutcomeUnknown):
        client.request("POST", "/echo").json()


def test_date_of_retry_after_is_understood() -> None:
    past = HttpAnswer(503, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"")
    assert retry_after(past) == timedelta()
    assert retry_after(HttpAnswer(503, {"retry-after": "soon"}, b"")) is None


@pytest.mark.parametrize("url", ["", "ftp://shop.example", "https://user:pass@shop.example", "shop.example"])
def test_unusable_address_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(ConfigurationError):
        HttpClient(url)


@pytest.mark.fault(31)
@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"])
def test_dripping_peer_meets_the_total_deadline(start: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()
        thread = threading.Thread(target=_drip, args=(listener, start, ended))
        thread.start()
        client = HttpClient(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.5)
        began = time.monotonic()
        with pytest.raises(RetryLater):
            client.request("GET", "/")
        assert time.monotonic() - began < 2
        client.close()
        ended.set()
        thread.join()


def _drip(listener: socket.socket, start: bytes, ended: threading.Event) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(start)
        for _ in range(60):
            if ended.wait(0.05):
                return
            try:
                connection.sendall(b"x")
            except OSError:
                return
