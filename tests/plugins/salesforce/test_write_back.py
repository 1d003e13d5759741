"""Payments come into Salesforce once, and the order shows how it stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from connector_salesforce.fake import FakeSalesforce, FakeSalesforceConfig
from connector_salesforce.plugin import SalesforcePlugin

from connector_core.sdk import (
    ConnectionId,
    Money,
    OpenLink,
    OrderRef,
    OutcomeUnknown,
    PaymentUpdate,
    RetryLater,
    WriteBackFact,
    WriteBackOutcome,
)
from connector_core.sdk.testing.faults import FaultKind
from tests.plugins.salesforce.conftest import capture, settings_for

DONE, ALREADY, REFUSED, RETRY = (
    WriteBackOutcome.DONE, WriteBackOutcome.ALREADY, WriteBackOutcome.REFUSED, WriteBackOutcome.RETRY,
)  # fmt: skip
REFUNDED, CHARGED_BACK, EXPIRED = WriteBackFact.REFUNDED, WriteBackFact.CHARGED_BACK, WriteBackFact.EXPIRED


def back(fact: WriteBackFact, of: PaymentUpdate, amount: str, number: int = 1) -> PaymentUpdate:
    return replace(of, id=f"back-{number}", fact=fact, amount=Money.parse(amount, "EUR"), psp_ref=f"lyra-back-{number}")


def link(ref: str, url: str = "https://pay.example/1", minute: int = 0) -> OpenLink:
    at = datetime(2026, 11, 23, 9, minute, tzinfo=UTC)
    return OpenLink(url, OrderRef(ref), url, Money(11_900, "EUR"), at)


def status(org: FakeSalesforce, ref: str) -> object:
    return org.row(ref)["PayLink_Status__c"]


def test_a_capture_becomes_one_payment_that_the_order_shows(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="119.00")
    (result,) = plugin.write_back([capture(ref)])
    (payment,) = org.rows("PayLink_Payment__c")
    assert (result.outcome, result.source_ref) == (DONE, payment["Id"])
    assert {name: str(payment[name]) for name in ("Order__c", "Type__c", "Amount__c", "Currency__c", "Method__c")} == {
        "Order__c": ref, "Type__c": "Capture", "Amount__c": "119.00", "Currency__c": "EUR", "Method__c": "VISA",
    }  # fmt: skip
    order = org.row(ref)
    assert (order["PayLink_Status__c"], str(order["PayLink_Paid_Amount__c"])) == ("Paid", "119.00")
    assert order["PayLink_Transaction_Ref__c"] == "lyra-tx-1"


def test_the_same_capture_again_changes_nothing(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="119.00")
    plugin.write_back([capture(ref)])
    assert [result.outcome for result in plugin.write_back([capture(ref)])] == [ALREADY]
    assert len(org.rows("PayLink_Payment__c")) == 1
    assert str(org.row(ref)["PayLink_Paid_Amount__c"]) == "119.00"


def test_two_equal_captures_are_two_payments(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="119.00")
    first = capture(ref, "59.50", asked=Money(11_900, "EUR"))
    plugin.write_back([first])
    assert status(org, ref) == "PartiallyPaid"
    plugin.write_back([replace(first, id="second", psp_ref="lyra-tx-2")])
    assert status(org, ref) == "Paid"
    assert len(org.rows("PayLink_Payment__c")) == 2


@pytest.mark.parametrize(
    ("backs", "expected", "kept"),
    [
        ([(REFUNDED, "19.00")], "PartiallyRefunded", "100.00"),
        ([(REFUNDED, "119.00")], "Refunded", "0.00"),
        ([(REFUNDED, "19.00"), (REFUNDED, "100.00")], "Refunded", "0.00"),
        ([(CHARGED_BACK, "119.00")], "ChargedBack", "0.00"),
        ([(EXPIRED, "119.00")], "Paid", "119.00"),
    ],
)
@pytest.mark.parametrize("turned", [False, True], ids=["in turn", "the other way round"])
def test_the_order_stands_by_its_sums_whatever_came_first(
    org: FakeSalesforce,
    plugin: SalesforcePlugin,
    backs: list[tuple[WriteBackFact, str]],
    expected: str,
    kept: str,
    turned: bool,
) -> None:
    ref = org.place_order(total="119.00")
    paid = capture(ref)
    updates = [paid, *(back(fact, paid, amount, n) for n, (fact, amount) in enumerate(backs))]
    for update in reversed(updates) if turned else updates:
        assert [result.outcome for result in plugin.write_back([update])] == [DONE]
    assert (status(org, ref), str(org.row(ref)["PayLink_Paid_Amount__c"])) == (expected, kept)


def test_expiry_is_shown_and_is_no_payment(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order()
    plugin.show_links([link(ref)])
    update = back(EXPIRED, capture(ref), "119.00")
    assert [plugin.write_back([update])[0].outcome for _ in range(2)] == [DONE, ALREADY]
    assert status(org, ref) == "Expired"
    assert org.rows("PayLink_Payment__c") == []


def test_a_link_is_shown_and_never_takes_back_a_payment(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="119.00")
    plugin.show_links([link(ref, "https://pay.example/old"), link(ref, "https://pay.example/new", 5), link("gone")])
    order = org.row(ref)
    assert (order["PayLink_Status__c"], order["PayLink_URL__c"]) == ("Sent", "https://pay.example/new")
    plugin.write_back([capture(ref)])
    plugin.show_links([link(ref)])
    assert status(org, ref) == "Paid"


def test_nothing_to_enter_is_nothing(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    assert plugin.write_back([]) == []
    plugin.show_links([])
    assert list(org.calls) == []


@pytest.mark.parametrize("fact", [WriteBackFact.CAPTURED, EXPIRED])
@pytest.mark.parametrize("ref", ["gone", "8015g00001AaB99AAF", "15"])
def test_an_order_that_is_gone_is_said(
    org: FakeSalesforce, plugin: SalesforcePlugin, fact: WriteBackFact, ref: str
) -> None:
    if ref == "gone":
        ref = org.place_order()
        org.delete(ref)
    (result,) = plugin.write_back([capture(ref, fact=fact)])
    assert (result.outcome, result.message) == (REFUSED, "Salesforce has no such order (any more).")
    assert "book the payment by hand" in result.cure


def test_what_is_longer_than_its_field_is_cut(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="119.00")
    update = capture(ref, psp_ref="t" * 70, method="m" * 50, flag="f" * 50)
    assert plugin.write_back([update])[0].outcome is DONE
    (payment,) = org.rows("PayLink_Payment__c")
    cut = {name: payment[name] for name in ("Transaction_Ref__c", "Method__c", "Flag__c")}
    assert cut == {"Transaction_Ref__c": "t" * 64, "Method__c": "m" * 40, "Flag__c": "f" * 40}
    assert org.row(ref)["PayLink_Transaction_Ref__c"] == "t" * 64


def test_the_newest_of_a_batch_says_what_is_asked_for(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="60.00")
    first = capture(ref, "50.00", asked=Money(10_000, "EUR"))
    second = capture(ref, "10.00", asked=Money(6_000, "EUR"), id="second", psp_ref="lyra-tx-2")
    plugin.write_back([first, second])
    assert status(org, ref) == "Paid"


def test_a_refund_without_its_capture_shows_nothing_yet(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="119.00")
    assert plugin.write_back([back(REFUNDED, capture(ref), "19.00")])[0].outcome is DONE
    assert status(org, ref) is None


def test_an_expired_order_that_is_asked_anew_shows_its_new_link(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order()
    plugin.write_back([back(EXPIRED, capture(ref), "119.00")])
    plugin.show_links([link(ref)])
    assert status(org, ref) == "Sent"


def test_fifty_payments_take_four_calls(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    updates = [capture(org.place_order(), id=f"u-{n}", psp_ref=f"t-{n}") for n in range(50)]
    plugin.check()
    before = len(org.calls)
    assert {result.outcome for result in plugin.write_back(updates)} == {DONE}
    assert len(org.calls) - before <= 4 + 3  # what the org has is asked once
    again = len(org.calls)
    assert {result.outcome for result in plugin.write_back(updates)} == {ALREADY}
    assert len(org.calls) - again == 4


def test_what_an_administrator_forbids_is_parked_in_their_words_and_done_later(
    org: FakeSalesforce, plugin: SalesforcePlugin
) -> None:
    ref = org.place_order(total="119.00")
    org.validation_rule("Order", "Orders of 2026 are closed.")
    (result,) = plugin.write_back([capture(ref)])
    assert (result.outcome, len(org.rows("PayLink_Payment__c"))) == (REFUSED, 1)
    assert result.message.startswith("The payment is in Salesforce, but the order cannot show it: Orders of 2026 are")
    assert result.cure == "Correct it in Salesforce, then try again."
    org.validation_rule("Order", "")
    assert plugin.write_back([capture(ref)])[0].outcome is ALREADY
    assert status(org, ref) == "Paid"


def test_a_refused_payment_says_why(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order()
    org.validation_rule("PayLink_Payment__c", "No payments on Sundays.")
    (result,) = plugin.write_back([capture(ref)])
    assert (result.outcome, status(org, ref)) == (REFUSED, None)
    assert result.message == "Salesforce refuses the payment: No payments on Sundays."


def test_a_locked_order_comes_again(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="119.00")
    org.lock_rows(2)
    results = [plugin.write_back([capture(ref)])[0] for _ in range(3)]
    busy = [result.message for result in results if result.outcome is RETRY]
    assert len(busy) == 2
    assert all(message.startswith("Salesforce is busy: unable to obtain exclusive access") for message in busy)
    assert (status(org, ref), len(org.rows("PayLink_Payment__c"))) == ("Paid", 1)


def test_without_the_right_to_edit_activated_orders_the_cure_names_it(
    org: FakeSalesforce, plugin: SalesforcePlugin
) -> None:
    ref = org.place_order()
    org.forbid_activated()
    (result,) = plugin.write_back([capture(ref)])
    assert result.outcome is REFUSED
    assert "permission set PayLink Connector" in result.cure


@pytest.mark.parametrize("kind", [FaultKind.DO_THEN_CUT, FaultKind.CUT_BEFORE, FaultKind.ERROR])
def test_a_lost_answer_is_found_and_not_repeated(
    org: FakeSalesforce, plugin: SalesforcePlugin, kind: FaultKind
) -> None:
    ref = org.place_order(total="119.00")
    org.arm(kind, "PATCH .*PayLink_Payment__c")
    with pytest.raises((OutcomeUnknown, RetryLater)):
        plugin.write_back([capture(ref)])
    assert plugin.write_back([capture(ref)])[0].outcome in (DONE, ALREADY)
    assert len(org.rows("PayLink_Payment__c")) == 1
    assert status(org, ref) == "Paid"


def test_an_amount_that_would_be_rounded_is_refused(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    (result,) = plugin.write_back([capture(org.place_order(), "12.345", "KWD")])
    assert (result.outcome, org.rows("PayLink_Payment__c")) == (REFUSED, [])
    assert result.message == "Amounts in Salesforce have two decimals; 12.345 KWD would be rounded."
    assert result.cure == "Book the payment by hand, and close this entry."


def test_yen_have_no_decimals(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order(total="1200")
    assert plugin.write_back([capture(ref, "1200", "JPY")])[0].outcome is DONE
    assert status(org, ref) == "Paid"


def test_a_payment_of_an_org_with_several_currencies_names_its_own() -> None:
    org = FakeSalesforce(FakeSalesforceConfig(multicurrency=True))
    org.start()
    plugin = SalesforcePlugin(ConnectionId("crm"), settings_for(org))
    try:
        ref = org.place_order(CurrencyIsoCode="CHF")
        assert plugin.write_back([capture(ref, "119.00", "CHF")])[0].outcome is DONE
        assert [payment["CurrencyIsoCode"] for payment in org.rows("PayLink_Payment__c")] == ["CHF"]
    finally:
        plugin.close()
        org.stop()
