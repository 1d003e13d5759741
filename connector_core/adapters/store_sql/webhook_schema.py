"""The tables of webhooks out. Times are whole microseconds since 1970, UTC; 0 is none."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from connector_core.adapters.store_sql.schema import metadata

endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("shop", String(50), nullable=False),
    Column("url", Text, nullable=False),
    Column("types", Text, nullable=False),
    Column("secret", String(100), nullable=False),
    Column("old_secret", String(100), nullable=False),
    Column("old_until", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("cause", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("active_since", BigInteger, nullable=False),
    Column("failing_since", BigInteger, nullable=False),
    Column("rests_until", BigInteger, nullable=False),
    Column("replay_after", String(36), nullable=False),
    Column("replay_until", String(36), nullable=False),
)
"""There are few, so none is looked for by an index. `replay_after` and `replay_until` bound the ids of the events that
are still to be sent again: ids are UUIDv7, which begin with their time.
"""

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("endpoint", String(36), nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("kind", String(50), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("status", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    UniqueConstraint("endpoint", "event_id"),
    Index("ix_webhook_deliveries_log", "endpoint", "id"),
    Index("ix_webhook_deliveries_due", "endpoint", "state", "next_at", "id"),
)
