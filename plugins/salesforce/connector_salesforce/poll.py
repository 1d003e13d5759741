"""Polling by date of change, deleted orders included (reference/salesforce.md 3.4 and annex A)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from simple_salesforce.format import format_soql

from connector_core.sdk import ConfigurationError, Page, Record
from connector_core.sdk.watermark import Watermark
from connector_salesforce.event import EventMaker
from connector_salesforce.orders import moment, stamp
from connector_salesforce.org import Org
from connector_salesforce.schema import Schema
from connector_salesforce.settings import SalesforceSettings

PAGE_SIZE = 200
_WANTED = "((StatusCode = 'Activated' AND IsDeleted = false) OR PayLink_Status__c != null)"
"""Drafts are no concern of ours, unless a PayLink was sent for them before."""


def poll_orders(org: Org, schema: Schema, settings: SalesforceSettings, events: EventMaker, cursor: Any) -> Page:
    """One page, with all that a mapping reads: two changes of one second are told apart by it, and so is a telephone
    number that a contact gets soon after the order. What we write into orders comes back, and asks for nothing new.
    """
    place = _place(cursor, settings)
    rows = _rows(org, schema, settings, place)
    found = [event for row in rows for event in events.of_row(row)]
    full, overlap = len(rows) == PAGE_SIZE, timedelta(seconds=settings.poll_overlap_seconds)
    read = [(str(row["Id"]), moment(row["SystemModstamp"])) for row in rows]
    following = place.after(read, found, full=full, overlap=overlap)
    return Page(place.fresh(found), following.model_dump(mode="json"), more=full)


def _rows(org: Org, schema: Schema, settings: SalesforceSettings, place: Watermark) -> Sequence[Record]:
    """In a second that holds more than a page the ids go on: a list of those that were read would not fit into an
    address. A row that moves meanwhile comes later, or with the overlap of the next poll.
    """
    since, where = stamp(place.since), [_WANTED]
    if place.read:
        later = "(SystemModstamp > {0:literal} OR (SystemModstamp = {0:literal} AND Id > {1}))"
        where.append(format_soql(later, since, place.read[-1]))
    else:
        where.append(f"SystemModstamp >= {since}")
    if settings.activated_since:
        where.append(f"(ActivatedDate = null OR ActivatedDate >= {settings.activated_since}T00:00:00Z)")
    soql = "SELECT {:literal} FROM Order WHERE {:literal} ORDER BY SystemModstamp, Id LIMIT {}"
    columns = ", ".join([*schema.columns.order, "IsDeleted"])
    return org.query(format_soql(soql, columns, " AND ".join(where), PAGE_SIZE), deleted=True)


def _place(cursor: Any, settings: SalesforceSettings) -> Watermark:
    if cursor is None:
        return Watermark(since=datetime.now(UTC) - timedelta(hours=settings.poll_lookback_hours))
    try:
        return Watermark.model_validate(cursor)
    except ValidationError:
        raise ConfigurationError(
            "The place up to which orders were read is damaged.", cure="Reset the cursor of the connection."
        ) from None
