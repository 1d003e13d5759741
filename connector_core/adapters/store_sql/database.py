"""Engines for both databases, and what their errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from connector_core.domain.errors import ConfigurationError
from connector_core.ports.store import StoreUnavailable

_BUSY_SECONDS = 5.0


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
        words = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
        raise StoreUnavailable(f"the database cannot do it now: {words[0]}") from error


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
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(_begin(connection)))
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> str:
    return "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"


def _postgresql(url: Any) -> Engine:
    try:
        return create_engine(url, pool_size=8, connect_args={"connect_timeout": 5})
    except (ModuleNotFoundError, NoSuchModuleError):
        raise ConfigurationError(
            "database: PostgreSQL is configured, but its driver is not installed.",
            cure="Install it: pip install 'paylink-connector[postgres]'",
        ) from None


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"database: {why}.", cure='Write "sqlite:////var/lib/paylink/paylink.db" or "postgresql://user@host/name".'
    )
