"""Every status of Lyra becomes a ledger fact, and no trap of its answers books money twice or loses it."""

from typing import Any

import pytest
import structlog

from connector_core.adapters.psp_lyra.transactions import Origin, TransactionUnreadable, facts_of
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFact, PaymentKind, PaymentState
from tests.unit.adapters.psp_lyra.accounts import transaction

ORIGIN = Origin("main", "order-1", "link-1")


def facts(*transactions: dict[str, Any]) -> list[PaymentFact]:
    return list(facts_of(list(transactions), ORIGIN))


DONE = "ACCEPTED AUTHORISED CAPTURED PARTIALLY_AUTHORISED".split()
PENDING = (
    "INITIAL CAPTURE_PENDING WAITING_AUTHORISATION WAITING_AUTHORISATION_TO_VALIDATE AUTHORISED_TO_VALIDATE "
    "UNDER_VERIFICATION PRE_AUTHORISED WAITING_FOR_PAYMENT SUSPENDED PENDING REFUND_TO_RETRY"
).split()
FAILED = "REFUSED ERROR EXPIRED CAPTURE_FAILED NOT_CREATED ABANDONED".split()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        *((status, PaymentState.DONE) for status in DONE),
        *((status, PaymentState.PENDING) for status in PENDING),
        *((status, PaymentState.FAILED) for status in FAILED),
    ],
)
def test_every_status_has_its_state(status: str, state: PaymentState) -> None:
    with structlog.testing.capture_logs() as logs:
        (fact,) = facts(transaction(detailedStatus=status))
    assert (fact.kind, fact.state, logs) == (PaymentKind.CAPTURE, state, [])


def test_an_unknown_status_is_pending_and_is_said() -> None:
    with structlog.testing.capture_logs() as logs:
        (fact,) = facts(transaction(detailedStatus="TELEPORTED" + "X" * 40))
    assert fact.state is PaymentState.PENDING
    assert (logs[0]["event"], logs[0]["status"]) == ("lyra_unknown_transaction_status", "TELEPORTED" + "X" * 30)


def test_a_refund_names_the_payment_that_it_gives_back() -> None:
    details = {"creationContext": "REFUND", "parentTransactionUuid": "a" * 32}
    (fact,) = facts(transaction(uuid="b" * 32, operationType="CREDIT", transactionDetails=details))
    assert fact.parent == "a" * 32
    assert facts(transaction())[0].parent == ""


def test_the_brand_of_the_card_is_kept_and_no_long_text_in_its_place() -> None:
    assert facts(transaction())[0].method == "VISA"
    details = {"cardDetails": {"effectiveBrand": "B" * 41}}
    assert facts(transaction(transactionDetails=details))[0].method == "B" * 40


@pytest.mark.parametrize("change", [{"operationType": "CREDIT"}, {"transactionDetails": {"creationContext": "REFUND"}}])
def test_a_refund_is_told_by_its_transaction_and_not_by_the_order(change: dict[str, Any]) -> None:
    (fact,) = facts(transaction(uuid="b" * 32, **change))
    assert (fact.kind, fact.state) == (PaymentKind.REFUND, PaymentState.DONE)


def card(**authorization: Any) -> dict[str, Any]:
    return {"transactionDetails": {"cardDetails": {"authorizationResponse": authorization}}}


@pytest.mark.parametrize("status", ["CANCELLED", "CANCELED"])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"transactionDetails": {"cardDetails": {"effectiveBrand": "VISA"}}},
        card(authorizationNumber="3fd0e3"),
        card(authorizationResult="0"),
    ],
)
def test_cancelled_after_authorisation_is_money_given_back_under_the_same_uuid(
    change: dict[str, Any], status: str
) -> None:  # fmt: skip
    capture, refund = facts(transaction(detailedStatus=status, status="UNPAID", **change))
    assert (capture.kind, capture.state) == (PaymentKind.CAPTURE, PaymentState.DONE)
    assert (refund.kind, refund.state) == (PaymentKind.REFUND, PaymentState.DONE)
    assert capture.psp_ref == refund.psp_ref
    assert capture.amount == refund.amount


@pytest.mark.parametrize(
    "change",
    [
        {"transactionDetails": {"cardDetails": {"authorizationResponse": None}}},
        {"transactionDetails": None},
        {"errorCode": "ACQ_001"},
        card(authorizationResult="05"),
        card(authorizationNumber="", authorizationResult=None),
    ],
)
@pytest.mark.parametrize("status", ["CANCELLED", "CANCELED"])
def test_cancelled_without_authorisation_never_was_money(change: dict[str, Any], status: str) -> None:
    (fact,) = facts(transaction(detailedStatus=status, **change))
    assert (fact.kind, fact.state) == (PaymentKind.CAPTURE, PaymentState.FAILED)


def test_a_cancelled_refund_is_a_failed_refund() -> None:
    (fact,) = facts(transaction(operationType="CREDIT", detailedStatus="CANCELLED"))
    assert (fact.kind, fact.state) == (PaymentKind.REFUND, PaymentState.FAILED)


def test_all_transactions_are_given_oldest_first() -> None:
    late = transaction(uuid="b" * 32, creationDate="2018-12-11T20:30:00+01:00", amount=500)
    early = transaction(uuid="a" * 32, creationDate="2018-12-11T19:10:00+00:00", detailedStatus="REFUSED")
    assert [fact.psp_ref[0] for fact in facts(late, early)] == ["a", "b"]


def test_the_merchants_amount_counts_when_the_buyer_paid_in_another_currency() -> None:
    details = {"effectiveAmount": 1100, "effectiveCurrency": "USD", "creationContext": "CHARGE"}
    (fact,) = facts(transaction(transactionDetails=details))
    assert fact.amount == Money(990, "EUR")


def test_verifications_and_transactions_never_created_are_left_out() -> None:
    assert facts(transaction(operationType="VERIFICATION"), transaction(uuid=None, detailedStatus="ABANDONED")) == []


def test_the_transactions_own_order_wins_and_the_links_is_the_default() -> None:
    assert facts(transaction())[0].psp_order == "order-1"
    assert facts(transaction(orderDetails={"orderId": "order-2"}))[0].psp_order == "order-2"


def test_the_banks_reason_is_kept() -> None:
    (fact,) = facts(
        transaction(
            detailedStatus="REFUSED",
            errorCode="ACQ_001",
            detailedErrorCode="51",
            detailedErrorMessage="Insufficient funds or credit limit exceeded",
        )
    )
    assert fact.error == "ACQ_001 51 Insufficient funds or credit limit exceeded"


def test_other_methods_are_named_by_their_kind() -> None:
    (fact,) = facts(transaction(paymentMethodType="SDD", transactionDetails={"cardDetails": None}))
    assert fact.method == "SDD"


@pytest.mark.parametrize("odd", ["x", None, {}, 7])
def test_what_holds_no_transactions_is_named(odd: object) -> None:
    with pytest.raises(TransactionUnreadable, match="transactions is no list"):
        facts_of(odd, ORIGIN)


@pytest.mark.parametrize("odd", [{"amount": "990"}, {"currency": "CNY"}, {"amount": None}])
def test_what_is_no_amount_is_named(odd: dict[str, Any]) -> None:
    with pytest.raises(TransactionUnreadable, match="amount: "):
        facts(transaction(**odd))


@pytest.mark.parametrize("odd", ["x", None, 7])
def test_what_is_no_transaction_is_named(odd: object) -> None:
    with pytest.raises(TransactionUnreadable):
        facts_of([odd], ORIGIN)
