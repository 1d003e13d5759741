"""What a capture means for an order in its present state: a decision, without any call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector_core.sdk import Money, MoneyError, PaymentUpdate, Record, Rejected, WriteBackOutcome
from connector_woocommerce.settings import WooCommerceSettings

_PAYABLE = frozenset({"pending", "failed", "on-hold", "cancelled"})
_PAID = frozenset({"processing", "completed"})
_TRANSACTION_LENGTH = 100
"""WooCommerce cuts `transaction_id` there without a word (reference/woocommerce.md 4)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The changes to send (none: nothing to do), and what their answer must show to be believed."""

    outcome: WriteBackOutcome
    message: str = ""
    cure: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""


def decide_payment(update: PaymentUpdate, order: Record, settings: WooCommerceSettings) -> Verdict:
    """Compares state first: REST has no guard of its own against paying or downgrading an order twice."""
    if is_marked(update, order) or (_is_paid(order) and order.get("transaction_id") == transaction_of(update)):
        return Verdict(WriteBackOutcome.ALREADY)
    status = str(order.get("status"))
    try:
        total = Money.parse(str(order.get("total")), str(order.get("currency")))
    except MoneyError as error:
        return _refuse(f"The order's total is not usable: {error}.", "Correct the order in the shop.")
    if total.currency != update.captured.currency:
        return _refuse(
            f"The order is in {total.currency}, the payment in {update.captured.currency}.",
            "Book the payment by hand: currencies are never converted.",
        )
    if status in ("trash", "refunded", "checkout-draft", "auto-draft"):
        return _refuse(f"A payment came for an order with the status {status}.", "Restore the order, or pay it back.")
    if _is_paid(order):
        return _second_payment(update, order)
    if update.captured.minor < total.minor:
        message = f"Paid in part: {update.captured} of {total}. The order keeps its status {status}."
        return Verdict(WriteBackOutcome.DONE, message, changes=_mark(update))
    return _pay(update, order, status, settings)


def refuse_unproven(verdict: Verdict, answer: Record) -> None:
    """Raises `Rejected` when a 200 does not show what was written (surprise 1: it may have done nothing)."""
    if verdict.status and answer.get("status") != verdict.status:
        raise Rejected(
            f"The shop took the payment and left the order on {answer.get('status')}.",
            cure="Look which plugin of the shop holds the status, and set it by hand.",
        )
    if verdict.status in _PAID and not answer.get("date_paid_gmt"):
        raise Rejected("The shop set the status and no date of payment.", cure="Mark the order as paid by hand.")


def transaction_of(update: PaymentUpdate) -> str:
    return update.psp_ref[:_TRANSACTION_LENGTH]


def mark_key(update: PaymentUpdate) -> str:
    """The private meta key that says that this update is in; it is written in the same call as its effect."""
    return f"_paylink_{update.id}"


def is_marked(update: PaymentUpdate, order: Record) -> bool:
    return any(meta.get("key") == mark_key(update) for meta in metas(order))


def metas(order: Record) -> list[dict[str, Any]]:
    found = order.get("meta_data")
    return [meta for meta in found if isinstance(meta, dict)] if isinstance(found, list) else []


def _pay(update: PaymentUpdate, order: Record, status: str, settings: WooCommerceSettings) -> Verdict:
    if status == "cancelled" and settings.late_payment == "refuse":
        return _refuse("A payment came for a cancelled order.", "Pay it back, or set the order to processing by hand.")
    if status in _PAYABLE:
        target = _target(order, settings)
        changes = {"status": target, "transaction_id": transaction_of(update), **_mark(update)}
        return Verdict(WriteBackOutcome.DONE, changes=changes, status=target)
    message = f"The order keeps its status {status}; the transaction was added."
    changes = {"transaction_id": transaction_of(update), **_mark(update)}
    return Verdict(WriteBackOutcome.DONE, message, changes=changes)


def _second_payment(update: PaymentUpdate, order: Record) -> Verdict:
    """The order is paid, and not by this transaction; what is there is never overwritten."""
    if not order.get("transaction_id"):
        changes = {"transaction_id": transaction_of(update), **_mark(update)}
        return Verdict(WriteBackOutcome.DONE, "The order was marked as paid by hand before.", changes=changes)
    if update.captured.minor > update.asked.minor:
        return Verdict(WriteBackOutcome.DONE, "More was paid than was asked for.", changes=_mark(update))
    return _refuse(
        "The order is already paid with another transaction.",
        "Look up both transactions and pay one of them back to the buyer.",
    )


def _target(order: Record, settings: WooCommerceSettings) -> str:
    """Nothing to send (only downloads): WooCommerce itself would complete the order."""
    if settings.paid_status != "auto":
        return settings.paid_status
    return "completed" if order.get("needs_processing") is False else "processing"


def _is_paid(order: Record) -> bool:
    return bool(order.get("date_paid_gmt")) and order.get("status") not in _PAYABLE


def _mark(update: PaymentUpdate) -> dict[str, Any]:
    return {"meta_data": [{"key": mark_key(update), "value": update.psp_ref}]}


def _refuse(message: str, cure: str) -> Verdict:
    return Verdict(WriteBackOutcome.REFUSED, message, cure)
