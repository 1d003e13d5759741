"""What holds on every Odoo: the demo one in both dialects, with and without the addon, and a real server."""

import json
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from connector_odoo.books import BookReader, Books
from connector_odoo.plugin import OdooPlugin

from connector_core.sdk import Money, OrderChange, OrderEvent, OrderRef, PaymentUpdate, Record, WriteBackFact
from connector_core.sdk.plugin import WriteBackOutcome
from tests.plugins.odoo.office import Office

DONE, ALREADY, REFUSED = WriteBackOutcome.DONE, WriteBackOutcome.ALREADY, WriteBackOutcome.REFUSED
MakePlugin = Callable[[], OdooPlugin]


def capture(ref: OrderRef, asked: Money, amount: Money | None = None, **changes: Any) -> PaymentUpdate:
    """A capture of all that was asked for, unless a test says otherwise."""
    values: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "order_ref": ref,
        "fact": WriteBackFact.CAPTURED,
        "amount": amount or asked,
        "asked": asked,
        "captured": amount or asked,
        "psp_ref": uuid.uuid4().hex,
        "at": datetime.now(UTC),
        "language": "de-DE",
    }
    return PaymentUpdate(**{**values, **changes})


def fetched(plugin: OdooPlugin, ref: OrderRef) -> Record:
    document = plugin.manifest.documents[0 if ref.startswith("sale.order") else 1]
    return plugin.fetch_orders([ref], document)[ref]


def asked(plugin: OdooPlugin, ref: OrderRef) -> tuple[bool, bool, str]:
    """Whether the document asks, whether it is paid, and what is open."""
    record = fetched(plugin, ref)
    return bool(record["is_asked"]), bool(record["is_paid"]), str(record["open"])


def drain(plugin: OdooPlugin, cursor: Any = None) -> tuple[list[OrderEvent], Any]:
    """All pages until the poll rests. Cursors go through JSON as the core keeps them."""
    events: list[OrderEvent] = []
    for _ in range(200):
        page = plugin.poll(cursor)
        events += page.events
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return events, cursor
    raise AssertionError("the poll never ends")


def enter(plugin: OdooPlugin, *updates: PaymentUpdate) -> list[WriteBackOutcome]:
    results = plugin.write_back(updates)
    assert [result.id for result in results] == [update.id for update in updates]
    return [result.outcome for result in results]


def shown(money: Money) -> str:
    return f"{money.decimal():f}"


class OdooStories:
    """A subclass gives the fixtures `office` and `connect`."""

    @pytest.fixture
    def plugin(self, connect: MakePlugin) -> OdooPlugin:
        return connect()

    def test_check_finds_all_in_order(self, plugin: OdooPlugin) -> None:
        assert [probe for probe in plugin.check() if not probe.ok] == []

    # What is asked

    def test_confirmed_order_is_polled_and_asks_for_all_of_it(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        events, cursor = drain(plugin)
        assert ref in [event.order_ref for event in events]
        record = fetched(plugin, ref)
        assert (record["to_pay"], record["currency"]) == (shown(office.total(ref)), office.total(ref).currency)
        assert "+49 151 23456789" in (record["partner"]["mobile"], record["partner"]["phone"])
        assert (record["partner"]["country_code"], record["partner"]["name"]) == ("DE", "Erika Mustermann")
        assert asked(plugin, ref) == (True, False, shown(office.total(ref)))
        assert ref not in [event.order_ref for event in drain(plugin, cursor)[0]]

    def test_quotation_is_no_order(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order(confirm=False)
        assert ref not in [event.order_ref for event in drain(plugin)[0]]
        assert not asked(plugin, ref)[0]

    def test_edited_order_asks_for_the_new_amount(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        before = office.total(ref)
        _, cursor = drain(plugin)
        office.add_item(ref, 25.5)
        assert ref in [event.order_ref for event in drain(plugin, cursor)[0]]
        assert office.total(ref).minor > before.minor
        assert asked(plugin, ref) == (True, False, shown(office.total(ref)))

    def test_cancelled_order_asks_for_nothing(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        _, cursor = drain(plugin)
        office.cancel(ref)
        (event,) = [event for event in drain(plugin, cursor)[0] if event.order_ref == ref]
        assert event.change is OrderChange.WITHDRAWN
        assert not asked(plugin, ref)[0]

    def test_order_and_its_invoice_never_ask_twice(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        invoice = office.invoice(ref)
        assert asked(plugin, ref)[:2] == (True, False)
        assert asked(plugin, invoice)[0] is False
        assert fetched(plugin, invoice)["asked_by"] == [fetched(plugin, ref)["name"]]

    def test_invoice_without_an_order_asks(self, office: Office, plugin: OdooPlugin) -> None:
        invoice = office.free_invoice(42.0)
        assert invoice in [event.order_ref for event in drain(plugin)[0]]
        assert asked(plugin, invoice) == (True, False, "42.00")

    def test_credit_note_takes_off_what_it_gives_back(self, office: Office, plugin: OdooPlugin) -> None:
        invoice = office.free_invoice(100.0)
        _, cursor = drain(plugin)
        office.credit(invoice, 30.0)
        assert invoice in [event.order_ref for event in drain(plugin, cursor)[0]]
        assert asked(plugin, invoice) == (True, False, "70.00")

    def test_paid_invoice_tells_its_order(self, office: Office, plugin: OdooPlugin) -> None:
        """Odoo leaves the order's own date as it was."""
        ref = office.order()
        invoice = office.invoice(ref)
        _, cursor = drain(plugin)
        office.pay(invoice, "cash")
        refs = [event.order_ref for event in drain(plugin, cursor)[0]]
        assert {ref, invoice} <= set(refs)
        assert asked(plugin, ref)[1] is True

    def test_what_is_not_there_is_left_out(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        gone = OrderRef("sale.order:2000000000")
        assert set(plugin.fetch_orders([ref, gone], "odoo.sale_order")) == {ref}

    # What is paid

    def test_order_without_an_invoice_gets_an_advance_once(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        update = capture(ref, office.total(ref))
        assert [enter(plugin, update)[0] for _ in range(3)] == [DONE, ALREADY, ALREADY]
        (payment,) = office.payments(ref)
        assert payment["reconciled_invoice_ids"] == []
        assert update.psp_ref in payment[office.server.can.memo]
        assert len(office.notes(ref)) == 1
        assert asked(plugin, ref)[1] is True

    def test_invoice_after_the_advance_asks_for_nothing(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        enter(plugin, capture(ref, office.total(ref)))
        invoice = office.invoice(ref)
        assert asked(plugin, invoice)[1] is True
        assert asked(plugin, ref)[1] is True
        assert len(office.payments(ref)) == 1

    def test_payment_of_an_order_pays_its_invoice_once(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order()
        invoice = office.invoice(ref)
        update = capture(ref, office.total(ref))
        assert [enter(plugin, update)[0] for _ in range(3)] == [DONE, ALREADY, ALREADY]
        (payment,) = office.payments(ref)
        assert len(payment["reconciled_invoice_ids"]) == 1
        (row,) = office.read(invoice, "payment_state")
        assert row["payment_state"] in ("paid", "in_payment")
        assert office.residual(invoice).minor == 0
        assert len(office.notes(ref)) == 1

    def test_two_parts_pay_an_invoice(self, office: Office, plugin: OdooPlugin) -> None:
        invoice = office.free_invoice(60.0)
        whole, part = Money(6_000, "EUR"), Money(2_000, "EUR")
        assert enter(plugin, capture(invoice, whole, part)) == [DONE]
        assert office.residual(invoice) == Money(4_000, "EUR")
        assert asked(plugin, invoice) == (True, False, "40.00")
        assert fetched(plugin, invoice)["to_pay"] == "60.00"
        second = capture(invoice, whole, Money(4_000, "EUR"), captured=whole)
        assert enter(plugin, second) == [DONE]
        assert office.residual(invoice).minor == 0
        assert sorted(payment["amount"] for payment in office.payments(invoice)) == [20.0, 40.0]

    def test_more_than_was_asked_for_is_booked_whole(self, office: Office, plugin: OdooPlugin) -> None:
        invoice = office.free_invoice(50.0)
        asked_for, surplus = Money(5_000, "EUR"), Money(5_500, "EUR")
        assert enter(plugin, capture(invoice, asked_for, surplus, flag="surplus")) == [DONE]
        assert office.residual(invoice).minor == 0
        assert sum(payment["amount"] for payment in office.payments(invoice)) == 55.0

    def test_batch_of_many_documents(self, office: Office, plugin: OdooPlugin) -> None:
        refs = [office.order() for _ in range(4)]
        invoices = [office.invoice(ref) for ref in refs[:2]]
        updates = [capture(ref, office.total(ref)) for ref in refs]
        assert enter(plugin, *updates) == [DONE] * 4
        assert enter(plugin, *updates) == [ALREADY] * 4
        assert [len(office.payments(ref)) for ref in refs] == [1] * 4
        assert [office.residual(invoice).minor for invoice in invoices] == [0, 0]

    @pytest.mark.fault(56)
    @pytest.mark.parametrize("paying", ["an advance", "an invoice", "a part of an invoice"])
    def test_two_daemons_that_both_saw_nothing_book_once(
        self, office: Office, connect: MakePlugin, monkeypatch: pytest.MonkeyPatch, paying: str
    ) -> None:
        ref, whole = office.order(50.0), Money(5_000, "EUR")
        if paying != "an advance":
            office.invoice(ref)
        update = capture(ref, whole, Money(2_000, "EUR") if "part" in paying else office.total(ref))
        plugins = [connect(), connect()]
        for plugin in plugins:
            fetched(plugin, ref)  # both are logged in
        if not office.addon:
            both_read_before_either_writes(monkeypatch)
        together(lambda plugin: plugin.write_back([update]), plugins)
        assert enter(plugins[0], update) == [ALREADY]
        assert len(office.payments(ref)) == 1

    def test_person_who_was_quicker_is_not_outdone(self, office: Office, plugin: OdooPlugin) -> None:
        invoice = office.free_invoice(33.0)
        update = capture(invoice, Money(3_300, "EUR"))
        office.pay(invoice, f"PayLink {update.psp_ref}")
        assert [enter(plugin, update)[0] for _ in range(2)] == [ALREADY, ALREADY]
        assert len(office.payments(invoice)) == 1

    def test_refund_is_paid_out_on_the_credit_note_once(self, office: Office, plugin: OdooPlugin) -> None:
        invoice = office.free_invoice(80.0)
        whole = Money(8_000, "EUR")
        enter(plugin, capture(invoice, whole))
        note = office.credit(invoice, 15.0)
        back = capture(invoice, whole, Money(1_500, "EUR"), fact=WriteBackFact.REFUNDED, captured=whole)
        assert [enter(plugin, back)[0] for _ in range(3)] == [DONE, ALREADY, ALREADY]
        assert office.residual(note).minor == 0
        assert [payment["amount"] for payment in office.payments(invoice, "outbound")] == [15.0]

    def test_refund_of_an_advance_is_paid_out_once(self, office: Office, plugin: OdooPlugin) -> None:
        ref = office.order(50.0)
        whole = office.total(ref)
        enter(plugin, capture(ref, whole))
        back = capture(ref, whole, fact=WriteBackFact.REFUNDED, captured=whole)
        assert [enter(plugin, back)[0] for _ in range(3)] == [DONE, ALREADY, ALREADY]
        assert len(office.payments(ref, "outbound")) == 1
        assert len(office.payments(ref)) == 1

    @pytest.mark.parametrize("fact", [WriteBackFact.EXPIRED, WriteBackFact.CHARGED_BACK])
    def test_fact_without_money_is_one_note(self, office: Office, plugin: OdooPlugin, fact: WriteBackFact) -> None:
        ref = office.order()
        update = capture(ref, office.total(ref), fact=fact)
        assert [enter(plugin, update)[0] for _ in range(2)] == [DONE, ALREADY]
        assert len(office.notes(ref)) == 1
        assert office.payments(ref) == []

    def test_document_that_is_gone_is_refused_with_a_way_out(self, plugin: OdooPlugin) -> None:
        (result,) = plugin.write_back([capture(OrderRef("sale.order:2000000000"), Money(100, "EUR"))])
        assert result.outcome is REFUSED
        assert result.cure


def both_read_before_either_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst moment: two daemons have looked, and neither has booked."""
    read, looked = BookReader.read, threading.Barrier(2)

    def slowly(self: BookReader, updates: Sequence[PaymentUpdate]) -> Books:
        books = read(self, updates)
        if not looked.broken:
            try:
                looked.wait(3)
            except threading.BrokenBarrierError:
                return books
            looked.abort()
        return books

    monkeypatch.setattr(BookReader, "read", slowly)


def together(work: Callable[[OdooPlugin], Any], plugins: list[OdooPlugin]) -> None:
    """The same work by several daemons at the same moment."""
    start = threading.Barrier(len(plugins))

    def run(plugin: OdooPlugin) -> None:
        start.wait(5)
        work(plugin)

    threads = [threading.Thread(target=run, args=(plugin,)) for plugin in plugins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
