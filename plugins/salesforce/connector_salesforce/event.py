"""Order events out of what a poll has found."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from connector_core.sdk import ConnectionId, OrderChange, OrderEvent, OrderRef, Record
from connector_salesforce.orders import moment
from connector_salesforce.schema import SEND_AGAIN
from connector_salesforce.settings import SalesforceSettings

DOCUMENT = "salesforce.order"
_FRESH = timedelta(hours=1)


class EventMaker:
    """The events of one connection, all of them hints: the order is read again.

    `SystemModstamp` is one second fine, so an event's id holds a keyed digest of the row: the same state seen twice
    has one id, another state in the same second a new one.
    """

    def __init__(self, connection: ConnectionId, settings: SalesforceSettings) -> None:
        self._connection = connection
        self._source = settings.url
        self._key = settings.client_secret.get_secret_value().encode()

    def of_row(self, row: Record) -> Sequence[OrderEvent]:
        """What has changed, and what somebody there asked for within the last hour: an older wish is history."""
        changed, wished = self._changed(row), moment(row.get(SEND_AGAIN))
        if changed.change is OrderChange.WITHDRAWN or not timedelta() <= changed.at - wished <= _FRESH:
            return [changed]
        event_id = f"{row['Id']}-again-{wished:%Y%m%dT%H%M%S}"
        return [changed, replace(changed, id=event_id, change=OrderChange.CHANGED, send_again=True)]

    def _changed(self, row: Record) -> OrderEvent:
        at = moment(row["SystemModstamp"])
        state = json.dumps(dict(row), sort_keys=True, default=str)
        digest = hmac.new(self._key, state.encode(), hashlib.sha256).hexdigest()[:12]
        event_id = f"{row['Id']}-{at:%Y%m%dT%H%M%S}-{digest}"
        return OrderEvent(
            event_id, self._source, self._connection, OrderRef(row["Id"]), _change(row), at, document=DOCUMENT
        )


def _change(row: Record) -> OrderChange:
    if row["IsDeleted"] or row["StatusCode"] != "Activated":
        return OrderChange.WITHDRAWN
    return OrderChange.CHANGED if row["PayLink_Status__c"] else OrderChange.RECEIVED
