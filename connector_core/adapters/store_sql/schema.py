"""The tables. A value is kept whole as JSON in `data`; beside it stand the columns that are searched or must be unique.

Times are whole microseconds since 1970, UTC.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

NEWEST = "0007"
"""The revision of the schema that this code works with (migrations/versions)."""

metadata = MetaData()

UNPARKED = text("state <> 'parked'")
PARKED = text("state = 'parked'")
WRITE_BACKS = text("kind = 'write_back'")
UNPUBLISHED = text("NOT published")
KEPT = text("kept_since > 0")
"""Word for word the conditions of the partial indexes: SQLite uses an index only for the same words."""

_Serial = BigInteger().with_variant(Integer, "sqlite")

orders = Table(
    "orders",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("connection", String(50), nullable=False),
    Column("order_ref", String(255), nullable=False, index=True),
    Column("shop", String(50), nullable=False),
    Column("number", String(255), nullable=False, index=True),
    Column("version", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("fence", BigInteger, nullable=False),
    Column("lease_owner", String(80), nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    UniqueConstraint("connection", "order_ref"),
)

requests = Table(
    "payment_requests",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_id", String(36), nullable=False, unique=True),
    Column("state", String(20), nullable=False, index=True),
    Column("data", Text, nullable=False),
)

buyers = Table(
    "buyers",
    metadata,
    Column("order_id", String(36), primary_key=True),
    Column("shop", String(50), nullable=False),
    Column("kept_since", BigInteger, nullable=False),
    Column("erased_at", BigInteger, nullable=False),
    Index("ix_buyers_kept", "shop", "kept_since", "order_id", sqlite_where=KEPT, postgresql_where=KEPT),
)
"""`kept_since` is when a request was closed whose buyer is still named in it, `erased_at` when the buyer was erased; 0
is never.
"""

revisions = Table(
    "revisions",
    metadata,
    Column("request_id", String(36), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
)

links = Table(
    "paylinks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_id", String(36), nullable=False, index=True),
    Column("psp_order", String(64), nullable=False, unique=True),
    Column("psp_link", String(64), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("data", Text, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_id", String(36), nullable=False, index=True),
    Column("provider_id", String(255), nullable=False, index=True),
    Column("delivery", String(20), nullable=False),
    Column("data", Text, nullable=False),
)

payments = Table(
    "payments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_id", String(36), nullable=True, index=True),
    Column("account", String(50), nullable=False),
    Column("psp_ref", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("account", "psp_ref", "kind"),
)

write_backs = Table(
    "write_backs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_id", String(36), nullable=False, index=True),
    Column("fact", String(20), nullable=False),
    Column("payment_id", String(36), nullable=False),
    Column("state", String(20), nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("order_id", "fact", "payment_id"),
)

steps = Table(
    "steps",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("order_id", String(36), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("state", String(20), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_steps_due", "due_at", sqlite_where=UNPARKED, postgresql_where=UNPARKED),
    Index("ix_steps_parked", "due_at", sqlite_where=PARKED, postgresql_where=PARKED),
    Index("ix_steps_write_back", "order_id", sqlite_where=WRITE_BACKS, postgresql_where=WRITE_BACKS),
)

events = Table(
    "events",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("type", String(50), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("order_id", String(36), nullable=True, index=True),
    Column("subject", String(255), nullable=False),
    Column("cause", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("published", Boolean, nullable=False),
    Index("ix_events_outbox", "seq", sqlite_where=UNPUBLISHED, postgresql_where=UNPUBLISHED),
)

seen = Table(
    "seen",
    metadata,
    Column("key", String(512), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("until", BigInteger, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("value", Text, nullable=False),
)

queue = Table(
    "queue",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("message_id", String(255), nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
