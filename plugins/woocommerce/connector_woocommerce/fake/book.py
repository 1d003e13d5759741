"""The books of the demo shop: orders, notes, refunds, and the measured rules by which they change."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from connector_woocommerce.fake.order import Order, merge_metas, new_order, stamp

STATUSES = frozenset("auto-draft pending processing on-hold completed cancelled refunded failed checkout-draft".split())
_PAID = frozenset({"processing", "completed"})
_SETTABLE = frozenset(
    "currency billing shipping payment_method payment_method_title customer_note customer_id created_via total "
    "needs_processing number".split()
)


class WooError(Exception):
    """An answer in WooCommerce's shape; `data` is the status unless the recordings show otherwise."""

    def __init__(self, status: int, code: str, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "data": {"status": status} if data is None else data}


@dataclass
class Book:
    """Touched by the server's loop only. `announce(order id, event)` is told of every change that a webhook sees."""

    base: str
    rng: random.Random
    next_id: int
    announce: Callable[[int, str], None]
    orders: dict[int, Order] = field(default_factory=dict)
    trash: dict[int, Order] = field(default_factory=dict)
    notes: dict[int, list[Order]] = field(default_factory=dict)
    refunds: dict[int, list[Order]] = field(default_factory=dict)
    payments: dict[int, list[tuple[str, str, str]]] = field(default_factory=dict)
    """Order to (transaction, amount, currency), one for every time that the payment ran."""

    def take_id(self, count: int = 1) -> int:
        """Orders, notes and refunds share one number space, as posts do."""
        first = self.next_id
        self.next_id += count
        return first

    def place(self, fields: Mapping[str, Any]) -> Order:
        """A random order with these fields laid over it."""
        number = self.take_id()
        order = new_order(number, self.base, self.rng, number * 100)
        self.orders[number] = order
        self._lay_over(order, fields)
        if fields.get("status") in STATUSES:
            order["status"] = fields["status"]
        if fields.get("set_paid"):
            self._complete(order, str(fields.get("transaction_id", "")))
        self.announce(number, "created")
        return order

    def get(self, number: int, status: int = 404) -> Order:
        order = self.orders.get(number) or self.trash.get(number)
        if order is None:
            raise WooError(status, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        return order

    def update(self, number: int, changes: Mapping[str, Any]) -> Order:
        """The measured table (reference/woocommerce.md 4): no guard against paying or downgrading twice."""
        order = self.get(number, 400)
        self._lay_over(order, changes)
        if "transaction_id" in changes:
            order["transaction_id"] = str(changes["transaction_id"])[:100]
        if changes.get("set_paid") and order["status"] in ("pending", "failed", "checkout-draft"):
            self._complete(order, order["transaction_id"])
        elif "status" in changes:
            self.trash.pop(number, None)
            self.orders[number] = order
            self._set_status(order, changes["status"])
        self.touch(order)
        return order

    def touch(self, order: Order) -> None:
        """Every write bumps the date and is announced, even an empty one."""
        stamp(order, "modified")
        self.announce(order["id"], "updated")

    def move_to_trash(self, number: int, *, force: bool) -> Order:
        """The answer still shows the old status; a forced deletion is announced by nothing."""
        order = self.get(number)
        if number in self.trash and not force:
            raise WooError(410, "woocommerce_rest_already_trashed", "The order has already been deleted.")
        self.orders.pop(number, None)
        if force:
            self.trash.pop(number, None)
            return order
        self.trash[number] = {**order, "status": "trash"}
        self.announce(number, "deleted")
        return order

    def restore(self, number: int) -> Order:
        """Out of the trash, back to pending."""
        order = {**self.trash.pop(number), "status": "pending"}
        self.orders[number] = order
        self.announce(number, "restored")
        return order

    def add_note(self, number: int, text: str, *, customer: bool = False, author: str = "WooCommerce") -> Order:
        note: Order = {"id": self.take_id(), "author": author, "note": text, "customer_note": customer}
        stamp(note, "created")
        self.notes.setdefault(number, []).insert(0, note)
        return note

    def add_refund(self, number: int, body: Mapping[str, Any]) -> Order:
        order, amount = self.get(number), _amount(body.get("amount"))
        booked = self.refunds.setdefault(number, [])
        left = Decimal(order["total"]) - sum((Decimal(row["amount"]) for row in booked), Decimal())
        if body.get("api_refund", True):
            raise _no_refund("The payment gateway for this order does not support automatic refunds.")
        if not 0 < amount <= left:
            raise _no_refund("Invalid refund amount.")
        row: Order = {"id": self.take_id(), "amount": f"{amount:.2f}", "reason": str(body.get("reason", ""))}
        stamp(row, "created")
        row |= {"refunded_by": 1, "refunded_payment": False, "meta_data": [], "line_items": []}
        booked.append(row)
        order["refunds"].append({"id": row["id"], "reason": row["reason"], "total": f"-{amount:.2f}"})
        if amount == left:
            self._set_status(order, "refunded")
        self.touch(order)
        return row

    def _lay_over(self, order: Order, fields: Mapping[str, Any]) -> None:
        for name in _SETTABLE & fields.keys():
            old, new = order[name], fields[name]
            order[name] = {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new
        if isinstance(fields.get("meta_data"), list):
            merge_metas(order, fields["meta_data"], self.take_id(len(fields["meta_data"])))

    def _complete(self, order: Order, transaction: str) -> None:
        order["transaction_id"] = transaction[:100]
        self._set_status(order, "processing" if order["needs_processing"] else "completed")

    def _set_status(self, order: Order, status: str) -> None:
        """An unknown status becomes pending (surprise 2); the single PUT refuses it before it comes here."""
        new, old = (status if status in STATUSES else "pending"), order["status"]
        if new == old:
            return
        order["status"] = new
        self.add_note(order["id"], f"Order status changed from {old} to {new}.", author="system")
        if new in _PAID and old not in _PAID:
            paid = (order["transaction_id"], order["total"], order["currency"])
            self.payments.setdefault(order["id"], []).append(paid)
        if new in _PAID and not order["date_paid"]:
            stamp(order, "paid")
        if new == "completed":
            stamp(order, "completed")


def _amount(value: Any) -> Decimal:
    if not isinstance(value, str):
        raise WooError(400, "rest_invalid_param", "Invalid parameter(s): amount")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise _no_refund("Invalid refund amount.") from None


def _no_refund(message: str) -> WooError:
    return WooError(500, "woocommerce_rest_cannot_create_order_refund", message, 500)
