"""The database: SQLite by default, PostgreSQL for more than one daemon; the only home of SQLAlchemy."""

from connector_core.adapters.store_sql.backup import back_up, put_back
from connector_core.adapters.store_sql.choices import SqlChoices
from connector_core.adapters.store_sql.drafts import SqlDrafts
from connector_core.adapters.store_sql.listing import SqlListing
from connector_core.adapters.store_sql.migrate import migrate_apart
from connector_core.adapters.store_sql.people import SqlPeople
from connector_core.adapters.store_sql.privacy import SqlPrivacy
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.adapters.store_sql.webhooks import SqlWebhooks

__all__ = [
    "SqlChoices",
    "SqlDrafts",
    "SqlListing",
    "SqlPeople",
    "SqlPrivacy",
    "SqlStore",
    "SqlWebhooks",
    "back_up",
    "migrate_apart",
    "put_back",
]
