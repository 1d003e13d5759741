"""Order events out of WooCommerce records, the same whether a webhook or a poll brought the record."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

from connector_core.sdk import ConnectionId, InvalidInput, OrderChange, OrderEvent, OrderRef, Record
from connector_woocommerce.settings import WooCommerceSettings

DOCUMENT = "woocommerce.order"
FIELDS = ("id", "status", "currency", "total", "date_created_gmt", "date_modified_gmt", "transaction_id", "billing")
"""What an event is made from; a poll asks for no more."""
_NOT_ORDERED = frozenset({"checkout-draft", "auto-draft", "trash"})
"""A cart is announced as soon as a buyer opens the checkout (reference/woocommerce.md, surprise 10)."""


class EventMaker:
    """The events of one connection.

    Two changes may fall into one second, so an event's id holds a keyed digest of the record beside order and
    ``date_modified_gmt``: the same state seen twice has one id, another state in the same second a new one.
    """

    def __init__(self, connection: ConnectionId, settings: WooCommerceSettings) -> None:
        self._connection = connection
        self._source = settings.url
        self._key = settings.consumer_secret.get_secret_value().encode()

    def from_record(self, record: Record) -> OrderEvent | None:
        """A hint without record, because the order is read again; None for what nobody has ordered.

        Raises `InvalidInput` for a record without a usable id or date.
        """
        if record.get("status") in _NOT_ORDERED:
            return None
        order_ref, modified = _order_ref(record), _moment(record)
        digest = hmac.new(self._key, _state(record).encode(), hashlib.sha256).hexdigest()[:12]
        event_id = f"{order_ref}-{modified:%Y%m%dT%H%M%S}-{digest}"
        return self._event(event_id, order_ref, _change(record), modified)

    def withdrawn(self, record: Record, mark: str) -> OrderEvent:
        """An order that is in the trash. WooCommerce gives it no date, so `mark` tells one time from the next."""
        order_ref = _order_ref(record)
        return self._event(f"{order_ref}-trash-{mark}", order_ref, OrderChange.WITHDRAWN, datetime.now(UTC))

    def _event(self, event_id: str, order_ref: OrderRef, change: OrderChange, at: datetime) -> OrderEvent:
        return OrderEvent(event_id, self._source, self._connection, order_ref, change, at, document=DOCUMENT)


def _order_ref(record: Record) -> OrderRef:
    number = record.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**18:
        raise InvalidInput("The record has no order id.", field="id")
    return OrderRef(str(number))


def _moment(record: Record) -> datetime:
    try:
        return datetime.fromisoformat(str(record.get("date_modified_gmt"))).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInput("The order has no date of modification.", field="date_modified_gmt") from None


def _state(record: Record) -> str:
    return json.dumps([record.get(name) for name in FIELDS], sort_keys=True, ensure_ascii=False)


def _change(record: Record) -> OrderChange:
    if record.get("status") == "cancelled":
        return OrderChange.WITHDRAWN
    is_new = record.get("date_created_gmt") == record.get("date_modified_gmt")
    return OrderChange.RECEIVED if is_new else OrderChange.CHANGED
