"""Times as Lyra writes them."""

from datetime import UTC, datetime


def moment(value: object) -> datetime | None:
    """A time of Lyra (ISO 8601 with offset) in UTC; None when there is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
