"""Polling: the truth under the webhooks, which WooCommerce never sends twice (reference/woocommerce.md 4 and 6)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from connector_core.sdk import ConfigurationError, InvalidInput, OrderEvent, Page, Record
from connector_woocommerce.api import WooApi
from connector_woocommerce.event import FIELDS, EventMaker
from connector_woocommerce.settings import WooCommerceSettings

PAGE_SIZE = 100
_REMEMBERED = 2_000
_SECOND = timedelta(seconds=1)


class Cursor(BaseModel):
    """`since` is exclusive (UTC), `page` counts within it, `seen` holds the events behind the overlap.

    `begin` is where the pages that are being read began, `news` what one pass over a crowded second has brought so far.
    `trash` holds the newest orders of the trash, None before the first poll: they carry no date to ask by.
    """

    model_config = ConfigDict(frozen=True)

    since: datetime
    page: int = 1
    begin: datetime | None = None
    news: int = 0
    seen: dict[str, datetime] = {}
    trash: tuple[int, ...] | None = None


def poll_orders(api: WooApi, settings: WooCommerceSettings, events: EventMaker, cursor: Any) -> Page:
    """One page of orders that were modified. A forced deletion leaves no trace that a poll could find."""
    at = _cursor(cursor, settings)
    rows = api.orders(_query(at))
    found = [event for row in rows if (event := _readable(events, row)) is not None]
    fresh = [event for event in found if event.id not in at.seen]
    newest = max([_modified(row) for row in rows], default=at.since)
    seen = {**at.seen, **{event.id: event.at for event in found}}
    at = at.model_copy(update={"begin": at.begin or at.since, "news": at.news + len(fresh), "seen": seen})
    overlap = timedelta(seconds=settings.poll_overlap_seconds)
    if (following := _following(at, newest, overlap, full=len(rows) == PAGE_SIZE)) is not None:
        return Page(fresh, _dump(following), more=True)
    withdrawn, trash = _trashed(api, events, at)
    since = max(at.begin or at.since, newest - overlap)
    return Page([*fresh, *withdrawn], _dump(Cursor(since=since, seen=_recent(seen, since), trash=trash)))


def _query(at: Cursor) -> dict[str, str]:
    """With ``Z`` *and* the flag, because a bare value is site-local without it."""
    return {
        "modified_after": f"{at.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "dates_are_gmt": "true",
        "orderby": "modified",
        "order": "asc",
        "per_page": str(PAGE_SIZE),
        "page": str(at.page),
        "status": "any",
        "_fields": ",".join(FIELDS),
    }


def _following(at: Cursor, newest: datetime, overlap: timedelta, *, full: bool) -> Cursor | None:
    """The next page, None when all were read. Rows move while they are paged, so the date moves on.

    Page numbers serve only within one crowded second. Rows that are changed meanwhile shift the others, so such a
    second is read again from its first page until a whole pass brings nothing new.
    """
    since = newest - _SECOND
    if full and since <= at.since:
        return at.model_copy(update={"page": at.page + 1})
    if at.page > 1 and at.news:
        return at.model_copy(update={"page": 1, "news": 0})
    if full:
        return at.model_copy(update={"since": since, "page": 1, "news": 0, "seen": _recent(at.seen, newest - overlap)})
    return None


def _trashed(api: WooApi, events: EventMaker, at: Cursor) -> tuple[Sequence[OrderEvent], tuple[int, ...]]:
    """Orders that went to the trash since the last poll; before the first one nothing of ours can be in it."""
    query = {"status": "trash", "per_page": str(PAGE_SIZE), "orderby": "modified", "order": "desc", "_fields": "id"}
    rows = {row["id"]: row for row in api.orders(query) if isinstance(row.get("id"), int)}
    new = [] if at.trash is None else [row for number, row in rows.items() if number not in at.trash]
    mark = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    return [events.withdrawn(row, mark) for row in new], tuple(rows)


def _readable(events: EventMaker, row: Record) -> OrderEvent | None:
    """One odd row must not hide the others."""
    try:
        return events.from_record(row)
    except InvalidInput:
        return None


def _modified(row: Record) -> datetime:
    try:
        return datetime.fromisoformat(str(row.get("date_modified_gmt"))).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _recent(seen: dict[str, datetime], since: datetime) -> dict[str, datetime]:
    inside = sorted(((at, event) for event, at in seen.items() if at > since), reverse=True)
    return {event: at for at, event in inside[:_REMEMBERED]}


def _cursor(cursor: Any, settings: WooCommerceSettings) -> Cursor:
    if cursor is None:
        return Cursor(since=datetime.now(UTC) - timedelta(hours=settings.poll_lookback_hours))
    try:
        return Cursor.model_validate(cursor)
    except ValidationError:
        raise ConfigurationError(
            "The place up to which orders were read is damaged.", cure="Reset the cursor of the connection."
        ) from None


def _dump(cursor: Cursor) -> dict[str, Any]:
    return cursor.model_dump(mode="json")
