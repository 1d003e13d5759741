"""Which events the shop is notified of, and with what content (reference/lyra.md 3.2, 3.5)."""

import orjson

from connector_core.sandbox.lyra import answers
from connector_core.sandbox.lyra.answers import Answer
from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.ledger import Ledger
from connector_core.sandbox.lyra.notifier import Notifier
from connector_core.sandbox.lyra.values import PAID, Notice, PaymentOrder, Transaction


class Notices:
    """The shop's notification rules. A payment order's own `ipnTargetUrl` goes before the shop's URL."""

    def __init__(self, config: LyraConfig, ledger: Ledger, notifier: Notifier) -> None:
        self._config = config
        self._ledger = ledger
        self._notifier = notifier

    def payment(self, order: PaymentOrder, one: Transaction) -> None:
        """A refusal leaves the cycle OPEN while the buyer may try again."""
        if self._config.notify_payments:
            cycle = "CLOSED" if one.paid or order.final else "OPEN"
            self._send(order, one.uuid, one.detailed_status, self._content(one, cycle, one.status))

    def refund(self, one: Transaction, order_status: str) -> None:
        """A refund says PAID too; only operationType tells (reference/lyra.md 3.5, traps a and b)."""
        order = self._ledger.order(one.payment_order_id)
        if self._config.notify_refunds and order is not None:
            self._send(order, one.uuid, one.detailed_status, self._content(one, "CLOSED", order_status))

    def abandon(self, order: PaymentOrder) -> None:
        if self._config.notify_abandons:
            self._send(order, "", "ABANDONED", answers.abandoned(order, self._config.shop_id))

    def _content(self, one: Transaction, cycle: str, order_status: str) -> Answer:
        status = order_status if order_status == PAID else "UNPAID"
        return answers.payment(one, cycle, status, self._config.shop_id)

    def _send(self, order: PaymentOrder, uuid: str, detailed_status: str, content: Answer) -> None:
        url = order.ipn_url or self._notifier.url
        self._notifier.send(Notice(uuid, detailed_status, url, orjson.dumps(content).decode()))
