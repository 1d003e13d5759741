"""Brings the schema to the newest revision."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from connector_core.adapters.store_sql.database import unavailable
from connector_core.adapters.store_sql.schema import NEWEST
from connector_core.domain.errors import ConfigurationError

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
