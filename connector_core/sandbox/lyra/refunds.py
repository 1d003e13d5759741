"""Giving money back: a cancellation before capture, a refund after it (reference/lyra.md 2.5, 3.5)."""

import uuid
from dataclasses import replace

from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.ledger import Ledger, now
from connector_core.sandbox.lyra.notices import Notices
from connector_core.sandbox.lyra.refusal import Refusal
from connector_core.sandbox.lyra.values import PAID, Transaction


class Refunds:
    """A cancellation keeps the transaction's uuid; a refund is a new CREDIT with a parent."""

    def __init__(self, config: LyraConfig, ledger: Ledger, notices: Notices) -> None:
        self._config = config
        self._ledger = ledger
        self._notices = notices

    def cancel_or_refund(self, transaction: Transaction, amount: int, mode: str) -> Transaction:
        _check_givable(transaction)
        if transaction.detailed_status == "CAPTURED":
            if mode == "CANCELLATION_ONLY":
                raise Refusal("PSP_075")
            return self._refund(transaction, amount)
        if mode == "REFUND_ONLY":
            raise Refusal("PSP_076")
        return self._cancel(transaction, amount)

    def reduce(self, transaction: Transaction, amount: int, currency: object) -> Transaction:
        """Lowers the amount of a transaction that is not captured yet."""
        if transaction.detailed_status != "AUTHORISED":
            raise Refusal("PSP_110")
        if currency != transaction.currency:
            raise Refusal("PSP_545")
        if amount == transaction.amount:
            raise Refusal("PSP_014")
        if amount > transaction.amount:
            raise Refusal("PSP_546")
        return self._ledger.book(replace(transaction, amount=amount))

    def _cancel(self, transaction: Transaction, amount: int) -> Transaction:
        if amount != transaction.amount:
            raise Refusal("PSP_102", "a part is cancelled with Transaction/Update")
        done = self._ledger.book(replace(transaction, status="UNPAID", detailed_status="CANCELLED"))
        self._notices.refund(done, "UNPAID")
        return done

    def _refund(self, transaction: Transaction, amount: int) -> Transaction:
        if amount > transaction.amount:
            raise Refusal("PSP_510")
        if transaction.refunded + amount > transaction.amount:
            raise Refusal("PSP_104" if transaction.refunded == transaction.amount else "PSP_511")
        self._ledger.book(replace(transaction, refunded=transaction.refunded + amount))
        credit = replace(
            transaction,
            uuid=uuid.uuid4().hex,
            amount=amount,
            operation_type="CREDIT",
            detailed_status="CAPTURED" if self._config.capture_at_once else "AUTHORISED",
            created_at=now(),
            captured_at=now() if self._config.capture_at_once else None,
            parent=transaction.uuid,
            refunded=0,
        )
        self._notices.refund(self._ledger.book(credit), PAID)
        return credit


def _check_givable(transaction: Transaction) -> None:
    if transaction.operation_type == "CREDIT":
        raise Refusal("PSP_082")
    if transaction.detailed_status == "CANCELLED":
        raise Refusal("PSP_105")
    if not transaction.paid:
        raise Refusal("PSP_083")
