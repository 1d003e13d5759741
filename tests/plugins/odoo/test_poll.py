"""Polling by the portable watermark rule: nothing missed, nothing twice."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from connector_odoo.fake import FakeOdoo
from connector_odoo.plugin import OdooPlugin
from connector_odoo.poll import PAGE_SIZE

from connector_core.sdk import ConfigurationError, OrderChange, OrderEvent, RateLimited, RetryLater
from tests.plugins.odoo.conftest import MakePlugin, only
from tests.plugins.odoo.office import Office
from tests.plugins.odoo.stories import capture, drain, enter

BOTH = ((16, False), (19, False))


def refs_of(events: Sequence[OrderEvent]) -> list[str]:
    return [event.order_ref for event in events]


def date(odoo: FakeOdoo, ref: str, text: str) -> None:
    """As the database keeps it: with microseconds that nobody is shown."""
    model, _, number = ref.partition(":")
    odoo.on_loop(lambda: odoo.db.tables[model][int(number)].update(write_date=text))


def place_many(odoo: FakeOdoo, count: int) -> list[str]:
    return odoo.on_loop(lambda: [odoo.place({}) for _ in range(count)])


def test_first_poll_looks_back_and_the_next_sees_only_news(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    old = [odoo.place_order(), odoo.place_order()]
    events, cursor = drain(plugin)
    assert refs_of(events) == old
    new = odoo.place_order()
    events, cursor = drain(plugin, cursor)
    assert refs_of(events) == [new]
    assert drain(plugin, cursor)[0] == []


@only(*BOTH)
def test_what_lies_behind_the_first_look_is_left_alone(odoo: FakeOdoo, connect: MakePlugin) -> None:
    ref = odoo.place_order()
    date(odoo, ref, "2020-01-01 00:00:00.000000")
    assert drain(connect(poll_lookback_hours=1))[0] == []


@pytest.mark.fault(61)
@only(*BOTH)
def test_more_orders_in_one_second_than_a_page_holds(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    """All that one call confirms has one date."""
    refs = place_many(odoo, 2 * PAGE_SIZE + 5)
    for ref in refs:
        date(odoo, ref, "2040-01-01 00:00:00.123456")
    events, cursor = drain(plugin)
    assert sorted(refs_of(events)) == sorted(refs)
    assert drain(plugin, cursor)[0] == []


@pytest.mark.fault(61)
@only(*BOTH)
def test_many_orders_over_many_seconds(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    refs = place_many(odoo, 3 * PAGE_SIZE)
    for index, ref in enumerate(refs):
        date(odoo, ref, f"2040-01-01 00:{index // 60:02d}:{index % 60:02d}.5")
    assert sorted(refs_of(drain(plugin)[0])) == sorted(refs)


@pytest.mark.fault(61)
@only(*BOTH)
def test_orders_that_move_while_they_are_paged_leave_no_gap(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    """Our own write-backs change orders while they are listed; the next poll at the latest sees them again."""
    refs = place_many(odoo, 2 * PAGE_SIZE + 50)
    for ref in refs:
        date(odoo, ref, "2040-01-01 00:00:00.5")
    page = plugin.poll(None)
    for ref in refs_of(page.events)[:30]:
        date(odoo, ref, "2040-01-01 00:10:00.5")
    more, cursor = drain(plugin, json.loads(json.dumps(page.cursor)))
    assert {*refs_of(page.events), *refs_of(more)} == set(refs)
    again, cursor = drain(plugin, cursor)
    assert set(refs_of(page.events)[:30]) <= {*refs_of(more), *refs_of(again)}
    assert drain(plugin, cursor)[0] == []


@pytest.mark.fault(61)
@only(*BOTH)
def test_long_transaction_that_ends_late_is_found(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    """Its documents carry the date of its start, which lies behind what was read already."""
    first, late = odoo.place_order(), odoo.place_order()
    date(odoo, first, "2040-01-01 00:10:00.5")
    date(odoo, late, "2020-01-01 00:00:00")
    _, cursor = drain(plugin)
    date(odoo, late, "2040-01-01 00:06:00.5")
    assert refs_of(drain(plugin, cursor)[0]) == [late]


@pytest.mark.fault(61)
@only(*BOTH)
def test_change_in_the_same_second_as_the_cursor_is_not_missed(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = odoo.place_order()
    date(odoo, ref, "2040-01-01 00:00:00.1")
    _, cursor = drain(plugin)
    odoo.do(lambda books: books.set_total(odoo.db.get("sale.order", int(ref.partition(":")[2])), Decimal("99.00")))
    date(odoo, ref, "2040-01-01 00:00:00.9")
    assert refs_of(drain(plugin, cursor)[0]) == [ref]


@pytest.mark.fault(61)
@only(*BOTH)
def test_another_buyer_in_the_same_second_is_not_missed(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref, other = odoo.place_order(), odoo.place_order()
    date(odoo, ref, "2040-01-01 00:00:00.1")
    _, cursor = drain(plugin)
    buyer = odoo.row(other)["partner_id"]
    odoo.do(lambda books: odoo.db.get("sale.order", int(ref.partition(":")[2])).update(partner_id=buyer))
    assert refs_of(drain(plugin, cursor)[0]) == [ref]


@pytest.mark.fault(62)
def test_same_state_has_one_id_and_another_state_another(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = odoo.place_order()
    (first,) = drain(plugin)[0]
    (again,) = drain(plugin)[0]
    odoo.do(lambda books: books.set_total(odoo.db.get("sale.order", int(ref.partition(":")[2])), Decimal("99.00")))
    (changed,) = drain(plugin)[0]
    assert first.id == again.id
    assert changed.id != first.id


def test_confirmed_cancelled_and_changed_are_told_apart(office: Office, plugin: OdooPlugin) -> None:
    ref = office.order()
    (received,) = drain(plugin)[0]
    assert received.change is OrderChange.RECEIVED
    office.cancel(ref)
    (cancelled,) = drain(plugin)[0]
    assert cancelled.change is OrderChange.WITHDRAWN


@only(*BOTH)
def test_drafts_and_quotations_are_not_seen_but_what_was_posted_once_is(office: Office, plugin: OdooPlugin) -> None:
    quotation = office.order(confirm=False)
    draft = office.invoice(office.order(), post=False)
    assert quotation not in refs_of(drain(plugin)[0])
    assert draft not in refs_of(drain(plugin)[0])
    posted = office.free_invoice(20.0)
    _, cursor = drain(plugin)
    office.draft(posted)
    assert refs_of(drain(plugin, cursor)[0]) == [posted]


def test_payment_of_ours_is_seen_once_more_and_then_no_more(office: Office, plugin: OdooPlugin) -> None:
    """What we write changes the document. The core compares contents and asks nobody again."""
    ref = office.order()
    office.invoice(ref)
    _, cursor = drain(plugin)
    enter(plugin, capture(ref, office.total(ref)))
    events, cursor = drain(plugin, cursor)
    assert ref in refs_of(events)
    assert drain(plugin, cursor)[0] == []


@only(*BOTH)
def test_where_invoices_are_asked_for_no_order_is_told_of_its_invoice(office: Office, connect: MakePlugin) -> None:
    plugin, ref = connect(ask_for="invoices"), office.order()
    _, cursor = drain(plugin)
    invoice = office.invoice(ref)
    office.pay(invoice, "cash")
    assert set(refs_of(drain(plugin, cursor)[0])) <= {invoice, ref}
    _, cursor = drain(plugin)
    office.credit(invoice, 1.0)
    assert ref not in refs_of(drain(plugin, cursor)[0])


@only(*BOTH)
def test_documents_of_other_companies_are_not_seen(odoo: FakeOdoo, connect: MakePlugin) -> None:
    ours, theirs = odoo.place_order(), odoo.place_order(company_id=2)
    assert refs_of(drain(connect(companies=[1]))[0]) == [ours]
    assert refs_of(drain(connect(companies=[2]))[0]) == [theirs]
    assert refs_of(drain(connect())[0]) == [ours, theirs]


@pytest.mark.parametrize("kind", ["error", "html", "truncated", "cut_before", "do_then_cut"])
def test_fault_means_later_and_loses_nothing(odoo: FakeOdoo, plugin: OdooPlugin, kind: str) -> None:
    ref = odoo.place_order()
    odoo.arm(kind)
    with pytest.raises(RetryLater):
        plugin.poll(None)
    assert refs_of(drain(plugin)[0]) == [ref]


def test_rate_limit_of_a_host_is_kept(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    odoo.arm("rate_limit", seconds=9)
    with pytest.raises(RateLimited) as caught:
        plugin.poll(None)
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == 9


@only(*BOTH)
def test_slow_odoo_meets_the_time_limit(odoo: FakeOdoo, connect: MakePlugin) -> None:
    odoo.arm("slow", seconds=3)
    with pytest.raises(RetryLater):
        connect(timeout_seconds=1).poll(None)


@only()
@pytest.mark.parametrize("cursor", [{"since": "yesterday"}, "x", 5, {"orders": {}, "moves": {}}])
def test_damaged_cursor_is_named(plugin: OdooPlugin, cursor: Any) -> None:
    with pytest.raises(ConfigurationError, match="damaged"):
        plugin.poll(cursor)
