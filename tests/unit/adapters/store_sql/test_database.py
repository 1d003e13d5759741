"""Addresses of databases, and whose fault an error is."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from connector_core.adapters.store_sql.database import open_engine, refusal, unavailable, will_never_do
from connector_core.domain.errors import ConfigurationError, Rejected
from connector_core.ports.store import StoreUnavailable

SECRET = "+4915112345678"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "no address"),
        ("paylink.db", "no address"),
        ("mysql://host/name", "no database that can be used"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////nowhere/at/all/paylink.db", "does not exist"),
    ],
)
def test_an_address_that_cannot_be_used_says_how_one_looks(url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as refused:
        open_engine(url)
    assert "postgresql://" in refused.value.cure


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_all_spellings_of_postgresql_lead_to_one_driver(scheme: str) -> None:
    engine = open_engine(f"{scheme}://paylink@127.0.0.1/paylink")
    assert engine.url.drivername == "postgresql+psycopg"
    engine.dispose()


def test_sqlite_writes_through_to_the_disk(tmp_path: Path) -> None:
    """WAL with NORMAL would lose the last commits when the power goes (faults.md 20)."""
    engine = open_engine(f"sqlite:///{tmp_path}/paylink.db")
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    engine.dispose()
    assert found == ["wal", 2]


def wrapped(error: Exception, base: type[Exception]) -> DBAPIError:
    found = DBAPIError.instance("INSERT", {"to": SECRET}, error, base, hide_parameters=True)
    assert isinstance(found, DBAPIError)
    return found


@pytest.mark.parametrize(
    ("error", "never"),
    [
        (wrapped(sqlite3.IntegrityError("UNIQUE constraint failed: a.b"), sqlite3.Error), True),
        (wrapped(sqlite3.DataError("too big"), sqlite3.Error), True),
        (wrapped(sqlite3.ProgrammingError("type 'object' is not supported"), sqlite3.Error), True),
        (wrapped(sqlite3.OperationalError("database is locked"), sqlite3.Error), False),
        (wrapped(sqlite3.OperationalError("database or disk is full"), sqlite3.Error), False),
        (wrapped(psycopg.errors.UniqueViolation("duplicate key"), psycopg.Error), True),
        (wrapped(psycopg.errors.StringDataRightTruncation("too long"), psycopg.Error), True),
        (wrapped(psycopg.errors.DeadlockDetected("deadlock"), psycopg.Error), False),
        (wrapped(psycopg.errors.DiskFull("no space left"), psycopg.Error), False),
        (wrapped(psycopg.errors.AdminShutdown("terminating"), psycopg.Error), False),
        (wrapped(psycopg.errors.InsufficientPrivilege("permission denied"), psycopg.Error), False),
        (wrapped(psycopg.errors.ReadOnlySqlTransaction("read-only"), psycopg.Error), False),
        (TypeError("not JSON"), True),
        (OverflowError("too large"), True),
    ],
    ids=lambda value: type(getattr(value, "orig", value)).__name__,
)
def test_only_what_would_fail_again_is_refused(error: Exception, never: bool) -> None:
    assert will_never_do(error) is never


def test_a_refusal_quotes_no_row() -> None:
    words = f'duplicate key value violates "links_key"\nDETAIL:  Failing row contains ({SECRET}).'
    refused = refusal(wrapped(psycopg.errors.UniqueViolation(words), psycopg.Error))
    assert isinstance(refused, Rejected)
    assert refused.detail == 'duplicate key value violates "links_key"'
    assert SECRET not in str(refused)
    assert isinstance(refusal(KeyError("x")), KeyError)


def test_no_error_of_the_database_shows_what_was_to_be_stored(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/paylink.db")
    with pytest.raises(StoreUnavailable) as failed, unavailable(), engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (?)", (SECRET,))
    engine.dispose()
    assert SECRET not in str(failed.value) + str(failed.value.__cause__)
