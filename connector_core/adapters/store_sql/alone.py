"""A SQLite file belongs to one daemon."""

import fcntl
import os
from pathlib import Path

from connector_core.domain.errors import ConfigurationError


class FileLock:
    """Held as long as the process lives; the system gives it back after a crash."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._file: int | None = None

    def take(self) -> None:
        """Raises `ConfigurationError` when another daemon has the database."""
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise ConfigurationError(
                "database: another daemon works on this SQLite file already.",
                cure="Stop the other one, give this one a file of its own, or use PostgreSQL for several daemons.",
            ) from None

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
