"""One batch of payment updates without the addon: decide each, book, look again, then write the notes."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from connector_core.sdk import (
    AuthenticationError,
    ConfigurationError,
    NotFound,
    OutcomeUnknown,
    PaymentUpdate,
    RateLimited,
    Rejected,
    RetryLater,
    WriteBackOutcome,
    WriteBackResult,
)
from connector_odoo.booking import Advance, ByHand, Decision, Known, Refuse, Register, TellOnly, decide, is_money
from connector_odoo.books import BookReader, Books
from connector_odoo.ledger import Ledger
from connector_odoo.mark import OdooPayment

_AT_ONCE = 4
_ADVANCES = 20
_SECONDS = 40.0
"""After that the rest of a batch is for a later try: the core waits 55 s for an answer."""
_DONE, _ALREADY, _RETRY = WriteBackOutcome.DONE, WriteBackOutcome.ALREADY, WriteBackOutcome.RETRY


class Batch:
    """`notes` says whether the chatter is written to. Documents go side by side, one document's updates in turn."""

    def __init__(self, reader: BookReader, ledger: Ledger, updates: Sequence[PaymentUpdate], *, notes: bool) -> None:
        self._reader = reader
        self._ledger = ledger
        self._updates = updates
        self._notes = notes
        self._until = time.monotonic() + _SECONDS
        self._trouble = ""
        self._stop: Exception | None = None
        self._results: dict[str, WriteBackResult] = {}

    def enter(self) -> Sequence[WriteBackResult]:
        """One result each. What Odoo leaves unanswered is for a later try; a wrong key or setting stops everything."""
        books = self._reader.read(self._updates)
        decisions = {update.id: decide(update, books) for update in self._updates}
        decisions |= self._book_together(decisions, books)
        waiting = [update for update in self._updates if update.id not in self._results]
        self._side_by_side(waiting, lambda group: self._book_in_turn(group, decisions, books))
        self._look_again(books)
        if self._notes:
            self._side_by_side(self._updates, lambda group: self._note_in_turn(group, books))
        if self._stop is not None:
            raise self._stop
        return [self._results[update.id] for update in self._updates]

    def _book_together(self, decisions: dict[str, Decision], books: Books) -> dict[str, Decision]:
        """Advances, a number of them in two calls. When Odoo refuses one of them none is posted, and each of these is
        decided anew.
        """
        advances = [update for update in self._updates if isinstance(decisions[update.id], Advance)]
        anew: dict[str, Decision] = {}
        for first in range(0, len(advances), _ADVANCES):
            part = advances[first : first + _ADVANCES]
            if len(part) > 1 and not self._trouble:
                anew |= self._book_part(part, decisions, books)
        return anew

    def _book_part(
        self, part: Sequence[PaymentUpdate], decisions: dict[str, Decision], books: Books
    ) -> dict[str, Decision]:
        try:
            self._ledger.advance([(update, books.papers[update.order_ref]) for update in part])
        except Rejected:
            fresh = self._reader.read(part)
            return {update.id: decide(update, fresh) for update in part}
        except (RetryLater, OutcomeUnknown) as error:
            self._trouble = error.sentence
            return {}
        for update in part:
            message = getattr(decisions[update.id], "message", "")
            self._results[update.id] = WriteBackResult(update.id, _DONE, message)
        return {}

    def _book_in_turn(self, group: Sequence[PaymentUpdate], decisions: dict[str, Decision], books: Books) -> None:
        """The first update's booking changes the books for the next one of its document."""
        for index, update in enumerate(group):
            self._guarded(update, partial(self._book, update, None if index else decisions[update.id], books))

    def _book(self, update: PaymentUpdate, decision: Decision | None, books: Books) -> WriteBackResult:
        """When Odoo refuses, the books may have changed in the same moment: they are read once more."""
        decision = decision or self._decide_anew(update, books)
        try:
            return self._carry_out(update, decision, books)
        except Rejected:
            again = self._decide_anew(update, books)
            if again == decision or isinstance(again, Register):
                raise
            return self._carry_out(update, again, books)

    def _decide_anew(self, update: PaymentUpdate, books: Books) -> Decision:
        return decide(update, replace(self._reader.read([update]), taken=books.taken))

    def _carry_out(self, update: PaymentUpdate, decision: Decision, books: Books) -> WriteBackResult:
        match decision:
            case Refuse(message, cure):
                return WriteBackResult(update.id, WriteBackOutcome.REFUSED, message, cure)
            case Known(payment):
                if payment.draft:
                    self._ledger.post([payment.id])
                return WriteBackResult(update.id, _ALREADY, source_ref=payment.name)
            case ByHand(payment):
                self._ledger.add_mark(update, payment)
                return WriteBackResult(update.id, _ALREADY, "A person had booked it.", source_ref=payment.name)
            case Register(moves):
                self._ledger.register(update, books.papers[update.order_ref], moves)
                return WriteBackResult(update.id, _DONE)
            case Advance(message):
                self._ledger.advance([(update, books.papers[update.order_ref])])
                return WriteBackResult(update.id, _DONE, message)
            case TellOnly():
                known = self._notes and update.id in books.noted
                return WriteBackResult(update.id, _ALREADY if known else _DONE)

    def _look_again(self, books: Books) -> None:
        """Gives what was booked its name in Odoo, and undoes what two daemons have booked at the same moment."""
        booked = [update for update in self._updates if self._results[update.id].outcome is _DONE]
        if not booked:
            return
        try:
            found = replace(books, payments=self._reader.payments(booked, books.papers))
        except (RetryLater, OutcomeUnknown) as error:
            for update in booked:
                self._results[update.id] = WriteBackResult(update.id, _RETRY, error.sentence)
            return
        for update in booked:
            for payment in found.marked(update)[1:]:
                self._guarded(update, partial(self._undo, update, payment))
            if ours := found.marked(update):
                self._results[update.id] = replace(self._results[update.id], source_ref=ours[0].name)

    def _undo(self, update: PaymentUpdate, payment: OdooPayment) -> WriteBackResult:
        try:
            self._ledger.cancel(payment)
        except (Rejected, NotFound):
            pass  # the other daemon has seen it too, and was quicker
        return self._results[update.id]

    def _note_in_turn(self, group: Sequence[PaymentUpdate], books: Books) -> None:
        for update in group:
            if self._results[update.id].outcome in (_DONE, _ALREADY) and update.id not in books.noted:
                self._guarded(update, partial(self._note, update, books))

    def _note(self, update: PaymentUpdate, books: Books) -> WriteBackResult:
        """What is booked stays so without a note; a fact that is no more than its note is refused."""
        result = self._results[update.id]
        try:
            self._ledger.note(update, books.papers[update.order_ref])
        except Rejected as error:
            if not is_money(update):
                raise
            return replace(result, message=f"{result.message} There is no note of it. {error.sentence}".strip())
        return result

    def _guarded(self, update: PaymentUpdate, work: Callable[[], WriteBackResult]) -> None:
        """From the first call that Odoo leaves unanswered, the rest is for a later try."""
        if time.monotonic() > self._until and not self._trouble:
            self._trouble = "Odoo takes long; the rest of the batch follows."
        if self._trouble or self._stop is not None:
            self._results[update.id] = WriteBackResult(update.id, _RETRY, self._trouble)
            return
        try:
            self._results[update.id] = work()
        except (RateLimited, AuthenticationError, ConfigurationError) as error:
            self._stop = error
            self._results[update.id] = WriteBackResult(update.id, _RETRY, error.sentence)
        except (RetryLater, OutcomeUnknown) as error:
            self._trouble = error.sentence
            self._results[update.id] = WriteBackResult(update.id, _RETRY, error.sentence, error.cure)
        except (Rejected, NotFound) as error:
            cure = error.cure or "Correct it in Odoo, then try again."
            self._results[update.id] = WriteBackResult(update.id, WriteBackOutcome.REFUSED, error.sentence, cure)

    @staticmethod
    def _side_by_side(updates: Sequence[PaymentUpdate], work: Callable[[Sequence[PaymentUpdate]], None]) -> None:
        groups: dict[str, list[PaymentUpdate]] = {}
        for update in updates:
            groups.setdefault(update.order_ref, []).append(update)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for _ in threads.map(work, groups.values()):
                pass  # raises what went wrong in a thread
