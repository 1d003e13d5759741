"""systemd hears when the daemon is ready, alive and stopping."""

import asyncio
import socket
from pathlib import Path

import pytest

from connector_core.adapters.service_manager import READY, STOPPING, announce_ready, notify
from connector_core.app import Daemon
from connector_core.ports.broker import BrokerHealth
from connector_core.settings import Settings


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.settimeout(10)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    return listener


def test_without_a_service_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify(READY)


async def test_a_daemon_is_ready_then_alive_then_stopping(heard: socket.socket, tmp_path: Path) -> None:
    daemon = Daemon(Settings(database=f"sqlite:///{tmp_path / 'paylink.db'}", port=0))
    await daemon.start()
    words = {(await asyncio.to_thread(heard.recv, 100)).decode() for _ in range(3)}
    await daemon.stop()
    assert words == {"READY=1", "WATCHDOG=1"}
    heard.settimeout(0.2)
    last = [word.decode() for word in iter_words(heard)]
    assert STOPPING in last
    heard.close()


def iter_words(heard: socket.socket) -> list[bytes]:
    words = []
    while True:
        try:
            words.append(heard.recv(100))
        except TimeoutError:
            return words


async def test_a_broker_that_is_not_there_yet_keeps_the_unit_starting() -> None:
    class Late:
        asked = 0

        def health(self) -> BrokerHealth:
            self.asked += 1
            return BrokerHealth(self.asked > 2, "")

    class Database:
        async def check(self) -> None: ...

    said: list[str] = []
    broker = Late()
    await announce_ready(Database(), broker, said.append)  # type: ignore[arg-type]  # only what is asked of them
    assert (said, broker.asked) == ([READY], 3)
