"""Lyra's transactions as facts for the ledger (reference/lyra.md 2.6 and the traps of 3.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog

from connector_core.adapters.http_out import masked
from connector_core.adapters.psp_lyra.amounts import from_lyra
from connector_core.adapters.psp_lyra.times import moment
from connector_core.domain.money import MoneyError
from connector_core.domain.payment import PaymentFact, PaymentKind, PaymentState

_BUCKETS = {
    **dict.fromkeys("ACCEPTED AUTHORISED CAPTURED PARTIALLY_AUTHORISED".split(), PaymentState.DONE),
    **dict.fromkeys(
        (
            "INITIAL CAPTURE_PENDING WAITING_AUTHORISATION WAITING_AUTHORISATION_TO_VALIDATE AUTHORISED_TO_VALIDATE "
            "UNDER_VERIFICATION PRE_AUTHORISED WAITING_FOR_PAYMENT SUSPENDED PENDING REFUND_TO_RETRY"
        ).split(),
        PaymentState.PENDING,
    ),
    **dict.fromkeys(
        "REFUSED ERROR CANCELLED CANCELED EXPIRED CAPTURE_FAILED NOT_CREATED ABANDONED".split(), PaymentState.FAILED
    ),
}
"""detailedStatus to state; AUTHORISED counts as paid, because it is captured without further ado (6)."""

_log = structlog.get_logger(__name__)


class TransactionUnreadable(ValueError):
    """A transaction whose parts are not what Lyra documents; the text names the part."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is the same for all transactions of one answer."""

    account: str
    psp_order: str = ""
    psp_link: str = ""


def facts_of(transactions: object, origin: Origin) -> Sequence[PaymentFact]:
    """Every fact of an answer's ``transactions``, oldest first. Raises `TransactionUnreadable`.

    Card verifications move no money and transactions that were never created have no id: both are left out. There is
    no chargeback among them, because Lyra's API does not report one (3.2).
    """
    if not isinstance(transactions, list):
        raise TransactionUnreadable("transactions is no list")
    facts = [fact for transaction in transactions for fact in _facts(transaction, origin)]
    return sorted(facts, key=lambda fact: fact.at)


def _facts(transaction: object, origin: Origin) -> Iterator[PaymentFact]:
    if not isinstance(transaction, Mapping):
        raise TransactionUnreadable("a transaction is no object")
    if not transaction.get("uuid") or transaction.get("operationType") == "VERIFICATION":
        return
    fact = _fact(transaction, origin)
    if fact.kind is PaymentKind.CAPTURE and _given_back_before_capture(transaction):
        yield replace(fact, state=PaymentState.DONE, error="")
        yield replace(fact, kind=PaymentKind.REFUND, state=PaymentState.DONE, error="")
        return
    yield fact


def _fact(transaction: Mapping[str, Any], origin: Origin) -> PaymentFact:
    try:
        amount = from_lyra(transaction.get("amount"), transaction.get("currency"))
    except MoneyError as error:
        raise TransactionUnreadable(f"amount: {error}") from None
    order = _part(transaction, "orderDetails").get("orderId") or origin.psp_order
    return PaymentFact(
        account=origin.account,
        psp_ref=str(transaction["uuid"]),
        kind=_kind(transaction),
        state=_state(transaction),
        amount=amount,
        at=moment(transaction.get("creationDate")) or datetime.now(UTC),
        psp_order=str(order or ""),
        psp_link=origin.psp_link,
        method=_method(transaction),
        error=_error(transaction),
        parent=str(_part(transaction, "transactionDetails").get("parentTransactionUuid") or ""),
    )


def _kind(transaction: Mapping[str, Any]) -> PaymentKind:
    """orderStatus says PAID under a refund, too: only the transaction itself tells them apart."""
    context = _part(transaction, "transactionDetails").get("creationContext")
    refund = transaction.get("operationType") == "CREDIT" or context == "REFUND"
    return PaymentKind.REFUND if refund else PaymentKind.CAPTURE


def _state(transaction: Mapping[str, Any]) -> PaymentState:
    status = str(transaction.get("detailedStatus"))
    state = _BUCKETS.get(status)
    if state is None:
        _log.warning("lyra_unknown_transaction_status", status=masked(status)[:40])
        return PaymentState.PENDING
    return state


def _given_back_before_capture(transaction: Mapping[str, Any]) -> bool:
    """Cancelled after the bank had said yes: it keeps its uuid, and the ledger may hold it as paid (3.5 b).

    Both entries are then given, so that the sums are right whether or not the authorisation was ever heard of. A card
    whose authorisation the answer is silent about counts as authorised: nothing else of a card is usually cancelled.
    """
    if transaction.get("detailedStatus") not in ("CANCELLED", "CANCELED") or transaction.get("errorCode"):
        return False
    card = _part(_part(transaction, "transactionDetails"), "cardDetails")
    if "authorizationResponse" not in card:
        return bool(card)
    authorization = _part(card, "authorizationResponse")
    return bool(authorization.get("authorizationNumber")) or authorization.get("authorizationResult") == "0"


def _method(transaction: Mapping[str, Any]) -> str:
    """The brand (VISA) or the kind of method (SDD). Of the card itself nothing is kept, masked or not."""
    card = _part(_part(transaction, "transactionDetails"), "cardDetails")
    return masked(str(card.get("effectiveBrand") or transaction.get("paymentMethodType") or ""))[:40]


def _error(transaction: Mapping[str, Any]) -> str:
    names = ("errorCode", "detailedErrorCode", "detailedErrorMessage")
    return masked(" ".join(str(transaction[name]) for name in names if transaction.get(name)))


def _part(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = parent.get(name)
    return part if isinstance(part, Mapping) else {}
