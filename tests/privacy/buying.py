"""What she does before she wants to be forgotten."""

from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.message import Purpose
from connector_core.domain.state import OrderState
from connector_core.flow.erase import ask_erase
from tests.flow.house import House, told
from tests.flow.test_payments import paid, written_back
from tests.privacy.traces import BILLING

ACTOR = "anna@shop.example"


async def asked(house: House, **fields: object) -> OrderState:
    """An order of hers of which she was told."""
    ref = house.shop.place_order(**{"billing": BILLING, "total": "33.90", **fields})
    return await house.until(lambda order: bool(told(order)), ref)


async def bought(house: House) -> OrderState:
    """Paid, booked, and the receipt delivered."""
    state = await asked(house)
    await house.pay(state.links[0].url)
    await house.until(
        lambda order: paid(order) and written_back(order) and bool(told(order, Purpose.RECEIPT)), state.order.order_ref
    )
    await house.settles()
    return await current(house, state)


async def current(house: House, state: OrderState) -> OrderState:
    found = await house.store.order(state.order.id)
    assert found is not None
    return found


async def ask(house: House, state: OrderState) -> None:
    await house.store.commit(ask_erase([await current(house, state)], SystemClock().now(), ACTOR))


async def erased(house: House, state: OrderState) -> OrderState:
    found = await house.until(lambda order: order.order.erased_at is not None, state.order.order_ref)
    await house.settles()  # until the list has followed
    return found
