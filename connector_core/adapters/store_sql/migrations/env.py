"""Alembic's environment: the connection comes from the store, which also holds the transaction."""

from alembic import context

from connector_core.adapters.store_sql.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
