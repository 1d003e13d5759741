"""Engines for both databases, and what their errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, NoSuchModuleError, ProgrammingError
from sqlalchemy.pool import QueuePool

from connector_core.domain.errors import ConfigurationError, Rejected
from connector_core.ports.store import StoreUnavailable

_BUSY_SECONDS = 5.0
_BRIEFLY = 200
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "secure_delete=ON",
    "cache_size=-512",
)
"""`secure_delete`: what was erased is not left in free places of the file. Its cost was too small to be measured.
`cache_size`: KiB of each connection; the system keeps the file's pages as well, once for all of them.
"""
_POSTGRESQL_PATIENCE = {
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
"""libpq's: a server that is cut off is noticed within half a minute. What the URL says goes first."""
_POSTGRESQL_SESSION = "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s'"
"""Nobody waits long for a lock, and a daemon that was stopped in a transaction does not keep its locks."""


def open_engine(url: str) -> Engine:
    """Raises `ConfigurationError` for an address that names no database which can be used here."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _wrong("it is no address of a database") from None
    if parsed.drivername == "sqlite":
        return _sqlite(parsed.database or "")
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return _postgresql(parsed.set(drivername="postgresql+psycopg"))
    raise _wrong(f"{parsed.drivername!r} is no database that can be used")


@contextmanager
def unavailable() -> Iterator[None]:
    """A database that cannot do it now is `StoreUnavailable`; whoever asked may ask again."""
    try:
        yield
    except DBAPIError as error:
        raise StoreUnavailable(f"the database cannot do it now: {_words(error)}") from error


def will_never_do(error: Exception) -> bool:
    """Whether the same thing would fail again: its rows contradict others, or cannot be written at all."""
    if not isinstance(error, DBAPIError):
        return True
    if isinstance(error, ProgrammingError):  # the driver's own, without a code of the server: a value it cannot send
        return getattr(error.orig, "sqlstate", None) is None and not error.connection_invalidated
    return isinstance(error, IntegrityError | DataError)


def refusal(error: Exception) -> Exception:
    """What a caller gets for something that the database will never do; without the values, which may be personal."""
    if not isinstance(error, DBAPIError):
        return error
    return Rejected(
        "The database refused what was to be stored: it contradicts something that is stored already, or is too long.",
        cure="Report it with the log of this moment.",
        detail=_words(error),
    )


def _words(error: DBAPIError) -> str:
    """The first line: later ones quote rows."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__


def _sqlite(path: str) -> Engine:
    if not path or path == ":memory:":
        raise _wrong("SQLite needs a file")
    if not Path(path).absolute().parent.is_dir():
        raise _wrong(f"the folder {Path(path).absolute().parent} does not exist")
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=8,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def look_up_connection(engine: Engine) -> Connection:
    """For single queries by key: it never waits for a lock."""
    connection = engine.connect().execution_options(look_up=True)
    driver_of(connection).execute("PRAGMA busy_timeout = 0")
    return connection


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def emptied(engine: Engine) -> bool:
    """Whether SQLite's log could be written into the database and cut to nothing, without making others wait long."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BRIEFLY}")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
        return not busy
    finally:
        connection.close()


def _begin_sqlite(connection: Connection) -> None:
    """A `look_up` begins none: each of its queries is one by itself."""
    options = connection.get_execution_options()
    if not options.get("look_up"):
        with driver_errors():
            driver_of(connection).execute("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection, for small transactions: they would mostly be SQLAlchemy's work."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


@contextmanager
def driver_errors() -> Iterator[None]:
    """What SQLite's own connection raises, as SQLAlchemy would raise it."""
    try:
        yield
    except sqlite3.Error as error:
        raise DBAPIError.instance("", None, error, sqlite3.Error, hide_parameters=True) from error


def _postgresql(url: URL) -> Engine:
    patience = {name: value for name, value in _POSTGRESQL_PATIENCE.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_size=8, connect_args=patience, hide_parameters=True)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise ConfigurationError(
            "database: PostgreSQL is configured, but its driver is not installed.",
            cure="Install it: pip install 'paylink-connector[postgres]'",
        ) from None
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    connection.execute(_POSTGRESQL_SESSION)
    connection.commit()


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"database: {why}.", cure='Write "sqlite:////var/lib/paylink/paylink.db" or "postgresql://user@host/name".'
    )
