"""Odoo, from the confirmed order to the payment in its books, in both dialects and with and without the addon."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from connector_odoo.fake import FakeOdoo, FakeOdooConfig
from connector_odoo.fake.books import Books
from connector_odoo.fake.database import Row

from connector_core.domain.message import Purpose
from connector_core.domain.request import LinkState
from tests.flow.house import House, house_of, told
from tests.flow.states import booked, sent, withdrawn

PATIENT = {"link_trial": "20s"}
"""Nobody's PayLink ends while fifty others are being made on a busy machine."""
KINDS = [(16, False), (19, False), (16, True), (19, True)]


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0]}{'-addon' if kind[1] else ''}")
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    version, addon = request.param
    odoo = FakeOdoo(FakeOdooConfig(seed=1, version=version, addon=addon))
    async with house_of(tmp_path, {"odoo": odoo}, timing=PATIENT) as opened:
        yield opened


def on_order(house: House, ref: str, work: Callable[[Books, Row], object]) -> object:
    number = int(ref.partition(":")[2])
    return house.odoo.do(lambda books: work(books, books.db.get("sale.order", number)))


def invoiced(house: House, ref: str) -> str:
    """A posted invoice over the whole order; its reference."""

    def work(books: Books, order: Row) -> str:
        move = books.invoice(order)
        books.post(move)
        return f"account.move:{move['id']}"

    return str(on_order(house, ref, work))


async def test_order_is_paid_and_booked_once(house: House) -> None:
    ref = house.odoo.place_order(total="119.00")
    state = await house.until(sent, ref)
    assert [link.amount.minor for link in state.links] == [11_900]
    assert await house.pay(state.links[0].url) == 303
    state = await house.until(booked, ref)
    (payment,) = house.odoo.payments()
    assert (payment["amount"], payment["payment_type"]) == (119.0, "inbound")
    assert [row.psp_ref for row in house.odoo.paid_orders()[ref]] == [state.payments[0].psp_ref]
    await house.settles(1.5)  # our own payment comes back with a webhook and a poll
    assert len(house.odoo.payments()) == 1
    assert [message.purpose for message in (await house.until(booked, ref)).messages] == [
        Purpose.PAYLINK,
        Purpose.RECEIPT,
    ]


async def test_order_and_its_posted_invoice_ask_once(house: House) -> None:
    ref = house.odoo.place_order(total="119.00")
    state = await house.until(sent, ref)
    invoice = invoiced(house, ref)
    await house.settles(1.5)
    assert len(house.messages()) == 1
    asked = await house.order(invoice)
    assert asked is None or not asked.links
    assert await house.pay(state.links[0].url) == 303
    await house.until(booked, ref)
    assert house.odoo.row(invoice)["payment_state"] == "paid"
    await house.settles(1.5)
    assert len(house.messages()) == 2  # the PayLink and its receipt
    assert len(house.odoo.payments()) == 1


async def test_edited_order_asks_for_the_new_amount(house: House) -> None:
    ref = house.odoo.place_order(total="20.00")
    before = await house.until(sent, ref)
    on_order(house, ref, lambda books, order: books.set_total(order, Decimal("35.50")))
    after = await house.until(lambda state: bool(told(state, Purpose.CHANGED)), ref)
    assert [link.url for link in after.links] == [before.links[0].url]
    assert after.links[0].amount.minor == 3_550
    assert await house.pay(after.links[0].url) == 303
    await house.until(booked, ref)
    assert [payment["amount"] for payment in house.odoo.payments()] == [35.5]


async def test_cancelled_order_closes_its_link(house: House) -> None:
    ref = house.odoo.place_order(total="20.00")
    await house.until(sent, ref)
    on_order(house, ref, lambda books, order: books.db.update("sale.order", order, {"state": "cancel"}))
    state = await house.until(lambda state: withdrawn(state) and state.links[0].state is LinkState.CLOSED, ref)
    assert await house.pay(state.links[0].url) != 303
    assert house.odoo.payments() == []


async def test_credit_note_lowers_what_the_invoice_asks_for(house: House) -> None:
    def post(books: Books) -> Row:
        partner = house.odoo.methods.call_by_place("res.partner", "create", [BUYER], {})
        move = books.free_invoice(partner, Decimal("100.00"))
        books.post(move)
        return move

    move = house.odoo.do(post)
    ref = f"account.move:{move['id']}"
    before = await house.until(sent, ref)
    assert before.links[0].amount.minor == 10_000
    house.odoo.do(lambda books: books.credit(move, Decimal("30.00")))
    after = await house.until(lambda state: bool(told(state, Purpose.CHANGED)), ref)
    assert after.links[-1].amount.minor == 7_000
    assert await house.pay(after.links[-1].url) == 303
    await house.until(booked, ref)
    assert [payment["amount"] for payment in house.odoo.payments()] == [70.0]


BUYER = {"name": "Erika Mustermann", "phone": "+49 151 23456789", "country_id": 57, "lang": "de_DE"}


async def test_person_who_books_the_payment_in_odoo_ends_the_request(house: House) -> None:
    ref = house.odoo.place_order(total="20.00")
    await house.until(sent, ref)
    invoice = int(invoiced(house, ref).partition(":")[2])

    def pay(books: Books) -> None:
        context = {"active_model": "account.move", "active_ids": [invoice]}
        books.run_register(books.open_register({"communication": "cash"}, context), context)

    house.odoo.do(pay)
    await house.until(withdrawn, ref)
    assert len(house.odoo.payments()) == 1


@pytest.mark.fault(54)
async def test_connector_that_was_down_takes_every_order_once(house: House) -> None:
    """Nobody in Odoo notices it: the outbox tries again, and what it gave up is found by polling."""
    await house.daemon.stop()
    refs = await asyncio.to_thread(lambda: house.odoo.on_loop(lambda: [house.odoo.place({}) for _ in range(50)]))
    await house.settles(1.0)
    await house.start_daemon()
    for ref in refs:
        state = await house.until(sent, ref)
        assert len([link for link in state.links if link.state is LinkState.OPEN]) == 1, "one that can be paid"
    await house.settles(1.5)
    first = [message for message in house.messages() if message.template in ("paylink", "paylink_link")]
    assert len({message.button_url for message in first}) == len(first) == 50


@pytest.mark.fault(54, 56)
async def test_odoo_that_is_down_when_the_buyer_pays_books_it_later_once(house: House) -> None:
    ref = house.odoo.place_order(total="20.00")
    state = await house.until(sent, ref)
    await house.fault(house.odoo.url, kind="do_then_cut", times=3, after=4)
    assert await house.pay(state.links[0].url) == 303
    await house.until(booked, ref)
    assert len(house.odoo.payments()) == 1


@pytest.mark.parametrize("house", KINDS[2:], ids=["16-addon", "19-addon"], indirect=True)
async def test_cancel_link_in_odoo_closes_it(house: House) -> None:
    ref = house.odoo.place_order(total="20.00")
    await house.until(sent, ref)
    house.odoo.do(lambda books: house.odoo.give_up(ref))
    state = await house.until(lambda state: withdrawn(state) and state.links[0].state is LinkState.CLOSED, ref)
    assert await house.pay(state.links[0].url) != 303
