"""The mapping page: a connection's newest orders as its mapping reads them, and nothing of another's."""

from tests.flow.house import told
from tests.office.conftest import Front


async def test_fields_of_a_real_order_are_shown_and_nothing_is_kept(front: Front) -> None:
    _, text = await front.visitor.get("/mappings/shop")
    assert "No orders yet" in text
    refs = [front.house.shop.place_order(total=total) for total in ("20.00", "12.50")]
    states = [await front.house.until(lambda s: bool(told(s)), ref) for ref in refs]
    while states[0].order.id not in (await front.visitor.get("/mappings/shop"))[1]:
        await front.house.settles(0.05)
    status, text = await front.visitor.get(f"/mappings/shop?order={states[0].order.id}")
    assert status == 200
    assert "woocommerce.order@1" in text
    for words in ("amount", "total", "20.00", "money", "order.number"):
        assert words in text
    assert "+49151" not in text  # numbers are masked
    assert len(front.house.messages()) == 2


async def test_a_system_that_does_not_answer_is_said_in_words(front: Front) -> None:
    ref = front.house.shop.place_order(total="20.00")
    state = await front.house.until(lambda s: bool(told(s)), ref)
    front.house.shop.stop()
    for _ in range(50):  # a connection that is kept open may still be answered
        status, text = await front.visitor.get(f"/mappings/shop?order={state.order.id}")
        if 'class="notice bad"' in text:
            break
        await front.house.settles(0.1)
    assert (status, 'class="notice bad"' in text) == (200, True)


async def test_only_orders_of_the_connection_are_read(front: Front) -> None:
    assert (await front.visitor.get("/mappings/nobody"))[0] == 404
    assert (await front.visitor.get("/mappings/shop?order=x"))[0] == 404
