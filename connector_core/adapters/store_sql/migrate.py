"""Brings the schema to the newest revision."""

import os
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Connection, Engine, inspect, text

from connector_core.adapters.store_sql.alone import FileLock
from connector_core.adapters.store_sql.database import open_engine, unavailable
from connector_core.adapters.store_sql.schema import NEWEST
from connector_core.domain.errors import ConfigurationError
from connector_core.ports.store import StoreUnavailable

_LOCK = 7_265_410_327
"""Any number that no other program uses: two daemons that start together migrate one after the other."""


def migrate(engine: Engine) -> None:
    """In one transaction: a migration that fails leaves the old schema, with which the old version still starts.

    Raises `ConfigurationError` for a database of a newer version.
    """
    with unavailable():
        with engine.connect() as connection:
            if _revision(connection) == NEWEST:
                return
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = 0"))  # the other one may migrate for long
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if _revision(connection) != NEWEST:
                _upgrade(connection)


def migrate_apart(url: str) -> None:
    """The same in a process that ends with it: Alembic and what that imports are 10 MiB, which a daemon would need once
    and carry along for ever. To be called before there are threads.

    What is in its way is left for `migrate`, which says so.
    """
    engine = open_engine(url)
    try:
        with unavailable(), engine.connect() as connection:
            if _revision(connection) == NEWEST:
                return
    except StoreUnavailable:
        return
    finally:
        engine.dispose()
    child = os.fork()
    if child == 0:
        _migrate_and_end(engine)
    os.waitpid(child, 0)


def _migrate_and_end(engine: Engine) -> NoReturn:
    try:
        if engine.dialect.name == "sqlite":
            FileLock(Path(engine.url.database or "")).take()
        migrate(engine)
    finally:
        os._exit(0)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # only a daemon with an old schema needs it
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(
            "database: its schema is not one that this version knows; a newer version has worked with it.",
            cure="Install the newer version again, or restore the backup from before the update.",
            detail=str(error),
        ) from None
