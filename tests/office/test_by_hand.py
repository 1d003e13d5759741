"""A request that a person makes goes the way of every order: asked once, changed, cancelled, paid, given back."""

import asyncio
import re

import pytest

from connector_core.domain.message import Purpose
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from tests.flow.house import House, told
from tests.office.conftest import Front

FORM = {"shop": "main", "phone": "0151 23456789", "region": "DE", "amount": "49,90", "currency": "EUR"}


async def sent(front: Front, **fields: str) -> OrderState:
    status, target = await front.visitor.post("/send", **{**FORM, **fields})
    assert status == 303, target
    reference = target.rpartition("/")[2]
    return await front.house.until(lambda s: bool(told(s)), reference)


def open_links(house: House) -> int:
    return len([order for order in house.lyra.ledger.orders if order.status in ("RUNNING", "REFUSED")])


async def test_it_is_asked_for_paid_and_receipted(front: Front) -> None:
    state = await sent(front, reference="2026-1009", description="Wein", name="Anna Müller")
    assert state.request is not None
    assert (str(state.request.terms.amount), state.request.terms.phone) == ("49.90 EUR", "+4915123456789")
    assert state.order.number == "2026-1009"
    await front.house.pay(state.links[0].url)
    paid = await front.house.until(lambda s: bool(told(s, Purpose.RECEIPT)), "2026-1009")
    assert paid.request is not None
    assert paid.request.state is RequestState.PAID


async def test_the_same_reference_is_refused_and_nobody_is_asked_twice(front: Front) -> None:
    await sent(front, reference="1009")
    answers = await asyncio.gather(*(front.visitor.post("/send", **FORM, reference="1009") for _ in range(5)))
    assert {status for status, _ in answers} == {409}
    assert "nobody is asked twice" in answers[0][1]
    await front.house.settles()
    assert open_links(front.house) == 1
    assert len(front.house.messages("paylink")) == 1


async def test_of_ten_clicks_with_one_reference_one_counts(front: Front) -> None:
    answers = await asyncio.gather(*(front.visitor.post("/send", **FORM, reference="1010") for _ in range(10)))
    assert sorted(status for status, _ in answers) == [303] + [409] * 9
    await front.house.until(lambda s: bool(told(s)), "1010")
    assert open_links(front.house) == 1


async def test_of_ten_clicks_without_a_reference_one_counts(front: Front) -> None:
    key = await key_of_a_form(front)
    answers = await asyncio.gather(*(front.visitor.post("/send", **FORM, key=key) for _ in range(10)))
    assert {status for status, _ in answers} == {303}
    assert len({target for _, target in answers}) == 1
    await front.house.until(lambda s: bool(told(s)), answers[0][1].rpartition("/")[2])
    await front.house.settles()
    assert len(front.house.messages("paylink")) == 1


async def test_other_words_in_the_same_form_are_another_request(front: Front) -> None:
    """Somebody went back in the browser and wrote to the next buyer."""
    key = await key_of_a_form(front)
    first = await sent(front, key=key)
    second = await sent(front, key=key, phone="0151 23456780")
    assert first.order.id != second.order.id
    assert len(front.house.messages("paylink")) == 2


async def key_of_a_form(front: Front) -> str:
    _, form = await front.visitor.get("/send")
    found = re.search(r'name="key" value="([\w-]+)"', form)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("phone", "123", "does not exist"),
        ("phone", "", "phone"),
        ("amount", "0", "amount"),
        ("amount", "12,345,6", "amount"),
        ("amount", "-5", "amount"),
        ("amount", "NaN", "amount"),
        ("currency", "XXQ", "currency"),
        ("reference", "<script>", "reference cannot be used"),
        ("reference", "x" * 51, "reference cannot be used"),
        ("until", "2020-01-01", "lies in the past"),
        ("until", "soon", "cannot be read"),
    ],
)
async def test_a_wrong_field_is_told_and_nothing_is_stored(front: Front, field: str, value: str, words: str) -> None:
    status, text = await front.visitor.post("/send", **{**FORM, field: value})
    assert status == 422
    assert words in text.casefold()
    assert not await front.house.store.orders()


async def test_a_card_number_in_the_text_is_masked_before_it_is_stored(front: Front) -> None:
    state = await sent(front, reference="1", description="Karte 4970 1000 0000 0055 bitte")
    assert state.request is not None
    assert "4970" not in state.request.terms.description
    assert b"4970 1000 0000 0055" not in (front.house.folder / "paylink.db").read_bytes()


async def test_a_cancelled_request_cannot_be_paid_and_stays_cancelled(front: Front) -> None:
    state = await sent(front, reference="1")
    path = f"/requests/{state.order.id}"
    assert (await front.visitor.post(f"{path}/cancel", reason="Irrtum"))[0] == 303
    closed = await front.house.until(
        lambda s: s.request is not None and s.request.state is RequestState.CANCELLED and not s.open_link, "1"
    )
    assert closed.links[0].state is LinkState.CLOSED
    await front.house.settles()
    assert open_links(front.house) == 0
    status, text = await front.visitor.post(f"{path}/cancel")
    assert status == 409
    assert "Only an open request" in text


async def test_an_order_of_a_shop_that_a_person_cancelled_stays_so_until_it_asks_for_something_else(
    front: Front,
) -> None:
    house = front.house
    order_ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda s: bool(told(s)), order_ref)
    assert (await front.visitor.post(f"/requests/{state.order.id}/cancel"))[0] == 303
    await house.until(lambda s: s.request is not None and s.request.state is RequestState.CANCELLED, order_ref)
    house.shop.edit_order(order_ref, customer_note="Bitte klingeln")
    await house.settles(1.5)
    same = await house.order(order_ref)
    assert same is not None
    assert same.request is not None
    assert same.request.state is RequestState.CANCELLED
    assert "cancelled by anna@shop.example" in str(await house.store.timeline(state.order.id))
    house.shop.edit_order(order_ref, total="25.00")
    again = await house.until(lambda s: s.request is not None and s.request.state is RequestState.OPEN, order_ref)
    assert again.request is not None
    assert str(again.request.terms.amount) == "25.00 EUR"


async def test_sent_again_once_a_minute_with_the_same_link(front: Front) -> None:
    state = await sent(front, reference="1")
    status, text = await front.visitor.post(f"/requests/{state.order.id}/notify")
    assert status == 409
    assert "within the last minute" in text


async def test_a_channel_that_the_shop_has_not_is_refused(front: Front) -> None:
    state = await sent(front, reference="1")
    status, text = await front.visitor.post(f"/requests/{state.order.id}/notify", channel="pigeon")
    assert status == 422
    assert "no channel pigeon" in text


async def test_a_refund_is_made_once_however_often_it_is_clicked(front: Front) -> None:
    state = await sent(front, reference="1")
    await front.house.pay(state.links[0].url)
    await front.house.until(lambda s: bool(s.payments), "1")
    (transaction,) = front.house.lyra.ledger.transactions
    capture = {"uuid": transaction.uuid}
    async with front.house.http.post(f"{front.house.lyra_url}/_sandbox/capture", json=capture) as answer:
        assert answer.status == 200
    path = f"/requests/{state.order.id}/refund"
    clicks = [front.visitor.post(path, key="form-1", amount="10,00", comment="Bruch") for _ in range(5)]
    assert {status for status, _ in await asyncio.gather(*clicks)} == {303}
    refunded = await front.house.until(lambda s: s.request is not None and s.request.refunded == 1000, "1")
    await front.house.settles()
    assert len([p for p in refunded.payments if p.kind == "refund"]) == 1
    asked = [event for event in await front.house.store.timeline(state.order.id) if "refund_asked" in event.type]
    assert [event.actor for event in asked] == ["anna@shop.example"]
    status, text = await front.visitor.post(path, key="form-2", amount="1000")
    assert status == 422
    assert "Left to refund" in text
