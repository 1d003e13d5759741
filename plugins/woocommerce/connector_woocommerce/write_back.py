"""Writing payments back: read, decide, write, verify, one writer per order (reference/woocommerce.md 4 and 11)."""

import threading
from collections.abc import Callable, Mapping, Sequence

from connector_core.sdk import (
    NotFound,
    OutcomeUnknown,
    PaymentUpdate,
    RateLimited,
    Record,
    Rejected,
    RetryLater,
    WriteBackFact,
    WriteBackOutcome,
    WriteBackResult,
)
from connector_woocommerce.api import WooApi
from connector_woocommerce.booking import decide_payment, refuse_unproven, transaction_of
from connector_woocommerce.note import note_mark, note_text
from connector_woocommerce.refund import book_refund
from connector_woocommerce.settings import WooCommerceSettings

_LOCKS = 64


class PaymentBook:
    """Enters facts into a shop's orders. Two payments at once on one order would run twice (surprise 8): each order
    has one writer in this process, and the core's lease keeps it to one process.
    """

    def __init__(self, api: WooApi, settings: WooCommerceSettings) -> None:
        self._api = api
        self._settings = settings
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def enter(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        """One result each. From the first call that the shop leaves unanswered, the rest is for a later try.

        `AuthenticationError`, `ConfigurationError` and `RateLimited` stop the whole batch, which may be repeated.
        """
        results: list[WriteBackResult] = []
        trouble = ""
        for update in updates:
            if trouble:
                results.append(WriteBackResult(update.id, WriteBackOutcome.RETRY, trouble))
                continue
            try:
                results.append(self._enter_one(update))
            except RateLimited:
                raise
            except (RetryLater, OutcomeUnknown) as error:
                trouble = error.sentence
                results.append(WriteBackResult(update.id, WriteBackOutcome.RETRY, trouble, error.cure))
        return results

    def _enter_one(self, update: PaymentUpdate) -> WriteBackResult:
        writers: Mapping[WriteBackFact, Callable[[PaymentUpdate, Record], WriteBackResult]] = {
            WriteBackFact.CAPTURED: self._capture,
            WriteBackFact.REFUNDED: lambda update, order: book_refund(self._api, update, order, self._note),
            WriteBackFact.CHARGED_BACK: self._tell,
            WriteBackFact.EXPIRED: self._tell,
        }
        with self._locks[hash(update.order_ref) % _LOCKS]:
            try:
                return writers[update.fact](update, self._api.order(update.order_ref))
            except NotFound as error:
                return _refused(update, error.sentence, "Book the payment by hand, or pay it back to the buyer.")
            except Rejected as error:
                return _refused(update, error.sentence, error.cure or "Correct the order in the shop, then try again.")

    def _capture(self, update: PaymentUpdate, order: Record) -> WriteBackResult:
        verdict = decide_payment(update, order, self._settings)
        if verdict.outcome is WriteBackOutcome.REFUSED:
            return _refused(update, verdict.message, verdict.cure)
        if verdict.changes:
            answer = self._api.update_order(update.order_ref, verdict.changes)
            refuse_unproven(verdict, answer)
        self._note(update)
        return WriteBackResult(update.id, verdict.outcome, verdict.message, source_ref=transaction_of(update))

    def _tell(self, update: PaymentUpdate, _: Record) -> WriteBackResult:
        """A fact that changes no status: an order is never downgraded."""
        written = self._note(update)
        return WriteBackResult(update.id, WriteBackOutcome.DONE if written else WriteBackOutcome.ALREADY)

    def _note(self, update: PaymentUpdate) -> bool:
        """Whether the note was written now; it is looked for first, because a shop takes it twice."""
        if not self._settings.notes:
            return True
        mark = note_mark(update)
        if any(mark in str(note.get("note", "")) for note in self._api.notes(update.order_ref)):
            return False
        self._api.add_note(update.order_ref, note_text(update))
        return True


def _refused(update: PaymentUpdate, message: str, cure: str) -> WriteBackResult:
    return WriteBackResult(update.id, WriteBackOutcome.REFUSED, message, cure)
