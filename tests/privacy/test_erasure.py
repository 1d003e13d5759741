"""A buyer is erased from everything that is kept, whatever the order is at (faults.md 72)."""

import pytest
from sqlalchemy import Engine

from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.message import Purpose
from connector_core.domain.request import ERASED, LinkState, RequestState
from connector_core.flow.erase import ask_erase
from tests.flow.house import House, told
from tests.flow.test_payments import paid, written_back
from tests.privacy.traces import BILLING, in_files, in_rows


@pytest.fixture
def engine(house: House) -> Engine:
    return open_engine(str(house._settings.database))


async def erase(house: House, ref: str) -> None:
    state = await house.order(ref)
    assert state is not None
    await house.store.commit(ask_erase([state], SystemClock().now(), "anna@shop.example"))


@pytest.mark.fault(72)
async def test_nothing_of_a_buyer_who_has_paid_is_left(house: House, engine: Engine) -> None:
    ref = house.shop.place_order(billing=BILLING, total="33.90")
    url = (await house.until(lambda order: bool(told(order)), ref)).links[0].url
    await house.pay(url)
    before = await house.until(
        lambda order: paid(order) and written_back(order) and bool(told(order, Purpose.RECEIPT)), ref
    )
    await house.settles()
    assert in_rows(engine)
    await erase(house, ref)
    after = await house.until(lambda order: order.order.erased_at is not None, ref)
    await house.settles(1)
    assert in_rows(engine) == []
    assert after.request is not None
    assert before.request is not None
    assert after.request.terms.phone == ERASED
    assert after.request.terms.amount == before.request.terms.amount
    assert after.payments == before.payments
    assert after.order.number == before.order.number
