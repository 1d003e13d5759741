"""The sandbox's own switches under `/_sandbox`, which no real Lyra has."""

from dataclasses import asdict
from typing import Any

import orjson
from aiohttp import web

from connector_core.sandbox.lyra import answers
from connector_core.sandbox.lyra.cashier import Cashier
from connector_core.sandbox.lyra.faults import FaultBook, FaultRefused
from connector_core.sandbox.lyra.ledger import Ledger
from connector_core.sandbox.lyra.values import Delivery, PaymentOrder, Transaction


class Switchboard:
    """Faults, the ledger, expiry and capture, as JSON."""

    def __init__(self, ledger: Ledger, faults: FaultBook, cashier: Cashier) -> None:
        self._ledger = ledger
        self._faults = faults
        self._cashier = cashier

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/faults", self.list_faults),
            web.post("/_sandbox/faults", self.add_fault),
            web.delete("/_sandbox/faults", self.clear_faults),
            web.get("/_sandbox/ledger", self.show_ledger),
            web.post("/_sandbox/expire", self.expire),
            web.post("/_sandbox/capture", self.capture),
        ]

    async def list_faults(self, _request: web.Request) -> web.Response:
        return _json({"faults": self._faults.listing()})

    async def add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = self._faults.add(await _read(request))
        except FaultRefused as refused:
            return _refuse(400, str(refused), field=refused.field, allowed=refused.allowed)
        return _json(asdict(fault), status=201)

    async def clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return _json({"faults": []})

    async def show_ledger(self, _request: web.Request) -> web.Response:
        return _json(
            {
                "orders": [_order(one) for one in self._ledger.orders],
                "transactions": [_transaction(one) for one in self._ledger.transactions],
                "calls": dict(self._ledger.calls),
                "notifications": [_delivery(one) for one in self._ledger.deliveries],
            }
        )

    async def expire(self, request: web.Request) -> web.Response:
        """``{"paymentOrderId": ...}``: its time is up now."""
        order = self._ledger.expire(str((await _read(request)).get("paymentOrderId")))
        if order is None:
            return _refuse(404, "No payment order has this id.", field="paymentOrderId")
        return _json(_order(order))

    async def capture(self, request: web.Request) -> web.Response:
        """``{"uuid": ...}``: an AUTHORISED transaction goes to the bank now, so that it can be refunded."""
        transaction = self._ledger.transaction(str((await _read(request)).get("uuid")))
        if transaction is None:
            return _refuse(404, "No transaction has this uuid.", field="uuid")
        if transaction.detailed_status != "AUTHORISED":
            return _refuse(409, f"It is {transaction.detailed_status}; only AUTHORISED is captured.", field="uuid")
        return _json(_transaction(self._cashier.capture(transaction)))


async def _read(request: web.Request) -> dict[str, Any]:
    try:
        value = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        text = orjson.dumps({"error": "The body must be a JSON object."}).decode()
        raise web.HTTPBadRequest(text=text, content_type="application/json")
    return value


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")


def _refuse(status: int, sentence: str, **more: object) -> web.Response:
    return _json({"error": sentence, **more}, status=status)


def _order(one: PaymentOrder) -> dict[str, Any]:
    return {
        "paymentOrderId": one.id,
        "orderId": one.order_id,
        "amount": one.amount,
        "currency": one.currency,
        "status": one.status,
        "paymentURL": one.url,
        "expirationDate": answers.stamp(one.expires_at),
        "created": answers.stamp(one.created_at),
        "locale": one.locale,
        "metadata": one.metadata,
    }


def _transaction(one: Transaction) -> dict[str, Any]:
    return {
        "uuid": one.uuid,
        "orderId": one.order_id,
        "paymentOrderId": one.payment_order_id,
        "amount": one.amount,
        "currency": one.currency,
        "status": one.status,
        "detailedStatus": one.detailed_status,
        "operationType": one.operation_type,
        "parentTransactionUuid": one.parent,
        "refundAmount": one.refunded,
        "errorCode": one.error_code,
        "created": answers.stamp(one.created_at),
        "metadata": one.metadata,
    }


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "uuid": one.uuid,
        "detailedStatus": one.detailed_status,
        "attempt": one.attempt,
        "http_status": one.http_status,
        "forged": one.forged,
        "at": answers.stamp(one.at),
    }
