"""What a document asks for, so that nobody is asked twice: the rules of docs/odoo.md, without any call."""

from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connector_core.sdk import Record
from connector_odoo.amount import decimal_of, key, named, round_to
from connector_odoo.mark import OdooPayment
from connector_odoo.settings import OdooSettings

_CONFIRMED = frozenset({"sale", "done"})
_STANDS = frozenset({"requested", "open", "partial"})
"""The addon's words for a PayLink that may still be paid."""
_ZERO = Decimal()


class Claims:
    """The orders and all of their invoices that one question is about; `payments` are ours.

    An order stands for its invoices: as long as its own payment request may be open, they ask for nothing, and its
    amount follows what they leave open. It is over once a payment of ours has settled it, or the addon says that its
    PayLink expired or was cancelled; from then on each invoice asks for its rest.
    """

    def __init__(self, settings: OdooSettings, orders: Iterable[Record], invoices: Iterable[Record]) -> None:
        self._settings = settings
        self._orders = list(orders)
        self._moves = {int(move["id"]): move for move in invoices}
        self.payments: Sequence[OdooPayment] = ()

    def of_order(self, order: Record) -> Mapping[str, Any]:
        """`to_pay` is what is asked for in all, `open` what of it is missing; both are amounts as text."""
        currency, ref = named(order["currency_id"]), f"sale.order:{order['id']}"
        paid, advance = self._paid(ref), self._advance(ref)
        posted = [move for move in self._invoices(order) if move["state"] == "posted"]
        if posted:
            left = sum((_residual(move) for move in posted), _ZERO) - advance
        else:
            left = self._deposit(order, currency) - decimal_of(order.get("amount_paid"), currency) - paid
        return {
            **_claim(left, paid, settled=self._is_settled(ref)),
            "is_asked": order["state"] in _CONFIRMED and self._settings.ask_for == "orders" and _is_wanted(order),
            "is_given_up": order.get("paylink_status") == "cancelled",
            "invoices": [_shown(move) for move in self._invoices(order)],
        }

    def of_invoice(self, move: Record) -> Mapping[str, Any]:
        ref = f"account.move:{move['id']}"
        paid = self._paid(ref)
        orders = [order for order in self._orders if move["id"] in order["invoice_ids"]]
        credit = sum((_residual(note) for note in self._credits({move["id"]}) if note["state"] == "posted"), _ZERO)
        shares = sum((self._share(move, order) for order in orders), _ZERO)
        left = _residual(move) + credit - self._advance(ref) - shares
        asking = [order for order in orders if self._may_be_open(order)]
        return {
            **_claim(left, paid, settled=self._is_settled(ref)),
            "is_asked": move["state"] == "posted" and not asking and _is_wanted(move),
            "is_given_up": move.get("paylink_status") == "cancelled",
            "asked_by": [order["name"] for order in asking],
            "orders": [order["name"] for order in orders],
        }

    def _may_be_open(self, order: Record) -> bool:
        """Where orders are asked for at all: whether this one's own request stands, or may come to stand."""
        if self._settings.ask_for == "invoices" or order["state"] not in _CONFIRMED:
            return False
        return order.get("paylink_status", "requested") in _STANDS and not self._is_settled(f"sale.order:{order['id']}")

    def _share(self, move: Record, order: Record) -> Decimal:
        """What of the order's advance this invoice will take: the oldest invoice takes first."""
        advance = self._advance(f"sale.order:{order['id']}")
        for other in self._invoices(order):
            taken = min(advance, max(_residual(other), _ZERO)) if other["state"] == "posted" else _ZERO
            if other["id"] == move["id"]:
                return taken
            advance -= taken
        return _ZERO

    def _invoices(self, order: Record) -> Sequence[Record]:
        """Credit notes included, oldest first."""
        mine = set(order["invoice_ids"])
        mine |= {int(note["id"]) for note in self._credits(mine)}
        return [self._moves[number] for number in sorted(mine) if number in self._moves]

    def _credits(self, invoices: Container[int]) -> Sequence[Record]:
        """The credit notes that were made for these invoices."""
        return [move for move in self._moves.values() if key(move.get("reversed_entry_id")) in invoices]

    def _deposit(self, order: Record, currency: str) -> Decimal:
        total, share = decimal_of(order["amount_total"], currency), Decimal(str(order.get("prepayment_percent") or 1))
        if not order.get("require_payment") or not 0 < share < 1:
            return total
        return round_to(total * share, currency)

    def _paid(self, ref: str) -> Decimal:
        return sum((payment.amount for payment in self._of(ref)), _ZERO)

    def _advance(self, ref: str) -> Decimal:
        return sum((payment.amount for payment in self._of(ref) if payment.waits), _ZERO)

    def _is_settled(self, ref: str) -> bool:
        return any(mark.settled for payment in self._of(ref) for mark in payment.marks if mark.order_ref == ref)

    def _of(self, ref: str) -> Sequence[OdooPayment]:
        return [
            payment
            for payment in self.payments
            if payment.inbound and not payment.draft and any(mark.order_ref == ref for mark in payment.marks)
        ]


def _is_wanted(row: Record) -> bool:
    """The addon's status is empty as long as nobody, no rule and no button, wants a PayLink for the document."""
    return bool(row.get("paylink_status", "requested"))


def _claim(left: Decimal, paid: Decimal, *, settled: bool) -> dict[str, Any]:
    """The request counts what it has captured itself, so its amount is what is missing and what came through it."""
    return {"open": f"{max(left, _ZERO):f}", "to_pay": f"{left + paid:f}", "is_paid": settled or left <= 0}


def _residual(move: Record) -> Decimal:
    """What an invoice leaves open; a credit note that is not used yet counts against it."""
    rest = decimal_of(move["amount_residual"], named(move["currency_id"]))
    return {"out_invoice": rest, "out_refund": -rest}.get(move["move_type"], _ZERO)


def _shown(move: Record) -> Mapping[str, Any]:
    return {
        "name": move["name"] or None,
        "state": move["state"],
        "payment_state": move["payment_state"],
        "open": f"{_residual(move):f}",
    }
