"""The tables of the back office: people and what they did, requests made by hand, and the list that people see.

The database itself refuses to change or delete a line of `audit` (triggers, made by revision 0003).

Times are whole microseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

from connector_core.adapters.store_sql.schema import metadata

ATTENTION = text("attention <> ''")
"""Word for word the condition of the partial index."""

_BYTES = String(100).with_variant(String(100, collation="C"), "postgresql")
"""Compared byte by byte, so that words with one beginning stand together in the index."""

people = Table(
    "people",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("language", String(10), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("password", String(255), nullable=False),
    Column("totp", String(64), nullable=False),
    Column("last_totp", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", BigInteger, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("person", String(36), primary_key=True),
    Column("shop", String(50), primary_key=True),
    Column("role", String(20), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person", String(36), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger, nullable=False),
    Column("agent", String(200), nullable=False),
    Column("address", String(64), nullable=False),
)

passes = Table(
    "one_time_passes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("person", String(36), nullable=False),
    Column("until", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("hint", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("shop", String(50), nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(50), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("shop", String(50), nullable=False),
    Column("data", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_shop", "shop", "seq"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("connection", String(60), primary_key=True),
    Column("order_ref", String(255), primary_key=True),
    Column("shop", String(50), nullable=False),
    Column("record", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)

paused = Table(
    "paused",
    metadata,
    Column("block", String(100), primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("by", String(255), nullable=False),
)

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("person", String(36), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("query", Text, nullable=False),
)

shop_settings = Table(
    "shop_settings",
    metadata,
    Column("shop", String(50), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data", Text, nullable=False),
)

listing = Table(
    "listing",
    metadata,
    Column("order_id", String(36), primary_key=True),
    Column("touched", BigInteger, nullable=False, index=True),
    Column("shop", String(50), nullable=False),
    Column("connection", String(60), nullable=False),
    Column("number", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("captured", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("money", String(20), nullable=False),
    Column("delivery", String(20), nullable=False),
    Column("write_back", String(20), nullable=False),
    Column("attention", Text, nullable=False),
    Column("channel", String(50), nullable=False),
    Column("method", String(50), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    Column("paid_at", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Index("ix_listing_shop", "shop", "created_at", "order_id"),
    Index("ix_listing_state", "shop", "state", "created_at", "order_id", "money", "delivery", "connection"),
    Index("ix_listing_money", "shop", "money", "created_at", "order_id", "delivery", "connection"),
    Index("ix_listing_delivery", "shop", "delivery", "created_at", "order_id", "connection"),
    Index("ix_listing_connection", "shop", "connection", "created_at", "order_id"),
    Index("ix_listing_attention", "shop", "created_at", "order_id", sqlite_where=ATTENTION, postgresql_where=ATTENTION),
)
"""`words` is a JSON list of what stands in `listing_words` for this row. Each two conditions have an index that holds
both, so that only rows that fit are read.
"""

words = Table(
    "listing_words",
    metadata,
    Column("shop", String(50), primary_key=True),
    Column("week", Integer, primary_key=True, autoincrement=False),
    Column("word", _BYTES, primary_key=True),
    Column("created_at", BigInteger, primary_key=True, autoincrement=False),
    Column("order_id", String(36), primary_key=True),
    sqlite_with_rowid=False,
)
"""Read by its primary key alone: a shop's newest weeks first, and in them all words with one beginning."""

listing_days = Table(
    "listing_days",
    metadata,
    Column("shop", String(50), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("currency", String(3), primary_key=True),
    Column("channel", String(50), primary_key=True),
    Column("method", String(50), primary_key=True),
    Column("paid", Integer, primary_key=True, autoincrement=False),
    Column("asked", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("captured", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What the rows of a day add up to; `paid` is 1 for those that are paid whole. Days since 1970, UTC."""

listing_waits = Table(
    "listing_waits",
    metadata,
    Column("shop", String(50), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("seconds", Integer, primary_key=True, autoincrement=False),
    Column("paid", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""How many of a day were paid so many seconds after they were sent."""
