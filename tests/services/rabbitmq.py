"""A private RabbitMQ: own node, data, cookie, epmd and ports, so that a test may do anything to it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from connector_core.adapters.rabbitmq.topology import Topology
from connector_core.sandbox.world.daemon import free_port

SCRIPTS = Path(os.environ.get("RABBITMQ_SCRIPTS", "/usr/lib/rabbitmq/bin"))
"""The node's own scripts: Debian's wrappers in /usr/sbin change the user, and with it cookie and home."""
START_LIMIT = 60.0


class NodeFailed(Exception):
    """The node did not come up or refused a command; the text ends with its own last words."""


def available() -> bool:
    return (SCRIPTS / "rabbitmq-server").exists() and shutil.which("epmd") is not None


class RabbitNode:
    """One node on 127.0.0.1; a context manager. Restarts keep port, data and cookie."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.home = Path(tempfile.mkdtemp(prefix="paylink-rabbit-"))
        self.name = f"paylink-{self.port}@localhost"
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._environment = self._prepare()

    @property
    def url(self) -> str:
        return self.url_of("/")

    def url_of(self, vhost: str, user: str = "guest", password: str = "guest") -> str:
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/{vhost.replace('/', '%2F')}"

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Returns when the node takes connections."""
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        """Starts the processes and does not wait for them."""
        if self._epmd is None or self._epmd.poll() is not None:
            self._epmd = self._run(["epmd", "-address", "127.0.0.1", "-port", self._environment["ERL_EPMD_PORT"]])
        self._server = self._run([str(SCRIPTS / "rabbitmq-server")])

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT
        while not self._greets():
            if not self.running:
                raise NodeFailed(f"the node ended while it started: {self.last_words()}")
            if time.monotonic() > deadline:
                raise NodeFailed(f"the node did not start in {START_LIMIT:.0f} s: {self.last_words()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends the processes in good order; what does not go is killed."""
        for process in (self._server, self._epmd):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._server = self._epmd = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def kill9(self) -> None:
        """The machine's power goes: the node's one process is killed."""
        if self._server is not None:
            self._server.send_signal(signal.SIGKILL)
            self._server.wait()

    def restart(self) -> None:
        """Ends the node in good order and starts it again on the same port with the same data."""
        self.stop()
        self.start()

    def stop_app(self) -> None:
        """The broker goes and says goodbye; the Erlang node stays."""
        self.ctl("stop_app")

    def start_app(self) -> None:
        self.ctl("start_app")

    def set_alarm(self, on: bool) -> None:
        """The memory alarm: publishers are blocked, consumers are not."""
        self.ctl("set_vm_memory_high_watermark", "0.00001" if on else "0.8")

    def add_vhost(self, name: str) -> str:
        """Makes the virtual host and returns its URL for `guest`."""
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        return self.url_of(name)

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` says to it."""
        command = [str(SCRIPTS / "rabbitmqctl"), "-n", self.name, "-q", *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise NodeFailed(f"rabbitmqctl {arguments[0]}: {done.stderr.strip()} {done.stdout.strip()}")
        return done.stdout

    def last_words(self) -> str:
        log = self.home / "console.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _greets(self) -> bool:
        """As soon as the broker is up, an AMQP 0-9-1 header is answered with a method frame (first octet 1)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                probe.sendall(b"AMQP\x00\x00\x09\x01")
                return probe.recv(1) == b"\x01"
        except OSError:
            return False

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.home / "console.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home
            )

    def _prepare(self) -> dict[str, str]:
        cookie = self.home / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (self.home / "enabled_plugins").write_text("[].\n")
        (self.home / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "loopback_users = none\n"
            "vm_memory_high_watermark.relative = 0.8\n"
            "disk_free_limit.absolute = 10MB\n"
            "log.console = false\n"
            "log.file.level = warning\n"
        )
        return {
            "PATH": f"/usr/bin:/bin:{os.environ.get('PATH', '')}",
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_ALLOW_INPUT": "true",  # the script then becomes the Erlang process: its id is the node's
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.home / "generated"),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +A 16 -kernel inet_dist_use_interface {127,0,0,1} -noinput",
        }


def require_rabbitmq() -> None:
    """Skips at home, fails where `CI` is set."""
    if available():
        return
    if os.environ.get("CI"):
        pytest.fail("rabbitmq-server is missing, and CI must not skip: install it (Debian: rabbitmq-server)")
    pytest.skip("needs rabbitmq-server (Debian: rabbitmq-server)")


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitNode]:
    """One node that all tests share: use names of your own, and leave it as it was."""
    require_rabbitmq()
    with RabbitNode() as node:
        yield node


@pytest.fixture
def rabbitmq_own() -> Iterator[RabbitNode]:
    """A node that the test may stop, kill and fill."""
    require_rabbitmq()
    with RabbitNode() as node:
        yield node


@pytest.fixture
def topology() -> Topology:
    """Names that nobody else uses."""
    mark = secrets.token_hex(4)
    return Topology(orders=f"orders-{mark}", dead=f"dead-{mark}", events=f"events-{mark}")
