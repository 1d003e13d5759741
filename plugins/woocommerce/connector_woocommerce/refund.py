"""Refunds in the shop's books; the money itself has already gone back through the PSP."""

from collections.abc import Callable

from connector_core.sdk import Money, MoneyError, PaymentUpdate, Record, WriteBackOutcome, WriteBackResult
from connector_woocommerce.api import WooApi
from connector_woocommerce.booking import is_marked, mark_key, metas
from connector_woocommerce.note import note_mark


def book_refund(
    api: WooApi, update: PaymentUpdate, order: Record, write_note: Callable[[PaymentUpdate], bool]
) -> WriteBackResult:
    """Looks for the refund first: by our mark in its reason, then for one that a person booked over this amount.

    A person's refund is claimed with a mark on the order, so that two equal refunds do not become one.
    """
    if is_marked(update, order):
        return _already(update, "")
    known = api.refunds(update.order_ref)
    ours = next((row for row in known if note_mark(update) in str(row.get("reason", ""))), None)
    if ours is not None:
        return _already(update, str(ours.get("id")))
    by_hand = next((row for row in known if _is_unclaimed(row, order) and _same(row, update.amount)), None)
    if by_hand is not None:
        refund_id = str(by_hand.get("id"))
        api.update_order(update.order_ref, {"meta_data": [{"key": mark_key(update), "value": f"refund:{refund_id}"}]})
        return _already(update, refund_id)
    reason = f"PayLink {update.psp_ref} {note_mark(update)}"
    row = api.add_refund(update.order_ref, f"{update.amount.decimal():f}", reason)
    write_note(update)
    return WriteBackResult(update.id, WriteBackOutcome.DONE, source_ref=str(row.get("id")))


def _is_unclaimed(row: Record, order: Record) -> bool:
    claimed = {meta.get("value") for meta in metas(order)}
    return "[paylink " not in str(row.get("reason", "")) and f"refund:{row.get('id')}" not in claimed


def _same(row: Record, amount: Money) -> bool:
    try:
        return abs(Money.parse(str(row.get("amount")), amount.currency).minor) == amount.minor
    except MoneyError:
        return False


def _already(update: PaymentUpdate, refund_id: str) -> WriteBackResult:
    return WriteBackResult(update.id, WriteBackOutcome.ALREADY, source_ref=refund_id)
