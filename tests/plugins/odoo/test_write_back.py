"""Payments enter Odoo's books once, whatever happens on the way (faults.md 54 to 60)."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from connector_odoo.fake import FakeOdoo
from connector_odoo.fake.books import Books
from connector_odoo.fake.database import Row
from connector_odoo.fake.fault import access_error, user_error
from connector_odoo.plugin import OdooPlugin

from connector_core.sdk import (
    AuthenticationError,
    ConfigurationError,
    Money,
    OrderRef,
    OutcomeUnknown,
    PaymentUpdate,
    RateLimited,
    RetryLater,
    WriteBackFact,
    WriteBackOutcome,
)
from tests.plugins.odoo.conftest import MakePlugin, only
from tests.plugins.odoo.office import Office
from tests.plugins.odoo.stories import ALREADY, DONE, REFUSED, capture, enter

PLAIN = ((16, False), (19, False))
ADDON = ((16, True), (19, True))


def until_told(plugin: OdooPlugin, updates: Sequence[PaymentUpdate]) -> list[WriteBackOutcome]:
    """As the core does it: what was not answered is done again."""
    for _ in range(4):
        try:
            outcomes = enter(plugin, *updates)
        except (RetryLater, OutcomeUnknown):
            continue
        if WriteBackOutcome.RETRY not in outcomes:
            return outcomes
    raise AssertionError("it never came to an end")


@pytest.mark.fault(54, 56)
@pytest.mark.parametrize("kind", ["error", "html", "truncated", "cut_before", "do_then_cut"])
@pytest.mark.parametrize("nth", range(10))
def test_invoice_is_paid_once_whichever_call_is_struck(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin, kind: str, nth: int
) -> None:
    ref = office.order(50.0)
    invoice, update = office.invoice(ref), capture(ref, office.total(ref))
    plugin.check()
    odoo.arm(kind, after=nth)
    (outcome,) = until_told(plugin, [update])
    odoo.on_loop(odoo.faults.clear)
    assert outcome in (DONE, ALREADY)
    assert (len(office.payments(ref)), office.residual(invoice).minor, len(office.notes(ref))) == (1, 0, 1)


@pytest.mark.fault(54)
@pytest.mark.parametrize("nth", range(0, 16, 3))
def test_batch_ends_with_one_payment_each_whatever_is_cut(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin, nth: int
) -> None:
    refs = [office.order(20.0 + number) for number in range(5)]
    for ref in refs[:2]:
        office.invoice(ref)
    updates = [capture(ref, office.total(ref)) for ref in refs]
    plugin.check()
    odoo.arm("do_then_cut", after=nth)
    assert set(until_told(plugin, updates)) <= {DONE, ALREADY}
    odoo.on_loop(odoo.faults.clear)
    assert [len(office.payments(ref)) for ref in refs] == [1] * 5
    assert [len(office.notes(ref)) for ref in refs] == [1] * 5


def test_nothing_to_write_asks_nothing(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    before = len(odoo.calls)
    assert plugin.write_back([]) == []
    assert len(odoo.calls) == before


def test_rate_limit_stops_the_batch(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    ref = office.order()
    plugin.check()
    odoo.arm("rate_limit", seconds=7)
    with pytest.raises(RateLimited):
        plugin.write_back([capture(ref, Money(100, "EUR"))])


@pytest.mark.fault(28)
def test_key_that_ended_stops_the_batch_and_books_nothing(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    ref = office.order()
    update = capture(ref, office.total(ref))
    plugin.check()
    key = odoo.config.api_key
    odoo.on_loop(lambda: setattr(odoo.door, "key", "another"))
    with pytest.raises(AuthenticationError) as caught:
        plugin.write_back([update])
    assert "expire" in caught.value.cure
    odoo.on_loop(lambda: setattr(odoo.door, "key", key))
    assert enter(plugin, update) == [DONE]
    assert len(office.payments(ref)) == 1


def refusing(odoo: FakeOdoo, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Odoo takes no payment: the period is closed, or the user may not post."""

    def refuse(_: Row) -> None:
        raise error

    monkeypatch.setattr(odoo.books, "post_payment", refuse)


@pytest.mark.fault(55)
@pytest.mark.parametrize("invoiced", [False, True])
def test_refusal_is_told_in_odoos_words_and_is_over_when_its_reason_is(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin, monkeypatch: pytest.MonkeyPatch, *, invoiced: bool
) -> None:
    ref = office.order()
    if invoiced:
        office.invoice(ref)
    update = capture(ref, office.total(ref))
    with monkeypatch.context() as patch:
        refusing(odoo, patch, user_error("You cannot add entries prior to the lock date."))
        (result,) = plugin.write_back([update])
    assert result.outcome is REFUSED
    assert "lock date" in result.message
    assert result.cure
    assert until_told(plugin, [update])[0] in (DONE, ALREADY)
    assert len(office.payments(ref)) == 1


@pytest.mark.fault(55)
@only(*PLAIN)
def test_right_that_is_missing_is_named(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = office.order()
    refusing(odoo, monkeypatch, access_error("You are not allowed to modify 'Payments' (account.payment) records."))
    (result,) = plugin.write_back([capture(ref, office.total(ref))])
    assert result.outcome is REFUSED
    assert "Invoicing" in result.cure


@only(*PLAIN)
def test_one_refusal_does_not_hold_up_the_others(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    refs = [office.order() for _ in range(3)]
    updates = [capture(ref, office.total(ref)) for ref in refs]
    gone = capture(OrderRef("sale.order:2000000000"), Money(100, "EUR"))
    dollars = capture(office.order(), Money(100, "USD"))
    assert enter(plugin, updates[0], gone, updates[1], dollars, updates[2]) == [DONE, REFUSED, DONE, REFUSED, DONE]


@pytest.mark.fault(41)
@only(*PLAIN)
def test_other_currency_is_never_converted(office: Office, plugin: OdooPlugin) -> None:
    ref = office.order()
    (result,) = plugin.write_back([capture(ref, Money(3_390, "CHF"))])
    assert result.outcome is REFUSED
    assert "EUR" in result.message
    assert "CHF" in result.message
    assert office.payments(ref) == []


@pytest.mark.fault(43)
@only(*PLAIN)
def test_payment_of_a_cancelled_order_waits_as_the_buyers_credit(office: Office, plugin: OdooPlugin) -> None:
    ref = office.order()
    office.cancel(ref)
    (result,) = plugin.write_back([capture(ref, office.total(ref))])
    assert result.outcome is DONE
    assert "cancelled" in result.message
    assert len(office.payments(ref)) == 1


@pytest.mark.fault(44)
def test_two_payments_of_one_request_are_two(office: Office, plugin: OdooPlugin) -> None:
    """Paid twice, by an old link and a new one: both are in the books, none is taken for the other."""
    ref = office.order(40.0)
    office.invoice(ref)
    whole = office.total(ref)
    first, second = capture(ref, whole), capture(ref, whole, flag="surplus")
    assert enter(plugin, first) == [DONE]
    assert enter(plugin, second) == [DONE]
    assert enter(plugin, second, first) == [ALREADY, ALREADY]
    assert len(office.payments(ref)) == 2


@only(*PLAIN)
@pytest.mark.parametrize("together", [False, True])
def test_two_captures_of_one_document_in_one_batch(office: Office, plugin: OdooPlugin, *, together: bool) -> None:
    ref = office.order(50.0)
    invoice = office.invoice(ref)
    whole = office.total(ref)
    part = Money(2_000, "EUR")
    rest = Money(whole.minor - part.minor, "EUR")
    updates = [capture(ref, whole, part), capture(ref, whole, rest, captured=whole)]
    batches = [updates] if together else [updates[:1], updates[1:]]
    for batch in batches:
        assert enter(plugin, *batch) == [DONE] * len(batch)
    assert office.residual(invoice).minor == 0
    assert len(office.payments(ref)) == 2


@only(*PLAIN)
def test_payment_is_spread_over_the_invoices_of_an_order(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    ref = office.order(100.0)
    total = office.total(ref)

    def split(books: Books) -> None:
        order = books.db.get("sale.order", int(ref.partition(":")[2]))
        for part in (Decimal(40), total.decimal() - 40):
            books.post(books.invoice(order, part))

    odoo.do(split)
    assert enter(plugin, capture(ref, total)) == [DONE]
    (payment,) = office.payments(ref)
    assert len(payment["reconciled_invoice_ids"]) == 2


@only(*PLAIN)
def test_persons_payment_that_names_the_order_is_taken_for_ours(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin
) -> None:
    """Entered without an invoice, with the order's number as memo, as a bookkeeper does it from the bank statement."""
    ref = office.order()
    total = office.total(ref)
    (row,) = office.read(ref, "name", "partner_id")
    values = {
        "payment_type": "inbound", "partner_id": row["partner_id"][0], "amount": float(total.decimal()),
        office.server.can.memo: f"Überweisung {row['name']}",
    }  # fmt: skip
    office.rpc.run("account.payment", "action_post", office.rpc.create("account.payment", [values]))
    update = capture(ref, total)
    assert [enter(plugin, update)[0] for _ in range(2)] == [ALREADY, ALREADY]
    (payment,) = office.payments(ref)
    assert update.psp_ref in payment[office.server.can.memo]


@only(*PLAIN)
def test_persons_payment_stands_for_one_of_ours_only(office: Office, plugin: OdooPlugin) -> None:
    invoice = office.free_invoice(30.0)
    whole = Money(3_000, "EUR")
    office.pay(invoice, "cash")
    assert enter(plugin, capture(invoice, whole)) == [ALREADY]
    assert enter(plugin, capture(invoice, whole)) == [DONE]
    assert len(office.payments(invoice)) == 2


@only(*PLAIN)
def test_payment_that_was_cut_before_it_was_posted_is_finished(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin
) -> None:
    ref = office.order()
    update = capture(ref, office.total(ref))
    plugin.check()
    with pytest.MonkeyPatch.context() as patch:
        refusing(odoo, patch, user_error("Try again."))
        enter(plugin, update)
    drafts = [payment for payment in odoo.payments() if payment["state"] == "draft"]
    assert len(drafts) == 1
    assert enter(plugin, update) == [ALREADY]
    assert len(office.payments(ref)) == 1


@only((16, False))
def test_note_that_odoo_refuses_leaves_the_payment_booked(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    """Odoo 16 takes no note of a user without an e-mail address."""
    ref = office.order()
    update = capture(ref, office.total(ref))
    odoo.on_loop(lambda: setattr(odoo.methods, "has_email", False))
    (result,) = plugin.write_back([update])
    assert result.outcome is DONE
    assert "no note" in result.message
    expired = capture(ref, office.total(ref), fact=WriteBackFact.EXPIRED)
    assert enter(plugin, expired) == [REFUSED]
    assert len(office.payments(ref)) == 1


def test_notes_can_be_switched_off(office: Office, connect: MakePlugin) -> None:
    ref = office.order()
    plugin = connect(notes=False)
    enter(plugin, capture(ref, office.total(ref)))
    assert office.notes(ref) == []


@pytest.mark.parametrize(("language", "words"), [("de-AT", "Mit PayLink bezahlt"), ("en", "Paid by PayLink")])
def test_note_is_internal_and_in_the_buyers_language(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin, language: str, words: str
) -> None:
    ref = office.order()
    enter(plugin, capture(ref, office.total(ref), language=language, method="<b>VISA</b>"))
    (note,) = office.notes(ref)
    assert words in note
    assert "<b>" not in note
    (row,) = [row for row in odoo.db.tables["mail.message"].values() if "PayLink" in row["body"]]
    assert row["subtype_id"] == 2  # a note: a comment would be mailed to the buyer


@only(*PLAIN)
def test_time_of_a_payment_is_its_day_in_the_books(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    ref = office.order()
    update = capture(ref, office.total(ref))
    (result,) = plugin.write_back([update])
    (payment,) = odoo.payments()
    assert payment["date"] == f"{update.at:%Y-%m-%d}"
    assert result.source_ref == payment["name"]


@only(*ADDON)
def test_batch_is_a_few_calls_with_the_addon(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    updates = [capture(ref, office.total(ref)) for ref in [office.order() for _ in range(50)]]
    plugin.check()
    before = len(odoo.calls)
    assert enter(plugin, *updates) == [DONE] * 50
    assert len(odoo.calls) - before <= 3


@only(*ADDON)
def test_slow_odoo_is_given_less_at_a_time_and_the_rest_later(
    office: Office, plugin: OdooPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payment takes half a second on a real server, which ends calls that last too long."""
    asked: list[int] = []
    clock = itertools.count()
    plugin.check()

    def slowly(_: object, values: Sequence[Any]) -> list[dict[str, str]]:
        asked.append(len(values))
        return [{"id": row["id"], "outcome": "done"} for row in values]

    monkeypatch.setattr("connector_odoo.addon._call", slowly)
    monkeypatch.setattr("connector_odoo.addon.monotonic", lambda: next(clock) * 6.0)
    whole = Money(1_000, "EUR")
    outcomes = enter(plugin, *[capture(OrderRef(f"sale.order:{n}"), whole) for n in range(1, 51)])
    assert outcomes.count(DONE) == sum(asked) < 50
    assert set(outcomes) == {DONE, WriteBackOutcome.RETRY}
    assert outcomes == sorted(outcomes)  # in their order: those that are done come first


@only(*ADDON)
@pytest.mark.fault(54, 56)
def test_what_was_booked_before_a_cut_is_told(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    updates = [capture(ref, office.total(ref)) for ref in [office.order() for _ in range(15)]]
    plugin.check()
    odoo.arm("do_then_cut", after=1)
    assert enter(plugin, *updates) == [DONE] * 10 + [WriteBackOutcome.RETRY] * 5
    assert enter(plugin, *updates) == [ALREADY] * 15


@only(*ADDON)
def test_addon_that_went_or_forbids_stops_the_connection_and_parks_nothing(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin
) -> None:
    ref = office.order()
    plugin.check()
    odoo.on_loop(lambda: odoo.methods.forbidden.add("paylink.connector"))
    with pytest.raises(ConfigurationError, match="addon"):
        plugin.write_back([capture(ref, Money(100, "EUR"))])


@only(*ADDON)
@pytest.mark.parametrize("answer", [None, {}, "done", [5], [{"id": "another", "outcome": "done"}]])
def test_answer_of_the_addon_that_says_nothing_is_asked_again(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin, answer: Any
) -> None:
    ref = office.order()
    plugin.check()
    odoo.on_loop(lambda: setattr(odoo.methods, "record_payments", lambda _: answer))
    update = capture(ref, Money(100, "EUR"))
    try:
        assert enter(plugin, update) == [WriteBackOutcome.RETRY]
    except OutcomeUnknown:
        pass


@only(*ADDON)
def test_word_of_the_addon_that_we_do_not_know_is_a_later_try(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin
) -> None:
    ref = office.order()
    plugin.check()
    update = capture(ref, Money(100, "EUR"))
    answers = [{"id": update.id, "outcome": "perhaps"}], [{"id": update.id, "outcome": "refused"}]
    odoo.on_loop(lambda: setattr(odoo.methods, "record_payments", lambda _: answers[0]))
    assert enter(plugin, update) == [WriteBackOutcome.RETRY]
    odoo.on_loop(lambda: setattr(odoo.methods, "record_payments", lambda _: answers[1]))
    (result,) = plugin.write_back([update])
    assert result.outcome is REFUSED
    assert result.message
    assert result.cure
