"""Polling by the portable watermark rule: the truth under the webhooks (reference/odoo.md 7)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from connector_core.sdk import ConfigurationError, OrderEvent, Page, Record
from connector_core.sdk.watermark import Watermark
from connector_odoo.amount import key
from connector_odoo.documents import MOVE, ORDER
from connector_odoo.event import EventMaker, moment
from connector_odoo.server import OdooServer
from connector_odoo.settings import OdooSettings

PAGE_SIZE = 200
_ORDER_FIELDS = (
    "state", "amount_total", "date_order", "invoice_ids", "company_id", "partner_id", "partner_invoice_id",
    "client_order_ref", "write_date", "paylink_status",
)  # fmt: skip
_MOVE_FIELDS = (
    "state", "move_type", "payment_state", "amount_residual", "company_id", "reversed_entry_id", "partner_id",
    "write_date", "paylink_status",
)  # fmt: skip
"""What an event is made from, by which two changes of one second are told apart; a poll asks for no more."""


class Cursor(BaseModel):
    model_config = ConfigDict(frozen=True)

    orders: Watermark
    moves: Watermark
    turn: str = ORDER
    """The model whose pages are being read."""


def poll_documents(server: OdooServer, settings: OdooSettings, events: EventMaker, cursor: Any) -> Page:
    """One page of orders, then of invoices: a payment changes the invoice's date and not its order's."""
    at = _cursor(cursor, settings)
    place = at.orders if at.turn == ORDER else at.moves
    rows = _rows(server, settings, at.turn, place)
    found = _order_events(rows, events) if at.turn == ORDER else _move_events(server, settings, rows, events)
    full, overlap = len(rows) == PAGE_SIZE, timedelta(seconds=settings.poll_overlap_seconds)
    moved = place.after([(int(row["id"]), moment(row)) for row in rows], found, full=full, overlap=overlap)
    fresh = place.fresh(found)
    if at.turn == ORDER:
        at = at.model_copy(update={"orders": moved, "turn": ORDER if full else MOVE})
        return Page(fresh, at.model_dump(mode="json"), more=True)
    at = at.model_copy(update={"moves": moved, "turn": MOVE if full else ORDER})
    return Page(fresh, at.model_dump(mode="json"), more=full)


def _rows(server: OdooServer, settings: OdooSettings, model: str, place: Watermark) -> Sequence[Record]:
    """Rows that move while they are paged leave no gap: what was read of the present second is left out by id."""
    there = server.can.fields[model]
    domain: list[Any] = [("write_date", ">=", f"{place.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}")]
    if place.read:
        domain.append(("id", "not in", list(place.read)))
    if settings.companies:
        domain.append(("company_id", "in", list(settings.companies)))
    if model == ORDER:
        domain.append(("state", "in", ["sale", "done", "cancel"]))
    else:
        domain.append(("move_type", "in", ["out_invoice", "out_refund"]))
        again = ["|", ("state", "!=", "draft"), ("posted_before", "=", True)]
        domain += again if "posted_before" in there else [("state", "!=", "draft")]
    fields = [name for name in (_ORDER_FIELDS if model == ORDER else _MOVE_FIELDS) if name in there]
    return server.rpc.search_read(model, domain, fields, order="write_date,id", limit=PAGE_SIZE)


def _order_events(rows: Sequence[Record], events: EventMaker) -> Sequence[OrderEvent]:
    return [events.from_row(ORDER, row) for row in rows]


def _move_events(
    server: OdooServer, settings: OdooSettings, rows: Sequence[Record], events: EventMaker
) -> Sequence[OrderEvent]:
    """The invoices themselves, and the orders that stand for them; a credit note changes what its invoice asks for."""
    if not rows:
        return []
    invoices = {int(row["id"]): row for row in rows if row["move_type"] == "out_invoice"}
    refunds = [row for row in rows if row["move_type"] == "out_refund" and row.get("reversed_entry_id")]
    found = [events.from_row(MOVE, row) for row in invoices.values()]
    found += [events.by_refund(key(row["reversed_entry_id"]), row) for row in refunds]
    if settings.ask_for == "invoices":
        return found
    by_id = {int(row["id"]): row for row in rows}
    orders = server.rpc.search_read(ORDER, [("invoice_ids", "in", list(by_id))], ["invoice_ids"])
    for order in orders:
        found += [events.by_invoice(int(order["id"]), by_id[n]) for n in order["invoice_ids"] if n in by_id]
    return found


def _cursor(cursor: Any, settings: OdooSettings) -> Cursor:
    if cursor is None:
        begin = Watermark(since=datetime.now(UTC) - timedelta(hours=settings.poll_lookback_hours))
        return Cursor(orders=begin, moves=begin)
    try:
        return Cursor.model_validate(cursor)
    except ValidationError:
        raise ConfigurationError(
            "The place up to which documents were read is damaged.", cure="Reset the cursor of the connection."
        ) from None
