"""The web services that the sandbox offers (reference/lyra.md 2): each turns a request's JSON into an answer."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connector_core.sandbox.lyra import answers, asks
from connector_core.sandbox.lyra.answers import Answer
from connector_core.sandbox.lyra.asks import Json
from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.ledger import Ledger, now
from connector_core.sandbox.lyra.refunds import Refunds
from connector_core.sandbox.lyra.refusal import Refusal, invalid
from connector_core.sandbox.lyra.values import CANCELLED, EXPIRED, PAID, REFUSED, PaymentOrder, Transaction

Operation = Callable[[Json, str], Answer]
_CLOSED = {PAID: "PSP_1005", REFUSED: "PSP_1005", EXPIRED: "PSP_1006", CANCELLED: "PSP_1101"}


NAMES = (
    "Charge/CreatePaymentOrder",
    "Charge/PaymentOrder/Get",
    "Charge/PaymentOrder/Update",
    "Charge/PaymentOrder/Cancel",
    "Charge/SDKTest",
    "Order/Get",
    "Transaction/Get",
    "Transaction/Update",
    "Transaction/CancelOrRefund",
)


class Operations:
    """`table` maps an operation's name to the function that does it; the second argument is the sandbox's own URL."""

    def __init__(self, config: LyraConfig, ledger: Ledger, refunds: Refunds) -> None:
        self._config = config
        self._ledger = ledger
        self._refunds = refunds
        does = (
            self.create,
            self.get,
            self.update,
            self.cancel,
            self.sdk_test,
            self.order_get,
            self.transaction_get,
            self.transaction_update,
            self.cancel_or_refund,
        )
        self.table: dict[str, Operation] = dict(zip(NAMES, does, strict=True))

    def create(self, ask: Json, base: str) -> Answer:
        asks.check_known(ask)
        asks.check_options(ask)
        created = now()
        code = self._ledger.fresh_code()
        order = PaymentOrder(
            id=uuid.uuid4().hex,
            code=code,
            url=f"{base}/t/{code}",
            amount=asks.amount(ask.get("amount")),
            currency=asks.currency(ask.get("currency")),
            order_id=asks.order_id(ask.get("orderId")),
            created_at=created,
            expires_at=asks.expiry(ask.get("expirationDate"), created, self._config.validity),
            locale=asks.locale(ask.get("locale")),
            echo=_echo(ask),
            metadata=asks.metadata(ask.get("metadata")),
            ipn_url=ask.get("ipnTargetUrl") or "",
            return_url=ask.get("returnUrl") or "",
        )
        return self._answer(self._ledger.put(order))

    def get(self, ask: Json, base: str) -> Answer:
        return self._answer(self._find(ask))

    def update(self, ask: Json, base: str) -> Answer:
        """Replaces what the request gives and keeps the rest (whether Lyra keeps metadata is open: 7, point 9)."""
        order = self._open(ask)
        asks.check_known(ask)
        asks.check_options(ask)
        if asks.part(ask, "channelOptions").get("channelType", "URL") != "URL":
            raise Refusal("PSP_1017")
        changes: dict[str, Any] = {
            "amount": asks.amount(ask.get("amount")),
            "currency": asks.currency(ask.get("currency")),
            "echo": {**order.echo, **{k: v for k, v in _echo(ask).items() if k in ask}},
        }
        if "orderId" in ask:
            changes["order_id"] = asks.order_id(ask["orderId"])
        if "expirationDate" in ask:
            changes["expires_at"] = asks.expiry(ask["expirationDate"], now(), self._config.validity)
        if "locale" in ask:
            changes["locale"] = asks.locale(ask["locale"])
        if "metadata" in ask:
            changes["metadata"] = asks.metadata(ask["metadata"])
        return self._answer(self._ledger.put(replace(order, **changes)))

    def cancel(self, ask: Json, base: str) -> Answer:
        return self._answer(self._ledger.put(replace(self._open(ask), status=CANCELLED)))

    def sdk_test(self, ask: Json, base: str) -> Answer:
        return {"value": ask.get("value"), "_type": "V4/Type/String"}

    def order_get(self, ask: Json, base: str) -> Answer:
        order_id = asks.order_id(ask.get("orderId"))
        kind = ask.get("operationType")
        known = self._ledger.transactions_of(order_id) if order_id else []
        found = [one for one in known if kind in (None, one.operation_type)]
        if not order_id or not found:
            raise Refusal("PSP_010")
        if len(found) > 30:
            raise Refusal("PSP_015")
        return answers.order_transactions(order_id, self._config.shop_id, found)

    def transaction_get(self, ask: Json, base: str) -> Answer:
        return answers.transaction(self._transaction(ask), self._config.shop_id)

    def transaction_update(self, ask: Json, base: str) -> Answer:
        """Takes part of an amount away before capture."""
        change = asks.part(ask, "cardUpdate")
        done = self._refunds.reduce(self._transaction(ask), asks.amount(change.get("amount")), change.get("currency"))
        return answers.transaction(done, self._config.shop_id)

    def cancel_or_refund(self, ask: Json, base: str) -> Answer:
        mode = ask.get("resolutionMode", "AUTO")
        if mode not in ("AUTO", "REFUND_ONLY", "CANCELLATION_ONLY"):
            raise invalid("INT_001", "resolutionMode", mode)
        transaction = self._transaction(ask)
        amount = asks.amount(ask["amount"]) if ask.get("amount") is not None else transaction.amount
        if ask.get("currency", transaction.currency) != transaction.currency:
            raise invalid("INT_010", "currency", ask["currency"])
        done = self._refunds.cancel_or_refund(transaction, amount, mode)
        return answers.transaction(done, self._config.shop_id)

    def _answer(self, order: PaymentOrder) -> Answer:
        return answers.payment_order(order, self._config.cancelled_status)

    def _find(self, ask: Json) -> PaymentOrder:
        order = self._ledger.order(asks.payment_order_id(ask.get("paymentOrderId")))
        if order is None:
            raise Refusal("PSP_1000")
        return order

    def _open(self, ask: Json) -> PaymentOrder:
        """Only RUNNING orders may be changed; one refused attempt is an end to that (reference/lyra.md 2.3)."""
        order = self._find(ask)
        if order.status in _CLOSED:
            raise Refusal(_CLOSED[order.status])
        return order

    def _transaction(self, ask: Json) -> Transaction:
        wanted = ask.get("uuid")
        if not isinstance(wanted, str) or len(wanted) != 32:
            raise invalid("INT_001", "uuid", wanted)
        found = self._ledger.transaction(wanted)
        if found is None:
            raise Refusal("PSP_010")
        return found


def _echo(ask: Json) -> dict[str, Any]:
    """The answer's fields that repeat the request, or hold the shop's default."""
    card = asks.part(asks.part(ask, "transactionOptions"), "cardOptions")
    customer = asks.part(ask, "customer")
    return {
        "formAction": "PAYMENT",
        "strongAuthentication": ask.get("strongAuthentication", "AUTO"),
        "dataCollectionForm": False,
        "paymentReceiptEmail": ask.get("paymentReceiptEmail"),
        "merchantComment": ask.get("merchantComment"),
        "description": ask.get("description"),
        "paymentMethods": ask.get("paymentMethods"),
        "channelDetails": {"channelType": asks.channel(ask.get("channelOptions")), "_type": "V4/ChannelDetails"},
        "customer": {**customer, "_type": "V4/Customer/Customer"} if customer else None,
        "transactionDetails": {
            "cardDetails": {
                "captureDelay": card.get("captureDelay", 0),
                "manualValidation": card.get("manualValidation", "NO"),
                "_type": "V4/CardDetails",
            },
            "_type": "V4/PaymentOrderTransactionDetails",
        },
    }
