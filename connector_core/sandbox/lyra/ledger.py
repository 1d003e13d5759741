"""What the sandbox knows: the other side of every invariant that compares the connector with its PSP."""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from connector_core.sandbox.lyra.values import EXPIRED, REFUSED, RUNNING, Delivery, PaymentOrder, Transaction

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """In memory and for the life of the sandbox. Every change wakes those who wait for `changed`."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.deliveries: list[Delivery] = []
        self.version = 0
        self._orders: dict[str, PaymentOrder] = {}
        self._codes: dict[str, str] = {}
        self._transactions: dict[str, Transaction] = {}
        self._by_order_id: defaultdict[str, list[str]] = defaultdict(list)
        self._waiting: set[asyncio.Event] = set()

    def fresh_code(self) -> str:
        """Eight characters that no payment order has yet."""
        while True:
            bits = secrets.randbits(40)
            code = "".join([_ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5)])
            if code not in self._codes:
                return code

    def put(self, order: PaymentOrder) -> PaymentOrder:
        self._orders[order.id] = order
        self._codes[order.code] = order.id
        self._touch()
        return order

    def book(self, transaction: Transaction) -> Transaction:
        """Adds a transaction, or replaces the one with its uuid."""
        if transaction.uuid not in self._transactions and transaction.order_id is not None:
            self._by_order_id[transaction.order_id].append(transaction.uuid)
        self._transactions[transaction.uuid] = transaction
        self._touch()
        return transaction

    def note(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._touch()

    def order(self, payment_order_id: str) -> PaymentOrder | None:
        order = self._orders.get(payment_order_id)
        return order and as_of(order, now())

    def order_by_code(self, code: str) -> PaymentOrder | None:
        return self.order(self._codes.get(code, ""))

    def transaction(self, uuid: str) -> Transaction | None:
        return self._transactions.get(uuid)

    def transactions_of(self, order_id: str) -> list[Transaction]:
        """Oldest first; several payment orders may share an orderId (reference/lyra.md 2.1)."""
        return [self._transactions[uuid] for uuid in self._by_order_id.get(order_id, ())]

    @property
    def orders(self) -> list[PaymentOrder]:
        at = now()
        return [as_of(order, at) for order in self._orders.values()]

    def newest(self, count: int) -> list[PaymentOrder]:
        at = now()
        return [as_of(order, at) for order in islice(reversed(self._orders.values()), count)]

    def count(self, status: str | None = None) -> int:
        """How many payment orders there are, or were last booked with that status."""
        if status is None:
            return len(self._orders)
        return sum(order.status == status for order in self._orders.values())

    @property
    def transactions(self) -> Iterable[Transaction]:
        return self._transactions.values()

    def expire(self, payment_order_id: str) -> PaymentOrder | None:
        """Its end is now; one that is paid or cancelled stays so. None when it is unknown."""
        order = self._orders.get(payment_order_id)
        if order is None:
            return None
        self.put(replace(order, expires_at=min(order.expires_at, now())))
        return self.order(payment_order_id)

    async def changed(self, since: int) -> int:
        """Waits until the version is beyond `since`, and returns it."""
        if self.version <= since:
            event = asyncio.Event()
            self._waiting.add(event)
            try:
                await event.wait()
            finally:
                self._waiting.discard(event)
        return self.version

    def _touch(self) -> None:
        self.version += 1
        for event in self._waiting:
            event.set()


def as_of(order: PaymentOrder, at: datetime) -> PaymentOrder:
    """The order as it stands at that time: one that nobody has paid in time has expired."""
    if order.status in (RUNNING, REFUSED) and not order.final and at >= order.expires_at:
        return replace(order, status=EXPIRED)
    return order
