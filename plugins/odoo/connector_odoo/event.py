"""Order events out of what Odoo's addon, its automation rules and polls say."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connector_core.sdk import ConnectionId, OrderChange, OrderEvent, Record
from connector_odoo.documents import DOCUMENTS, order_ref
from connector_odoo.settings import OdooSettings


class EventMaker:
    """The events of one connection, all of them hints: the document is read again.

    Odoo's `write_date` is one second fine over the wire, so the id of a polled event holds a keyed digest of the row:
    the same state seen twice has one id, another state in the same second a new one.
    """

    def __init__(self, connection: ConnectionId, settings: OdooSettings) -> None:
        self._connection = connection
        self._source = f"{settings.url}/{settings.database}"
        self._key = settings.password.get_secret_value().encode()

    def from_row(self, model: str, row: Record) -> OrderEvent:
        change = OrderChange.WITHDRAWN if row["state"] == "cancel" else _age(row)
        return self._event(f"{model}:{row['id']}-{self._stamp(row)}", model, int(row["id"]), change, moment(row))

    def by_invoice(self, order_id: int, move: Record) -> OrderEvent:
        """An order whose invoice has changed: Odoo leaves the order's own `write_date` as it was."""
        event_id = f"sale.order:{order_id}-by-{move['id']}-{self._stamp(move)}"
        return self._event(event_id, "sale.order", order_id, OrderChange.CHANGED, moment(move))

    def by_refund(self, invoice_id: int, refund: Record) -> OrderEvent:
        """An invoice of which a part or all was credited."""
        event_id = f"account.move:{invoice_id}-by-{refund['id']}-{self._stamp(refund)}"
        return self._event(event_id, "account.move", invoice_id, OrderChange.CHANGED, moment(refund))

    def told(
        self, event_id: str, model: str, number: int, change: OrderChange, at: datetime, record: Record | None = None
    ) -> OrderEvent:
        """What a signed delivery says. It comes with a record only where its sender alone knows the state."""
        return self._event(event_id, model, number, change, at, record)

    def _event(
        self, event_id: str, model: str, number: int, change: OrderChange, at: datetime, record: Record | None = None
    ) -> OrderEvent:
        ref, document = order_ref(model, number), DOCUMENTS[model]
        return OrderEvent(event_id, self._source, self._connection, ref, change, at, record, document)

    def _stamp(self, row: Record) -> str:
        state = json.dumps(dict(row), sort_keys=True, ensure_ascii=False)
        digest = hmac.new(self._key, state.encode(), hashlib.sha256).hexdigest()[:12]
        return f"{moment(row):%Y%m%dT%H%M%S}-{digest}"


def moment(row: Mapping[str, Any]) -> datetime:
    """`write_date`, which is naive UTC with a blank; the beginning of time where it is unreadable."""
    try:
        return datetime.fromisoformat(str(row.get("write_date"))).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _age(row: Record) -> OrderChange:
    return OrderChange.RECEIVED if row.get("date_order") == row.get("write_date") else OrderChange.CHANGED
