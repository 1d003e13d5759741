"""What must hold at every moment, checked as it happens and against the peers' own ledgers."""

from datetime import datetime, timedelta

from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.payment import Payment, PaymentFact, PaymentKind, PaymentState, WriteBack, WriteBackState
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import Value
from tests.simulation.daemon import Outside
from tests.simulation.host import HostClock
from tests.simulation.memory_database import MemoryDatabase
from tests.simulation.messenger import Sent
from tests.simulation.psp import PspLink

_ON_ITS_WAY = timedelta(minutes=8)
"""A message that was decided on before may still arrive: a call's time limit, and the pause of a stopped process."""
_LIVE = (LinkState.WANTED, LinkState.OPEN)


class Watch:
    """`violations` are what was found, in plain words."""

    def __init__(self, database: MemoryDatabase, outside: Outside, clock: HostClock) -> None:
        self._database = database
        self._outside = outside
        self._clock = clock
        self._closed_at: dict[str, datetime] = {}
        self._told: dict[tuple[str, ...], list[Sent]] = {}
        self._receipts: dict[str, list[Sent]] = {}
        self._attempts: set[str] = set()
        self.violations: list[str] = []
        self.not_to_be_found: set[tuple[str, PaymentKind]] = set()
        """Transactions that the product does not claim to find (docs/reference/faults.md 36)."""

    def violation(self, words: str) -> None:
        if words not in self.violations:
            self.violations.append(words)

    def value(self, before: Value | None, after: Value) -> None:
        """One value of a commit: no axis goes back (I6)."""
        if isinstance(after, PaymentRequest):
            self._request(before if isinstance(before, PaymentRequest) else None, after)
        elif isinstance(before, Message) and isinstance(after, Message):
            if after.delivery.rank < before.delivery.rank:
                self.violation(f"I6 message {after.id} went from {before.delivery} back to {after.delivery}")
        elif isinstance(before, Payment) and isinstance(after, Payment):
            if after.state.rank < before.state.rank:
                self.violation(f"I6 payment {after.psp_ref} went from {before.state} back to {after.state}")
        elif isinstance(before, PayLink) and isinstance(after, PayLink):
            if before.state not in _LIVE and after.state in _LIVE:
                self.violation(f"I6 link {after.psp_order} went from {before.state} back to {after.state}")
            if before.state is LinkState.PAID and after.state is not LinkState.PAID:
                self.violation(f"I6 the paid link {after.psp_order} became {after.state}")
        elif isinstance(before, WriteBack) and before.state is WriteBackState.DONE and before != after:
            self.violation(f"I6 the write-back {before.id} was done and then changed")

    def _request(self, before: PaymentRequest | None, after: PaymentRequest) -> None:
        if after.state is RequestState.OPEN:
            self._closed_at.pop(after.order_id, None)
        else:
            self._closed_at.setdefault(after.order_id, self._clock.now())
        if before is None:
            return
        if after.captured < before.captured or after.revision < before.revision:
            self.violation(f"I6 request {after.id}: captured or revision went back")
        closed = before.state in (RequestState.PAID, RequestState.EXPIRED)
        if closed and after.state is RequestState.OPEN:
            self.violation(f"I6 request {after.id} went from {before.state} back to open")

    def made(self, link: PspLink) -> None:
        """At most one payable link for an order (I2), by the PSP's own clock."""
        now = self._outside.lyra.clock.now()
        live = [
            other.id
            for other in self._outside.lyra.links.values()
            if other.order == link.order and other.id != link.id and other.payable(now)
        ]
        if live:
            self.violation(f"I2 {link.id} was made while {live} of the same order {link.order} were payable")

    def unheard(self, fact: PaymentFact) -> None:
        """Nobody will ever be told of this one, so it is found only while its link is read: when it was open."""
        rows = self._database.rows.values.values()
        ours = [v.state for v in rows if isinstance(v, PayLink) and v.psp_order == fact.psp_order]
        if fact.kind is not PaymentKind.CAPTURE or ours != [LinkState.OPEN]:
            self.not_to_be_found.add((fact.psp_ref, fact.kind))

    def taken(self, sent: Sent) -> None:
        """The messenger takes a message: nobody is asked twice, or when nothing is to be paid (I3, I19)."""
        message = self._database.rows.values.get(sent.ask.attempt_id)
        if sent.ask.attempt_id in self._attempts:
            self.violation(f"I3 the attempt {sent.ask.attempt_id} ({sent.ask.purpose}) went out twice")
        self._attempts.add(sent.ask.attempt_id)
        if not isinstance(message, Message):
            self.violation(f"I3 a message was sent that is not in the database: {sent.ask}")
        elif sent.ask.purpose is Purpose.RECEIPT:
            self._receipt(sent, message)
        else:
            self._asked(sent, message)

    def _asked(self, sent: Sent, message: Message) -> None:
        """Once for each revision; a repeat only while the outcome of the first is unknown, and with the same link."""
        closed = self._closed_at.get(message.order_id)
        if closed is not None and self._clock.now() > closed + _ON_ITS_WAY:
            self.violation(f"I3 {sent.ask.purpose} for {sent.ask.reference} was sent after its request was closed")
        revision = next(
            v.revision
            for v in self._database.rows.values.values()
            if isinstance(v, PaymentRequest) and v.order_id == message.order_id
        )
        link = sent.ask.url if sent.ask.purpose is Purpose.REMINDER else ""
        key = (message.order_id, str(revision), sent.ask.purpose, sent.ask.to, sent.channel, link)
        before = self._told.setdefault(key, [])
        earlier = [other for other in before if not other.failed and self._still_good(other, sent)]
        before.append(sent)
        if len(earlier) > 1:
            self.violation(f"I3 {sent.ask.purpose} {key} was sent {len(earlier) + 1} times")
        if earlier and not (self._unheard(earlier[0]) or message.delivery is Delivery.UNKNOWN):
            self.violation(f"I3 {sent.ask.purpose} {key} was repeated, though its outcome was known")
        if earlier and earlier[0].ask.url != sent.ask.url:
            self.violation(f"I3 {sent.ask.purpose} {key} was repeated with another link")

    def _still_good(self, earlier: Sent, now: Sent) -> bool:
        """A link that has come to its end, and was replaced, leaves the buyer with nothing: that was no message."""
        links = self._outside.lyra.links.values()
        now_at_psp = self._outside.lyra.clock.now()
        payable = any(link.url == earlier.ask.url and link.payable(now_at_psp) for link in links)
        return payable or earlier.ask.url == now.ask.url

    def _unheard(self, sent: Sent) -> bool:
        row = self._database.rows.values[sent.ask.attempt_id]
        return isinstance(row, Message) and row.delivery.rank <= Delivery.UNKNOWN.rank

    def _receipt(self, sent: Sent, message: Message) -> None:
        payment = self._database.rows.values.get(message.payment_id or "")
        psp_ref = payment.psp_ref if isinstance(payment, Payment) else ""
        fact = self._outside.lyra.facts.get((psp_ref, PaymentKind.CAPTURE))
        if fact is None or fact.state is not PaymentState.DONE:
            self.violation(f"I19 a receipt was sent for {psp_ref!r}, which the PSP has not captured")
        earlier = [other for other in self._receipts.setdefault(psp_ref, []) if not other.failed]
        self._receipts[psp_ref].append(sent)
        if earlier:
            self.violation(f"I19 a second receipt was sent for {psp_ref}")
