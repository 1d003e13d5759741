"""The list with a million orders: indexes that hold two conditions each, and what figures are made of by day."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ATTENTION = sa.text("attention <> ''")
_INDEXES = {
    "ix_listing_shop": (),
    "ix_listing_state": ("state", "money", "delivery", "connection"),
    "ix_listing_money": ("money", "delivery", "connection"),
    "ix_listing_delivery": ("delivery", "connection"),
}
"""The first condition stands before the moment, the others after it."""

DAYS = """
    SELECT shop, created_at / 86400000000, currency, channel, method,
      CASE WHEN money IN ('paid', 'overpaid') THEN 1 ELSE 0 END, count(*),
      count(CASE WHEN sent_at > 0 THEN 1 END), count(CASE WHEN delivered_at > 0 THEN 1 END),
      count(CASE WHEN read_at > 0 THEN 1 END), sum(minor), sum(captured), sum(refunded)
    FROM listing WHERE currency <> '' GROUP BY 1, 2, 3, 4, 5, 6
"""
WAITS = """
    SELECT shop, day, (whole + step / 2) / step * step, count(*)
    FROM (SELECT shop, day, whole, CASE WHEN whole < 60 THEN 1 WHEN whole < 7200 THEN 60 ELSE 600 END AS step
      FROM (SELECT shop, created_at / 86400000000 AS day,
          CASE WHEN paid_at > sent_at THEN (paid_at - sent_at) / 1000000 ELSE 0 END AS whole
        FROM listing WHERE currency <> '' AND paid_at > 0 AND sent_at > 0) AS waits) AS steps
    GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    for name, conditions in _INDEXES.items():
        op.drop_index(name, "listing")
        op.create_index(name, "listing", ["shop", *conditions[:1], "created_at", "order_id", *conditions[1:]])
    _attention()
    _days()
    _waits()


def _attention() -> None:
    """Made anew behind that of the shop, because of two that cost as much SQLite takes the younger one."""
    op.drop_index("ix_listing_attention", "listing")
    op.create_index(
        "ix_listing_attention",
        "listing",
        ["shop", "created_at", "order_id"],
        sqlite_where=_ATTENTION,
        postgresql_where=_ATTENTION,
    )


def _days() -> None:
    op.create_table(
        "listing_days",
        sa.Column("shop", sa.String(length=50), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("method", sa.String(length=50), nullable=False),
        sa.Column("paid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "day", "currency", "channel", "method", "paid"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO listing_days " + DAYS)


def _waits() -> None:
    op.create_table(
        "listing_waits",
        sa.Column("shop", sa.String(length=50), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seconds", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "day", "seconds"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO listing_waits " + WAITS)
