"""Order events out of what a poll has found."""

import hashlib
import hmac
import json

from connector_core.sdk import ConnectionId, OrderChange, OrderEvent, OrderRef, Record
from connector_salesforce.orders import moment
from connector_salesforce.settings import SalesforceSettings

DOCUMENT = "salesforce.order"


class EventMaker:
    """The events of one connection, all of them hints: the order is read again.

    `SystemModstamp` is one second fine, so an event's id holds a keyed digest of the row: the same state seen twice
    has one id, another state in the same second a new one.
    """

    def __init__(self, connection: ConnectionId, settings: SalesforceSettings) -> None:
        self._connection = connection
        self._source = settings.url
        self._key = settings.client_secret.get_secret_value().encode()

    def from_row(self, row: Record) -> OrderEvent:
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
