"""Copies of a SQLite database, consistent while a daemon works on it."""

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from connector_core.adapters.store_sql.alone import FileLock
from connector_core.domain.errors import ConfigurationError, InvalidInput

_PAGES = 2_000
_MADE = "backup"
"""Name of the cursor in the copy that says when it was made."""

Progress = Callable[[int, int], None]
"""Pages left, pages in all."""


def sqlite_path(url: str) -> Path:
    """Raises `ConfigurationError` for another database, with the way to copy that."""
    parsed = make_url(url)
    if parsed.drivername != "sqlite" or not parsed.database:
        raise ConfigurationError(
            "database: only SQLite is copied by this command.",
            cure="PostgreSQL: pg_dump --format=custom; after pg_restore, and before the daemon starts: "
            "paylink recover --since TIME-OF-THE-DUMP.",
        )
    return Path(parsed.database)


def back_up(url: str, to: Path, progress: Progress = lambda _left, _all: None) -> datetime:
    """Writes the copy beside and renames it when it is whole. Returns the moment that it stands for."""
    source = sqlite_path(url)
    if not source.exists():
        raise ConfigurationError(f"database: {source} does not exist.", cure="Name the configuration with --config.")
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    made = datetime.now(UTC)
    reading, writing = sqlite3.connect(source), sqlite3.connect(part)
    try:
        reading.backup(writing, pages=_PAGES, progress=lambda _status, left, pages: progress(left, pages))
        writing.execute("PRAGMA journal_mode=DELETE")
        writing.execute("REPLACE INTO cursors (name, value) VALUES (?, ?)", (_MADE, f'"{made.isoformat()}"'))
        writing.commit()
        _whole(writing, part)
    finally:
        writing.close()
        reading.close()
    _keep(part)
    part.replace(to)
    return made


def put_back(url: str, copy: Path) -> datetime:
    """Puts the copy in the place of the database, which is kept beside it; the moment that the copy stands for.

    Raises `ConfigurationError` when a daemon works on the database, `InvalidInput` when the copy is none.
    """
    target = sqlite_path(url)
    lock = FileLock(target)
    lock.take()
    try:
        made = _made(copy)
        part = target.with_name(target.name + ".part")
        part.write_bytes(copy.read_bytes())
        part.chmod(0o600)
        _keep(part)
        for ending in ("-wal", "-shm"):
            target.with_name(target.name + ending).unlink(missing_ok=True)
        if target.exists():
            target.replace(target.with_name(f"{target.name}.before-{made:%Y%m%dT%H%M%S}"))
        part.replace(target)
        return made
    finally:
        lock.release()


def _made(copy: Path) -> datetime:
    try:
        with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as connection:
            _whole(connection, copy)
            found = connection.execute("SELECT value FROM cursors WHERE name = ?", (_MADE,)).fetchone()
    except sqlite3.Error as error:
        raise _no_copy(copy, str(error)) from None
    if found is None:
        raise _no_copy(copy, "it does not say when it was made")
    return datetime.fromisoformat(found[0].strip('"'))


def _whole(connection: sqlite3.Connection, file: Path) -> None:
    (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise _no_copy(file, str(verdict))


def _no_copy(file: Path, why: str) -> InvalidInput:
    return InvalidInput(f"{file} is no whole backup: {why}.", field="file", cure="Take another one.")


def _keep(file: Path) -> None:
    """On the disk, not only on its way there."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
