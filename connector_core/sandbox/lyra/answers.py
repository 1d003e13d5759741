"""The JSON shapes of Lyra's answers and of kr-answer (reference/lyra.md 1.3, 2.2, 2.5, 3.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connector_core.sandbox.lyra.ledger import now
from connector_core.sandbox.lyra.refusal import Refusal
from connector_core.sandbox.lyra.values import CANCELLED, PaymentOrder, Transaction

Answer = dict[str, Any]


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, whole seconds, with ``+00:00`` as Lyra writes it."""
    return moment.isoformat(timespec="seconds")


def envelope(operation: str, status: str, answer: Answer, server_url: str) -> Answer:
    return {
        "webService": operation,
        "version": "V4",
        "applicationVersion": "6.25.0",
        "status": status,
        "answer": answer,
        "ticket": None,
        "serverDate": stamp(now()),
        "applicationProvider": "LYRA",
        "metadata": None,
        "mode": "TEST",
        "serverUrl": server_url,
        "_type": "V4/WebService/Response",
    }


def error(refusal: Refusal, shop_id: str) -> Answer:
    return {
        "errorCode": refusal.code,
        "errorMessage": refusal.message,
        "detailedErrorCode": None,
        "detailedErrorMessage": refusal.detail,
        "ticket": "null",
        "shopId": shop_id,
        "_type": "V4/WebService/WebServiceError",
    }


def payment_order(order: PaymentOrder, cancelled_status: str) -> Answer:
    """Fields without a value are left out, as in the recorded answer."""
    answer: Answer = {
        "paymentOrderId": order.id,
        "paymentOrderStatus": cancelled_status if order.status == CANCELLED else order.status,
        "paymentURL": order.url,
        "creationDate": stamp(order.created_at),
        "expirationDate": stamp(order.expires_at),
        "amount": order.amount,
        "currency": order.currency,
        "orderId": order.order_id,
        "locale": order.locale,
        "metadata": order.metadata,
        **order.echo,
        "_type": "V4/PaymentOrder",
    }
    return {name: value for name, value in answer.items() if value is not None}


def order_transactions(order_id: str, shop_id: str, transactions: Sequence[Transaction]) -> Answer:
    return {
        "orderId": order_id,
        "shopId": shop_id,
        "transactions": [transaction(one, shop_id) for one in transactions],
        "_type": "V4/OrderTransactions",
    }


def transaction(one: Transaction, shop_id: str) -> Answer:
    """`V4/Transaction`, as Order/Get and Transaction/Get answer it."""
    return {
        **_transaction(one, shop_id),
        "orderDetails": order_details(one, paid=one.amount if one.paid else 0),
        "_type": "V4/Transaction",
    }


def payment(one: Transaction, order_cycle: str, order_status: str, shop_id: str) -> Answer:
    """`V4/Payment`, the content of a notification about one transaction."""
    return {
        "shopId": shop_id,
        "orderCycle": order_cycle,
        "orderStatus": order_status,
        "serverDate": stamp(now()),
        "orderDetails": order_details(one, paid=one.amount if one.paid else 0),
        "customer": {
            "billingDetails": {"_type": "V4/Customer/BillingDetails"},
            "email": None,
            "reference": None,
            "shippingDetails": {"_type": "V4/Customer/ShippingDetails"},
            "extraDetails": {"ipAddress": None, "_type": "V4/Customer/ExtraDetails"},
            "shoppingCart": {"_type": "V4/Customer/ShoppingCart"},
            "_type": "V4/Customer/Customer",
        },
        "transactions": [{**_transaction(one, shop_id), "_type": "V4/PaymentTransaction"}],
        "subMerchantDetails": None,
        "_type": "V4/Payment",
    }


def abandoned(order: PaymentOrder, shop_id: str) -> Answer:
    """`V4/Payment` of a buyer who went away: no transaction was made (reference/lyra.md 2.6, 3.2)."""
    return {
        "shopId": shop_id,
        "orderCycle": "CLOSED",
        "orderStatus": "ABANDONED",
        "serverDate": stamp(now()),
        "orderDetails": _details(order.amount, 0, order.currency, order.order_id, order.metadata),
        "customer": None,
        "transactions": [],
        "subMerchantDetails": None,
        "_type": "V4/Payment",
    }


def order_details(one: Transaction, paid: int) -> Answer:
    return _details(one.amount, paid, one.currency, one.order_id, one.metadata)


def _details(amount: int, paid: int, currency: str, order_id: str | None, metadata: object) -> Answer:
    return {
        "orderTotalAmount": amount,
        "orderEffectiveAmount": amount,
        "orderPaidAmount": paid,
        "orderCurrency": currency,
        "mode": "TEST",
        "orderId": order_id,
        "metadata": metadata,
        "_type": "V4/OrderDetails",
    }


def _transaction(one: Transaction, shop_id: str) -> Answer:
    return {
        "shopId": shop_id,
        "uuid": one.uuid,
        "amount": one.amount,
        "currency": one.currency,
        "paymentMethodType": "CARD",
        "paymentMethodToken": None,
        "status": one.status,
        "detailedStatus": one.detailed_status,
        "operationType": one.operation_type,
        "effectiveStrongAuthentication": one.strong_authentication,
        "creationDate": stamp(one.created_at),
        "errorCode": one.error_code,
        "errorMessage": one.error_message,
        "detailedErrorCode": one.detailed_error_code,
        "detailedErrorMessage": one.detailed_error_message,
        "metadata": one.metadata,
        "transactionDetails": _transaction_details(one),
    }


def _transaction_details(one: Transaction) -> Answer:
    captured = one.captured_at and stamp(one.captured_at)
    return {
        "liabilityShift": None,
        "effectiveAmount": one.amount,
        "effectiveCurrency": one.currency,
        "creationContext": "REFUND" if one.operation_type == "CREDIT" else "CHARGE",
        "cardDetails": {
            "effectiveBrand": one.brand,
            "pan": one.pan,
            "expectedCaptureDate": captured or stamp(one.created_at),
            "legacyTransId": one.uuid[:6],
            "captureResponse": {
                "refundAmount": one.refunded or None,
                "refundCurrency": one.currency if one.refunded else None,
                "captureDate": captured,
                "_type": "V4/PaymentMethod/Details/Cards/CardCaptureResponse",
            },
            "_type": "V4/PaymentMethod/Details/CardDetails",
        },
        "parentTransactionUuid": one.parent,
        "sequenceNumber": 1,
        "_type": "V4/TransactionDetails",
    }
