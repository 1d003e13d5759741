"""Buyers are erased by themselves so many days after their request was closed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from connector_core.adapters.store_sql import SqlPrivacy, SqlStore
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.ids import ShopId
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind
from connector_core.flow.retention import ACTOR, Retention
from connector_core.ports.store import Batch
from tests.flow.house import House
from tests.integration.store.orders import NOW, SHOP, SOURCE, ref, request
from tests.privacy.buying import bought, erased
from tests.privacy.traces import in_rows

DAY = timedelta(days=1)


class Later(SystemClock):
    """A clock that was moved; nobody waits by it."""

    def __init__(self, by: timedelta = timedelta()) -> None:
        self.by = by

    def now(self) -> datetime:
        return super().now() + self.by

    async def sleep(self, seconds: float) -> None: ...


async def closed(store: SqlStore) -> OrderState:
    state = await store.take(SOURCE, ref(), SHOP)
    asked = replace(request(state.order.id), state=RequestState.PAID, closed_at=NOW)
    await store.commit(Batch(values=[state.order, asked], lease=state, release=True))
    return state


async def asked(store: SqlStore, state: OrderState) -> list[StepKind]:
    found = await store.order(state.order.id)
    assert found is not None
    return [step.kind for step in found.steps]


async def test_what_is_due_is_asked_for_once_and_looked_for_once_a_day(store: SqlStore) -> None:
    states = [await closed(store) for _ in range(120)]
    clock = Later(89 * DAY)
    retention = Retention(store, SqlPrivacy(store), {SHOP: 90}, clock)
    assert await retention.look() == 0
    clock.by = 89 * DAY + timedelta(hours=23)
    assert await retention.count() == 0
    clock.by = 90 * DAY + timedelta(minutes=5)
    assert await retention.count() == 120
    assert await retention.look() == 120
    assert {tuple(await asked(store, state)) for state in states} == {(StepKind.ERASE,)}
    clock.by = 92 * DAY
    assert await retention.look() == 0


async def test_a_shop_with_0_days_keeps_its_buyers(store: SqlStore) -> None:
    state = await closed(store)
    assert await Retention(store, SqlPrivacy(store), {SHOP: 0}, Later(9999 * DAY)).look() == 0
    assert await asked(store, state) == []


async def test_one_daemon_at_a_time_does_it(postgres_url: str) -> None:
    mine, yours = SqlStore(postgres_url, owner="mine"), SqlStore(postgres_url, owner="yours")
    await mine.open()
    await yours.open()
    await closed(mine)
    assert await yours.hold("retention", timedelta(minutes=5))
    assert await Retention(mine, SqlPrivacy(mine), {SHOP: 90}, Later(91 * DAY)).look() == 0
    assert await Retention(yours, SqlPrivacy(yours), {SHOP: 90}, Later(91 * DAY)).look() == 1
    await mine.close()
    await yours.close()


@pytest.mark.fault(72)
async def test_it_is_done_and_leaves_an_open_request_alone(house: House, engine: Engine) -> None:
    state = await bought(house)
    still = house.shop.place_order(total="10.00")
    await house.until(lambda order: bool(order.links), still)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE buyers SET kept_since = kept_since - CAST(91 AS bigint) * 86400000000"))
    store = house.daemon._store
    await store.save_cursor("retention", None)
    retention = Retention(store, SqlPrivacy(store), {ShopId("main"): 90}, Later())
    assert await retention.look() == 1
    await erased(house, state)
    assert in_rows(engine) == []
    assert (await house.store.timeline(state.order.id))[-1].actor == ACTOR
    other = await house.order(still)
    assert other is not None
    assert other.request is not None
    assert other.request.state is RequestState.OPEN
