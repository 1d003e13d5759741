"""An attempt to pay: what the card decides, what is booked and who hears of it (reference/lyra.md 2.3, 2.6, 4)."""

import asyncio
import secrets
import uuid
from dataclasses import dataclass, replace

from connector_core.sandbox.lyra.cards import Card
from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.faults import FaultBook
from connector_core.sandbox.lyra.ledger import Ledger, now
from connector_core.sandbox.lyra.notices import Notices
from connector_core.sandbox.lyra.values import PAID, REFUSED, RUNNING, PaymentOrder, Transaction


@dataclass(frozen=True, slots=True)
class Challenge:
    """A buyer who has to confirm with the bank (3-D Secure); without an answer the attempt is refused in the end."""

    id: str
    payment_order_id: str
    card: Card
    timer: asyncio.TimerHandle


class Cashier:
    """The one that books payments."""

    def __init__(self, config: LyraConfig, ledger: Ledger, faults: FaultBook, notices: Notices) -> None:
        self._config = config
        self._ledger = ledger
        self._faults = faults
        self._notices = notices
        self._challenges: dict[str, Challenge] = {}

    def payable(self, order: PaymentOrder) -> bool:
        """Open and with attempts left, or paid while the fault `allow_double_payment` is on."""
        if order.status == PAID:
            return self._faults.peek("page") is not None
        return order.status in (RUNNING, REFUSED) and not order.final

    def pay(self, order: PaymentOrder, card: Card) -> Transaction | Challenge:
        """Books the attempt, or asks for the buyer's confirmation first. Only for a payable order."""
        return self._challenge(order, card) if card.challenge else self._settle(order, card, authenticated=True)

    def challenge(self, challenge_id: str) -> Challenge | None:
        return self._challenges.get(challenge_id)

    def answer(self, challenge: Challenge, *, confirmed: bool) -> Transaction | None:
        """Books a challenged attempt; None when the order cannot be paid any more."""
        self._drop(challenge)
        order = self._ledger.order(challenge.payment_order_id)
        if order is None or not self.payable(order):
            return None
        return self._settle(order, challenge.card, authenticated=confirmed)

    def abandon(self, order: PaymentOrder) -> None:
        """No transaction is made; the link stays open (reference/lyra.md 2.6)."""
        self._notices.abandon(order)

    def close(self) -> None:
        for challenge in list(self._challenges.values()):
            self._drop(challenge)

    def capture(self, transaction: Transaction) -> Transaction:
        """The evening's remittance to the bank, which Lyra does not notify."""
        return self._ledger.book(replace(transaction, detailed_status="CAPTURED", captured_at=now()))

    def _challenge(self, order: PaymentOrder, card: Card) -> Challenge:
        key = secrets.token_urlsafe(12)
        timer = asyncio.get_running_loop().call_later(self._config.session.total_seconds(), self._time_out, key)
        self._challenges[key] = Challenge(key, order.id, card, timer)
        return self._challenges[key]

    def _time_out(self, key: str) -> None:
        if challenge := self._challenges.get(key):
            self.answer(challenge, confirmed=False)

    def _drop(self, challenge: Challenge) -> None:
        challenge.timer.cancel()
        self._challenges.pop(challenge.id, None)

    def _settle(self, order: PaymentOrder, card: Card, *, authenticated: bool) -> Transaction:
        if order.status == PAID:
            self._faults.take("page")
        accepted = card.accepted and authenticated
        booked = self._ledger.book(self._transaction(order, card, accepted=accepted, authenticated=authenticated))
        self._notices.payment(self._ledger.put(self._after(order, accepted=accepted)), booked)
        return booked

    def _after(self, order: PaymentOrder, *, accepted: bool) -> PaymentOrder:
        if accepted:
            return replace(order, status=PAID)
        if order.status == PAID:
            return order
        refusals = order.refusals + 1
        return replace(order, status=REFUSED, refusals=refusals, final=refusals >= self._config.attempts)

    def _transaction(self, order: PaymentOrder, card: Card, *, accepted: bool, authenticated: bool) -> Transaction:
        captured = accepted and self._config.capture_at_once
        known = authenticated and card.authenticated
        moment = now()
        booked = Transaction(
            uuid=uuid.uuid4().hex,
            payment_order_id=order.id,
            order_id=order.order_id,
            amount=order.amount,
            currency=order.currency,
            status=PAID if accepted else "UNPAID",
            detailed_status="CAPTURED" if captured else "AUTHORISED" if accepted else "REFUSED",
            operation_type="DEBIT",
            created_at=moment,
            pan=card.masked,
            brand=card.brand,
            strong_authentication="ENABLED" if card.challenge else "DISABLED",
            captured_at=moment if captured else None,
            metadata=order.metadata,
        )
        return booked if accepted else _refused(booked, authenticated=known)


def _refused(transaction: Transaction, *, authenticated: bool) -> Transaction:
    """By the acquirer as recorded (ACQ_001 with 51), or because the bank could not make sure of the buyer."""
    if not authenticated:
        return replace(transaction, error_code="PSP_539", error_message="3D Secure refused for the transaction")
    return replace(
        transaction,
        error_code="ACQ_001",
        error_message="payment refused",
        detailed_error_code="51",
        detailed_error_message="Insufficient funds or credit limit exceeded",
    )
