"""The database: SQLite by default, PostgreSQL for more than one daemon; the only home of SQLAlchemy."""

from connector_core.adapters.store_sql.store import SqlStore

__all__ = ["SqlStore"]
