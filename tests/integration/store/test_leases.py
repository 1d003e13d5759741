"""An order is in one run's hands at a time, and never in nobody's for ever."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.ids import OrderId
from connector_core.domain.order import Order
from connector_core.domain.state import OrderState
from connector_core.ports.store import Batch, LeaseLost, OrderBusy
from tests.integration.store.orders import NOW, SHOP, SOURCE, give_back, kept, parked, ref, step, with_steps

HOUR = timedelta(hours=1)


async def test_a_new_order_is_busy_until_it_is_given_back(store: SqlStore) -> None:
    mine = ref()
    state = await store.take(SOURCE, mine, SHOP)
    assert isinstance(state.order, Order)
    with pytest.raises(OrderBusy) as before:
        await store.take(SOURCE, mine, SHOP)
    await store.commit(Batch(values=[state.order], lease=state))
    with pytest.raises(OrderBusy) as after:
        await store.take(SOURCE, mine, SHOP)
    assert before.value.order_id == after.value.order_id == state.order.id
    await give_back(store, state)
    assert (await store.take(SOURCE, mine, SHOP)).order == state.order


async def test_the_same_reference_of_another_connection_is_another_order(store: SqlStore) -> None:
    mine = ref()
    first = await store.take(SOURCE, mine, SHOP)
    second = await store.take(type(SOURCE)("odoo"), mine, SHOP)
    await asyncio.gather(*(store.commit(Batch(values=[s.order], lease=s)) for s in (first, second)))
    assert first.order.id != second.order.id


async def test_of_many_takers_of_one_new_order_one_gets_it(store: SqlStore) -> None:
    mine = ref()
    got = await asyncio.gather(*(store.take(SOURCE, mine, SHOP) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, OrderBusy) for one in got) == 19


async def test_an_unknown_order_is_a_key_error_and_stays_free(store: SqlStore) -> None:
    for _ in range(2):
        with pytest.raises(KeyError):
            await store.take_order(OrderId("nobody"))


async def test_without_a_lease_nothing_is_stored(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    await store.commit(Batch(values=[state.order], lease=state, release=True))
    with pytest.raises(LeaseLost):
        await store.commit(Batch(steps=[step(state.order.id)], lease=state))
    assert (await store.take_order(state.order.id)).steps == ()


# -- what is due ------------------------------------------------------------------------------------------------------


async def test_longest_due_first_and_no_more_than_asked(store: SqlStore) -> None:
    delays = [timedelta(seconds=-n) for n in (5, 50, 20, 40, 10, 30)]
    ids = {delay: await with_steps(store, delay, HOUR) for delay in delays}
    expected = [ids[delay] for delay in sorted(delays)]
    found = [[state.order.id for state in await store.take_due(4)] for _ in range(3)]
    assert found == [expected[:4], expected[4:], []]


async def test_what_is_parked_later_or_in_hand_is_left_alone(store: SqlStore) -> None:
    await with_steps(store, HOUR)
    await kept(store)
    halted = await kept(store)
    await store.commit(Batch(steps=[parked(halted)]))
    busy = await store.take_order(await with_steps(store, -HOUR))
    assert await store.take_due(10) == []
    free = await with_steps(store, timedelta())
    assert [state.order.id for state in await store.take_due(10)] == [free]
    await give_back(store, busy)
    assert [state.order.id for state in await store.take_due(10)] == [busy.order.id]


async def test_orders_in_hand_with_many_due_steps_do_not_hide_others(store: SqlStore) -> None:
    for _ in range(5):
        await store.take_order(await with_steps(store, *([-HOUR] * 20)))
    free = await with_steps(store, timedelta())
    assert [state.order.id for state in await store.take_due(1)] == [free]


async def test_a_step_is_due_at_its_microsecond(store: SqlStore) -> None:
    order_id = await kept(store)
    soon = step(order_id, due=HOUR)
    await store.commit(Batch(steps=[soon, parked(order_id)]))
    assert await store.next_due() == soon.due_at == NOW + HOUR


async def test_the_next_due_is_that_of_an_order_in_nobodys_hands(store: SqlStore) -> None:
    assert await store.next_due() is None
    first, second = await with_steps(store, HOUR), await with_steps(store, 2 * HOUR)
    state = await store.take_order(first)
    assert await store.next_due() == NOW + 2 * HOUR
    await store.take_order(second)
    assert await store.next_due() is None
    await give_back(store, state)
    assert await store.next_due() == NOW + HOUR


# -- runs that are cancelled ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turns", range(5))
async def test_a_cancelled_taker_has_nothing_in_hand(store: SqlStore, turns: int) -> None:
    order_id = await with_steps(store, timedelta())
    taker = asyncio.create_task(store.take_order(order_id))
    await _cancelled(taker, turns)
    state = taker.result() if not taker.cancelled() else await _taken(store, order_id)
    assert await store.commit(Batch(lease=state, release=True))


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancelled_commit_gives_its_order_back(store: SqlStore, turns: int) -> None:
    """Not before it is stored, so that the next run sees it."""
    order_id = await kept(store)
    state = await store.take_order(order_id)
    task = step(order_id, due=HOUR)
    committer = asyncio.create_task(store.commit(Batch(steps=[task], lease=state)))
    await _cancelled(committer, turns)
    stored = turns > 0
    if not stored or not committer.cancelled():
        return  # it never began, or it was through: the run goes on as it likes
    assert (await _taken(store, order_id)).steps == (task,)


async def _cancelled(task: "asyncio.Task[Any]", turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def _taken(store: SqlStore, order_id: OrderId) -> OrderState:
    async with asyncio.timeout(5):
        while True:
            try:
                return await store.take_order(order_id)
            except OrderBusy:
                await asyncio.sleep(0.005)
