"""A private PostgreSQL: own data, port and socket, so that a test may do anything to it."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import pytest
from psycopg import sql

from connector_core.adapters.store_sql import SqlStore
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.sandbox.world.daemon import free_port

ROLE = "paylink"
START_LIMIT = 30.0
_SERVER_USER = "postgres" if os.name == "posix" and os.geteuid() == 0 else None
"""PostgreSQL refuses to run as root."""


class NodeFailed(Exception):
    """The node did not come up; the text ends with its own last words."""


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: Debian keeps them out of the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found = [path for path in debian if (path / "initdb").exists()]
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).resolve().parent]
    return found[0] if found else None


class PostgresNode:
    """One node on 127.0.0.1, open to everyone on this host; a context manager. Restarts keep port and data.

    `durable` makes it wait for the disk at each commit, as in production; without, only a power cut would lose data.
    """

    def __init__(self, *, durable: bool = False) -> None:
        found = binaries()
        if found is None:
            raise NodeFailed("PostgreSQL is not installed (Debian: postgresql)")
        self._binaries = found
        self.port = free_port()
        self.home = Path(tempfile.mkdtemp(prefix="paylink-postgres-"))
        if _SERVER_USER:
            shutil.chown(self.home, _SERVER_USER, _SERVER_USER)
        self._durable = durable
        self._server: subprocess.Popen[bytes] | None = None

    def url_of(self, database: str) -> str:
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Returns when the node answers queries; makes the data folder the first time."""
        if not (self.home / "data" / "PG_VERSION").exists():
            self._initialise()
        deadline = time.monotonic() + START_LIMIT
        while not self._answers():
            if time.monotonic() > deadline:
                raise NodeFailed(f"the node did not start in {START_LIMIT:.0f} s: {self.last_words()}")
            if not self.running:  # also after kill9, as long as a child of the killed one still ends
                self._server = self._run("postgres", *self._options())
            time.sleep(0.05)

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, and what is committed is kept."""
        self._end(signal.SIGINT)

    def kill9(self) -> None:
        """The server's main process is killed; its children notice and go too."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def create_database(self, name: str, like: str = "template1") -> str:
        """Makes the database, a copy of another one to which nobody is connected, and returns its URL."""
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like)))
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Whoever is still connected is thrown out."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

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

    def _initialise(self) -> None:
        options = ("-A", "trust", "-U", ROLE, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        if self._run("initdb", "-D", str(self.home / "data"), *options).wait(START_LIMIT):
            raise NodeFailed(f"initdb: {self.last_words()}")

    def _options(self) -> list[str]:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.home,
            "fsync": "on" if self._durable else "off",
            "shared_buffers": "64MB",
        }
        return ["-D", str(self.home / "data"), *(f"--{name}={value}" for name, value in settings.items())]

    def _answers(self) -> bool:
        if not self.running:
            return False
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.home / "console.log").open("ab") as log:
            return subprocess.Popen(
                [str(self._binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                user=_SERVER_USER,
                group=_SERVER_USER,
                extra_groups=[] if _SERVER_USER else None,
            )

    def _end(self, how: signal.Signals) -> None:
        if self._server is None:
            return
        self._server.send_signal(how)
        try:
            self._server.wait(15)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None


def require_postgres() -> None:
    """Skips at home, fails where `CI` is set."""
    if binaries() is not None:
        return
    if os.environ.get("CI"):
        pytest.fail("PostgreSQL is missing, and CI must not skip: install it (Debian: postgresql)")
    pytest.skip("needs PostgreSQL (Debian: postgresql)")


@pytest.fixture(scope="session")
def postgres_node() -> Iterator[PostgresNode]:
    """One node that all tests share: databases of your own, and leave it as it was."""
    require_postgres()
    with PostgresNode() as node:
        yield node


@pytest.fixture
def postgres_url(postgres_node: PostgresNode) -> Iterator[str]:
    """A fresh, empty database."""
    name = f"t{secrets.token_hex(6)}"
    yield postgres_node.create_database(name)
    postgres_node.drop_database(name)


@pytest.fixture
def postgres_own() -> Iterator[PostgresNode]:
    """A node that the test may stop and kill."""
    require_postgres()
    with PostgresNode() as node:
        yield node


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them, to be copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("tables") / "paylink.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_tables(postgres_node: PostgresNode) -> str:
    """The name of such a database."""
    _migrate(postgres_node.create_database("tables"))
    return "tables"


def _migrate(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture
def postgres_tables_url(postgres_node: PostgresNode, postgres_tables: str) -> Iterator[str]:
    """A copy of it, with nothing in its tables."""
    name = f"t{secrets.token_hex(6)}"
    yield postgres_node.create_database(name, like=postgres_tables)
    postgres_node.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind: empty, or with its tables where the test has an open store."""
    tables = "store" in request.fixturenames
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_tables_url" if tables else "postgres_url"))
    if tables:
        shutil.copyfile(request.getfixturevalue("sqlite_tables"), tmp_path / "paylink.db")
    return f"sqlite:///{tmp_path}/paylink.db"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[SqlStore]:
    """The opened store of a daemon, on each kind of database."""
    opened = SqlStore(store_url)
    await opened.open()
    yield opened
    await opened.close()
