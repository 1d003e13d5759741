"""Payments as records of their own, each once by its external id, and what the order shows of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from simple_salesforce.format import format_soql

from connector_core.sdk import PaymentUpdate, Record, WriteBackOutcome, WriteBackResult
from connector_salesforce.orders import parse_ref, stamp
from connector_salesforce.org import Org, RowResult
from connector_salesforce.refusal import RowError
from connector_salesforce.schema import MULTICURRENCY, ORDER, PAYMENT, PAYMENT_KEY, Schema
from connector_salesforce.standing import TYPES, read_standing, shown_fields

_DECIMALS = -2
"""Of the package's amounts, as an exponent: Salesforce would round a finer one."""

Results = dict[str, WriteBackResult]


class PaymentBook:
    """Four calls for a batch: read the orders, upsert the payments, add them up, change what the orders show.

    A batch that was cut anywhere may be entered again: a payment is found by its id, and the sums are absolute.
    """

    def __init__(self, org: Org, schema: Schema) -> None:
        self._org = org
        self._schema = schema

    def enter(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        """One result each. Raises the errors of the sdk when the org as a whole does not answer or allow it."""
        orders = read_standing(self._org, [update.order_ref for update in updates if parse_ref(update.order_ref)])
        results = {update.id: result for update in updates if (result := _refused_ahead(update, orders))}
        results |= self._book([update for update in updates if update.fact in TYPES and update.id not in results])
        results |= {
            update.id: WriteBackResult(update.id, _told(orders[update.order_ref]))
            for update in updates
            if update.fact not in TYPES and update.id not in results
        }
        results |= self._show([update for update in updates if _is_in(results[update.id])], orders, results)
        return [results[update.id] for update in updates]

    def _book(self, updates: Sequence[PaymentUpdate]) -> Results:
        if not updates:
            return {}
        done = self._org.upsert(PAYMENT, PAYMENT_KEY, [self._payment(update) for update in updates])
        return {update.id: _booked(update, result) for update, result in zip(updates, done, strict=True)}

    def _payment(self, update: PaymentUpdate) -> Mapping[str, Any]:
        several = {MULTICURRENCY: update.amount.currency} if self._schema.columns.multicurrency else {}
        return {
            PAYMENT_KEY: update.id,
            "Order__c": update.order_ref,
            "Type__c": TYPES[update.fact],
            "Amount__c": f"{update.amount.decimal():f}",
            "Currency__c": update.amount.currency,
            "Transaction_Ref__c": update.psp_ref[:64],
            "Method__c": update.method[:40],
            "Flag__c": update.flag[:40],
            "Paid_At__c": stamp(update.at),
            **several,
        }

    def _show(self, updates: Sequence[PaymentUpdate], orders: Mapping[str, Record], results: Results) -> Results:
        """The orders' own fields. What they refuse is said of each update, though its payment is in."""
        by_order: dict[str, list[PaymentUpdate]] = {}
        for update in updates:
            by_order.setdefault(update.order_ref, []).append(update)
        payments = _payments(self._org, list(by_order))
        rows = [
            {"Id": ref, **fields}
            for ref, group in by_order.items()
            if (fields := shown_fields(payments.get(ref, []), group, orders[ref]))
        ]
        refused = {row["Id"]: r.error for row, r in zip(rows, self._change(rows), strict=True) if r.error}
        return {u.id: _not_shown(u, refused[u.order_ref]) for u in updates if u.order_ref in refused}

    def _change(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[RowResult]:
        return self._org.update(ORDER, rows) if rows else []


def _payments(org: Org, refs: Sequence[str]) -> Mapping[str, Sequence[Record]]:
    if not refs:
        return {}
    soql = "SELECT Order__c, Type__c, Amount__c, Paid_At__c, Transaction_Ref__c FROM {:literal} WHERE Order__c IN {}"
    found: dict[str, list[Record]] = {}
    for row in org.query(format_soql(soql, PAYMENT, list(refs))):
        found.setdefault(row["Order__c"], []).append(row)
    return found


def _refused_ahead(update: PaymentUpdate, orders: Mapping[str, Record]) -> WriteBackResult | None:
    if update.order_ref not in orders:
        return _refused(update, "Salesforce has no such order (any more).", RowError("ENTITY_IS_DELETED", "").cure)
    if int(update.amount.decimal().as_tuple().exponent) < _DECIMALS:
        sentence = f"Amounts in Salesforce have two decimals; {update.amount} would be rounded."
        return _refused(update, sentence, "Book the payment by hand, and close this entry.")
    return None


def _booked(update: PaymentUpdate, result: RowResult) -> WriteBackResult:
    if result.error is None:
        outcome = WriteBackOutcome.DONE if result.created else WriteBackOutcome.ALREADY
        return WriteBackResult(update.id, outcome, source_ref=result.id)
    return _row_refused(update, result.error, "Salesforce refuses the payment")


def _not_shown(update: PaymentUpdate, error: RowError) -> WriteBackResult:
    return _row_refused(update, error, "The payment is in Salesforce, but the order cannot show it")


def _row_refused(update: PaymentUpdate, error: RowError, what: str) -> WriteBackResult:
    if error.passing:
        return WriteBackResult(update.id, WriteBackOutcome.RETRY, f"Salesforce is busy: {error.message}")
    return _refused(update, f"{what}: {error.message}", error.cure)


def _refused(update: PaymentUpdate, sentence: str, cure: str) -> WriteBackResult:
    return WriteBackResult(update.id, WriteBackOutcome.REFUSED, sentence, cure)


def _told(order: Record) -> WriteBackOutcome:
    """An expiry is no payment: the order itself shows it, unless it has money."""
    expired = order["PayLink_Status__c"] == "Expired"
    return WriteBackOutcome.ALREADY if expired else WriteBackOutcome.DONE


def _is_in(result: WriteBackResult) -> bool:
    return result.outcome in (WriteBackOutcome.DONE, WriteBackOutcome.ALREADY)
