"""The fault switches and the ledger of every fake."""

from collections.abc import Iterator

import pytest

from connector_core.sdk.http import HttpClient
from connector_core.sdk.testing.faults import Fault, FaultKind, FaultSwitches
from tests.unit.sdk.test_http import Echo


@pytest.fixture
def server() -> Iterator[Echo]:
    echo = Echo()
    echo.start()
    yield echo
    echo.stop()


@pytest.fixture
def client(server: Echo) -> Iterator[HttpClient]:
    made = HttpClient(server.url)
    yield made
    made.close()


def test_fault_is_armed_over_http_and_strikes_once(client: HttpClient) -> None:
    armed = client.request("POST", "/_sandbox/faults", json_body={"kind": "error", "match": "^GET /echo"})
    assert armed.status == 201
    assert client.send("GET", "/status/200").status == 200
    assert [client.send("GET", "/echo").status for _ in range(2)] == [500, 200]


def test_unknown_fault_is_refused(client: HttpClient) -> None:
    assert client.request("POST", "/_sandbox/faults", json_body={"kind": "gremlins"}).status == 422


def test_faults_can_be_cleared(client: HttpClient) -> None:
    client.request("POST", "/_sandbox/faults", json_body={"kind": "error", "times": 5})
    client.request("DELETE", "/_sandbox/faults")
    assert client.request("GET", "/_sandbox/faults").json() == []
    assert client.send("GET", "/echo").status == 200


def test_ledger_counts_calls_and_their_faults(server: Echo, client: HttpClient) -> None:
    server.arm("error")
    client.send("GET", "/echo")
    client.send("GET", "/echo")
    calls = client.request("GET", "/_sandbox/ledger").json()["calls"]
    assert [(call["status"], call["fault"]) for call in calls] == [(500, "error"), (200, "")]


def test_stopping_twice_is_harmless() -> None:
    echo = Echo()
    echo.start()
    echo.stop()
    echo.stop()


def test_taken_port_is_an_error(server: Echo) -> None:
    with pytest.raises(OSError):
        Echo().start(port=int(server.url.rsplit(":", 1)[1]))


def test_webhook_faults_and_request_faults_do_not_mix() -> None:
    switches = FaultSwitches()
    switches.arm(Fault(kind=FaultKind.DROP_WEBHOOK))
    assert switches.take("GET /orders") is None
    assert switches.take("WEBHOOK order.created", webhook=True) is not None
    assert switches.take("WEBHOOK order.created", webhook=True) is None
