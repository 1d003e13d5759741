"""How an order stands by its payments: sums over all of them, so that nothing depends on the order they came in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from simple_salesforce.format import format_soql

from connector_core.sdk import PaymentUpdate, Record, WriteBackFact
from connector_salesforce.orders import moment
from connector_salesforce.org import Org

STATUSES = ("Sent", "PartiallyPaid", "Paid", "PartiallyRefunded", "Refunded", "ChargedBack", "Expired")
"""The values of PayLink_Status__c, which is a restricted picklist: others are refused."""
_CAPTURE, _REFUND, _CHARGEBACK = "Capture", "Refund", "Chargeback"
TYPES: Mapping[WriteBackFact, str] = {
    WriteBackFact.CAPTURED: _CAPTURE,
    WriteBackFact.REFUNDED: _REFUND,
    WriteBackFact.CHARGED_BACK: _CHARGEBACK,
}
"""The values of PayLink_Payment__c.Type__c. A fact that is not here is no payment."""
_WITHOUT_MONEY = (None, "Sent", "Expired")


def read_standing(org: Org, refs: Sequence[str]) -> Mapping[str, Record]:
    """What these orders show of their PayLink now, by id. An order that was deleted is left out."""
    if not refs:
        return {}
    soql = format_soql("SELECT Id, PayLink_Status__c FROM Order WHERE Id IN {}", sorted(set(refs)))
    return {str(row["Id"]): row for row in org.query(soql)}


def link_fields(order: Record) -> Mapping[str, str]:
    """A PayLink that can be paid says so, unless the order has money already."""
    return {"PayLink_Status__c": "Sent"} if order["PayLink_Status__c"] in _WITHOUT_MONEY else {}


def shown_fields(payments: Sequence[Record], updates: Sequence[PaymentUpdate], order: Record) -> Mapping[str, Any]:
    """What the order's own fields shall hold by all of its payments; `updates` are those that are told of it now."""
    captures = [payment for payment in payments if payment["Type__c"] == _CAPTURE]
    if not captures:
        expired = any(update.fact is WriteBackFact.EXPIRED for update in updates)
        return {"PayLink_Status__c": "Expired"} if expired and order["PayLink_Status__c"] in _WITHOUT_MONEY else {}
    last = max(captures, key=lambda payment: moment(payment["Paid_At__c"]))
    kept = _sum(payments, _CAPTURE) - _sum(payments, _REFUND) - _sum(payments, _CHARGEBACK)
    return {
        "PayLink_Status__c": _status(payments, updates[-1].asked.decimal()),
        "PayLink_Paid_Amount__c": f"{kept:f}",
        "PayLink_Paid_At__c": last["Paid_At__c"],
        "PayLink_Transaction_Ref__c": last["Transaction_Ref__c"],
    }


def _status(payments: Sequence[Record], asked: Decimal) -> str:
    captured, refunded = _sum(payments, _CAPTURE), _sum(payments, _REFUND)
    if _sum(payments, _CHARGEBACK):
        return "ChargedBack"
    if refunded:
        return "Refunded" if refunded >= captured else "PartiallyRefunded"
    return "Paid" if captured >= asked else "PartiallyPaid"


def _sum(payments: Sequence[Record], type_: str) -> Decimal:
    return sum((Decimal(str(row["Amount__c"])) for row in payments if row["Type__c"] == type_), Decimal())
