"""Who was erased, and since when the buyer of a closed request is kept: what is due for retention is found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_KEPT = sa.text("kept_since > 0")


def upgrade() -> None:
    op.create_table(
        "buyers",
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("shop", sa.String(length=50), nullable=False),
        sa.Column("kept_since", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.execute(sa.text(_FILL[op.get_bind().dialect.name]))
    columns = ["shop", "kept_since", "order_id"]
    op.create_index("ix_buyers_kept", "buyers", columns, sqlite_where=_KEPT, postgresql_where=_KEPT)


_FILL = {
    "sqlite": """
        INSERT INTO buyers SELECT order_id, json_extract(data, '$.shop'),
          CAST(strftime('%s', json_extract(data, '$.closed_at')) AS INTEGER) * 1000000, 0
        FROM payment_requests WHERE json_extract(data, '$.closed_at') IS NOT NULL
    """,
    "postgresql": """
        INSERT INTO buyers SELECT order_id, CAST(data AS json)->>'shop',
          CAST(extract(epoch FROM CAST(CAST(data AS json)->>'closed_at' AS timestamptz)) AS bigint) * 1000000, 0
        FROM payment_requests WHERE CAST(data AS json)->>'closed_at' IS NOT NULL
    """,
}
"""Requests that were closed before, to the second, which is near enough for days."""
