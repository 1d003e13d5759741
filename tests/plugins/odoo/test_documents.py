"""Orders and invoices by the hundred in a handful of calls, and what each of them asks for."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from connector_odoo.amount import decimal_of
from connector_odoo.fake import FakeOdoo
from connector_odoo.fake.books import Books
from connector_odoo.fake.database import Row
from connector_odoo.plugin import OdooPlugin

from connector_core.sdk import Money, OrderRef
from tests.plugins.odoo.conftest import MakePlugin, only
from tests.plugins.odoo.office import Office
from tests.plugins.odoo.stories import asked, capture, enter, fetched

BOTH = ((16, False), (19, False))


def calls_of(odoo: FakeOdoo, plugin: OdooPlugin, refs: Sequence[OrderRef]) -> int:
    """How many calls one batch takes, once the plugin is connected."""
    plugin.fetch_orders(refs[:1], "odoo.sale_order")
    before = len(odoo.calls)
    assert set(plugin.fetch_orders(refs, "odoo.sale_order")) == set(refs)
    return len(odoo.calls) - before


def test_hundred_orders_take_four_calls(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    refs = odoo.on_loop(lambda: [OrderRef(odoo.place({})) for _ in range(100)])
    for ref in refs[:50]:
        posted(odoo, ref)
    assert calls_of(odoo, plugin, refs) <= 4


def test_hundred_invoices_take_five_calls(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    refs = odoo.on_loop(lambda: [OrderRef(odoo.place({})) for _ in range(50)])
    invoices = [posted(odoo, ref) for ref in refs] + [free(odoo) for _ in range(50)]
    assert calls_of(odoo, plugin, invoices) <= 5


def number_of(ref: str) -> int:
    return int(ref.partition(":")[2])


def posted(odoo: FakeOdoo, ref: OrderRef) -> OrderRef:
    def work(books: Books) -> OrderRef:
        move = books.invoice(books.db.get("sale.order", number_of(ref)))
        books.post(move)
        return OrderRef(f"account.move:{move['id']}")

    found: OrderRef = odoo.do(work)
    return found


def free(odoo: FakeOdoo) -> OrderRef:
    def work(books: Books) -> OrderRef:
        move = books.free_invoice(7, Decimal("12.00"))
        books.post(move)
        return OrderRef(f"account.move:{move['id']}")

    found: OrderRef = odoo.do(work)
    return found


def test_mixed_batch_is_read_whole(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = OrderRef(odoo.place_order())
    invoice = posted(odoo, ref)
    assert set(plugin.fetch_orders([ref, invoice, ref], "odoo.sale_order")) == {ref, invoice}


def test_order_and_invoice_of_one_number_are_two(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref, invoice = OrderRef(odoo.place_order()), free(odoo)
    assert number_of(ref) == number_of(invoice)
    found = plugin.fetch_orders([ref, invoice], "odoo.sale_order")
    assert found[ref]["name"].startswith("S")
    assert found[invoice]["name"].startswith("INV/")


def test_credit_notes_and_vendor_bills_are_no_documents(office: Office, plugin: OdooPlugin) -> None:
    note = office.credit(office.free_invoice(20.0), 5.0)
    assert not plugin.fetch_orders([note], "odoo.invoice")


@only(*BOTH)
def test_documents_of_other_companies_are_not_read(odoo: FakeOdoo, connect: MakePlugin) -> None:
    ref = OrderRef(odoo.place_order(company_id=2))
    assert not connect(companies=[1]).fetch_orders([ref], "odoo.sale_order")
    assert connect(companies=[2]).fetch_orders([ref], "odoo.sale_order")


# What is asked


def test_invoice_asks_where_only_invoices_are_asked_for(office: Office, connect: MakePlugin) -> None:
    plugin, ref = connect(ask_for="invoices"), office.order(50.0)
    assert asked(plugin, ref)[0] is False
    invoice = office.invoice(ref)
    assert asked(plugin, ref)[0] is False
    assert asked(plugin, invoice)[0] is True


def test_order_that_was_settled_leaves_later_invoices_to_ask_for_themselves(office: Office, plugin: OdooPlugin) -> None:
    ref = office.order(50.0)
    whole = office.total(ref)
    enter(plugin, capture(ref, whole))
    office.add_item(ref, 30.0)
    invoice = office.invoice(ref)
    more = office.total(ref).minor - whole.minor
    assert asked(plugin, ref)[1] is True
    assert asked(plugin, invoice) == (True, False, f"{more / 100:.2f}")


@only((16, True), (19, True))
@pytest.mark.parametrize(("status", "invoice_asks"), [("expired", True), ("cancelled", True), ("partial", False)])
def test_order_whose_paylink_is_over_leaves_it_to_its_invoice(
    odoo: FakeOdoo, office: Office, plugin: OdooPlugin, status: str, invoice_asks: bool
) -> None:
    ref = office.order(50.0)
    invoice = office.invoice(ref)
    odoo.do(lambda books: books.db.get("sale.order", number_of(ref)).update(paylink_status=status))
    assert asked(plugin, invoice)[0] is invoice_asks


@only((16, True), (19, True))
def test_addon_decides_what_is_wanted(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    ref = office.order()
    assert asked(plugin, ref)[0] is True
    odoo.do(lambda books: books.db.get("sale.order", number_of(ref)).update(paylink_status=False))
    assert asked(plugin, ref)[0] is False
    odoo.do(lambda books: books.db.get("sale.order", number_of(ref)).update(paylink_status="cancelled"))
    assert fetched(plugin, ref)["is_given_up"] is True


@only((19, False))
def test_prepayment_asks_for_its_share_and_the_invoice_for_the_rest(office: Office, plugin: OdooPlugin) -> None:
    ref = office.order(100.0, require_payment=True, prepayment_percent=0.3)
    total = office.total(ref).decimal()
    assert Decimal(asked(plugin, ref)[2]) == (total * Decimal("0.3")).quantize(Decimal("0.01"))
    share = Money(round(float(total) * 30), "EUR")
    enter(plugin, capture(ref, share))
    assert asked(plugin, ref)[1] is True
    invoice = office.invoice(ref)
    assert Decimal(asked(plugin, invoice)[2]) == total - share.decimal()


def test_two_invoices_of_an_order_share_its_advance(odoo: FakeOdoo, office: Office, plugin: OdooPlugin) -> None:
    """The oldest takes first, as a bookkeeper would."""
    ref = office.order(100.0)
    total = office.total(ref)
    part = Money(total.minor * 7 // 10, "EUR")
    enter(plugin, capture(ref, part))
    half = total.decimal() / 2

    def split(books: Books) -> list[Row]:
        order = books.db.get("sale.order", number_of(ref))
        moves = [books.invoice(order, half), books.invoice(order, total.decimal() - half)]
        for move in moves:
            books.post(move)
        return moves

    first, second = (OrderRef(f"account.move:{move['id']}") for move in odoo.do(split))
    assert asked(plugin, first)[1] is True
    assert Decimal(asked(plugin, second)[2]) == total.decimal() - part.decimal()


def test_payment_by_hand_lowers_what_is_asked(office: Office, plugin: OdooPlugin) -> None:
    ref = office.order(100.0)
    invoice = office.invoice(ref)
    office.pay(invoice, "cash", 40.0)
    assert Decimal(asked(plugin, ref)[2]) == office.total(ref).decimal() - 40


def test_own_part_payment_does_not_lower_what_the_request_is_about(office: Office, plugin: OdooPlugin) -> None:
    """The request counts what it has captured, so that its amount stays and only what is open shrinks."""
    ref = office.order(100.0)
    total = office.total(ref)
    enter(plugin, capture(ref, total, Money(3_000, "EUR")))
    record = fetched(plugin, ref)
    assert (Decimal(record["to_pay"]), Decimal(record["open"])) == (total.decimal(), total.decimal() - 30)


def test_buyer_is_who_gets_the_invoice_and_else_who_ordered(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    def two(books: Books) -> str:
        make = odoo.methods.call_by_place
        boss = make("res.partner", "create", [{"name": "Chefin", "phone": False, "country_id": 12}], {})
        return odoo.place({"partner": {"name": "Besteller"}, "partner_invoice_id": boss})

    ref = OrderRef(odoo.do(two))
    assert fetched(plugin, ref)["partner"]["name"] == "Besteller"  # nobody else can be reached
    boss_id = odoo.row(ref)["partner_invoice_id"]
    odoo.do(lambda books: books.db.get("res.partner", boss_id).update(phone="+43 1 234567"))
    partner = fetched(plugin, ref)["partner"]
    assert (partner["name"], partner["country_code"]) == ("Chefin", "AT")


def test_what_odoo_calls_false_is_empty(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    record = fetched(plugin, OrderRef(odoo.place_order()))
    assert record["client_order_ref"] is None
    assert record["require_payment"] is False


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        (77.95, "EUR", "77.95"),
        (0.1 + 0.2, "EUR", "0.30"),
        (1234.0, "JPY", "1234"),
        (10.5, "JPY", "10.5"),
        (1.2345, "KWD", "1.2345"),
        (1.234, "KWD", "1.234"),
        (False, "EUR", "0.00"),
        (5, "XXX", "5"),
        ("nonsense", "EUR", "0"),
    ],
)
def test_floats_become_amounts(value: Any, currency: str, expected: str) -> None:
    """Real digits below the minor unit stay, so that the mapping refuses them; those of a float do not."""
    assert str(decimal_of(value, currency)) == expected
