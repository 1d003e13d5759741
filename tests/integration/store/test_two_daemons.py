"""Several daemons on one PostgreSQL, and one alone on a SQLite file (faults.md 15 and 16)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.errors import ConfigurationError
from connector_core.domain.ids import OrderId
from connector_core.ports.store import Batch, LeaseLost, OrderBusy, StoreUnavailable
from tests.integration.store.orders import (
    SHOP,
    SOURCE,
    event,
    give_back,
    kept,
    parked,
    ref,
    request,
    step,
    with_steps,
)

SHORT = timedelta(seconds=0.3)
HOUR = timedelta(hours=1)


@asynccontextmanager
async def daemons(
    url: str, number: int = 2, lease: timedelta = timedelta(seconds=30)
) -> AsyncIterator[list[SqlStore]]:  # fmt: skip
    stores = [SqlStore(url, owner=f"daemon-{n}", lease=lease) for n in range(number)]
    await asyncio.gather(*(store.open() for store in stores))
    try:
        yield stores
    finally:
        await asyncio.gather(*(store.close() for store in stores))


@pytest.mark.fault(15)
async def test_an_order_in_another_daemons_hands_is_busy(postgres_url: str) -> None:
    async with daemons(postgres_url) as (first, second):
        state = await first.take_order(await with_steps(first, timedelta()))
        with pytest.raises(OrderBusy):
            await second.take_order(state.order.id)
        with pytest.raises(OrderBusy):
            await second.take(SOURCE, state.order.order_ref, SHOP)
        assert await second.take_due(10) == []
        await give_back(first, state)
        assert [s.order.id for s in await second.take_due(10)] == [state.order.id]


@pytest.mark.fault(16)
async def test_a_stale_daemon_stores_nothing_after_its_order_was_taken_over(postgres_url: str) -> None:
    async with daemons(postgres_url, lease=SHORT) as (first, second):
        stale = await first.take_order(await with_steps(first, timedelta()))
        await asyncio.sleep(0.4)
        state = await second.take_order(stale.order.id)
        assert state.order.fence > stale.order.fence
        news = [event(stale.order.id)]
        late = Batch(
            values=[request(stale.order.id)], events=news, steps=[step(stale.order.id)], seen=["k"], lease=stale
        )
        with pytest.raises(LeaseLost):
            await first.commit(late)
        with pytest.raises(LeaseLost):
            await first.commit(late)
        assert await first.order(stale.order.id) == state
        assert await first.timeline(stale.order.id) == []
        assert not await first.seen("k")
        assert await second.commit(Batch(done=[state.steps[0].id], lease=state, release=True))


@pytest.mark.fault(16)
async def test_a_stale_batch_harms_no_other_of_its_group(postgres_url: str) -> None:
    async with daemons(postgres_url, lease=SHORT) as (first, second):
        stale = await first.take_order(await with_steps(first, timedelta()))
        await asyncio.sleep(0.4)
        await second.take_order(stale.order.id)
        fresh = await first.take(SOURCE, ref(), SHOP)
        batches = Batch(lease=stale), Batch(values=[fresh.order], lease=fresh)
        results = await asyncio.gather(*(first.commit(batch) for batch in batches), return_exceptions=True)
        assert isinstance(results[0], LeaseLost)
        assert results[1] is True


@pytest.mark.fault(15)
async def test_of_two_that_made_the_same_new_order_one_wins(postgres_url: str) -> None:
    async with daemons(postgres_url) as stores:
        for _ in range(10):
            mine = ref()
            states = [await store.take(SOURCE, mine, SHOP) for store in stores]
            batches = [Batch(values=[s.order], events=[event(s.order.id)], lease=s) for s in states]
            results = await asyncio.gather(
                *(store.commit(batch) for store, batch in zip(stores, batches, strict=True)), return_exceptions=True
            )
            winner = results.index(True)
            assert isinstance(results[1 - winner], LeaseLost)
            loser = stores[1 - winner]
            assert await loser.timeline(states[1 - winner].order.id) == []
            with pytest.raises(OrderBusy):
                await loser.take(SOURCE, mine, SHOP)
            await give_back(stores[winner], states[winner])
            assert (await loser.take(SOURCE, mine, SHOP)).order.id == states[winner].order.id


@pytest.mark.fault(12, 15)
async def test_a_dead_daemons_orders_are_found_when_their_lease_has_run_out(postgres_url: str) -> None:
    async with daemons(postgres_url, lease=SHORT) as (first, second):
        order_id = await with_steps(first, timedelta())
        assert len(await first.take_due(10)) == 1
        assert await second.take_due(10) == []
        await asyncio.sleep(0.4)
        assert [state.order.id for state in await second.take_due(10)] == [order_id]


@pytest.mark.parametrize("by", ["keeping", "committing"])
async def test_a_lease_lives_as_long_as_it_is_prolonged(postgres_url: str, by: str) -> None:
    async with daemons(postgres_url, lease=timedelta(seconds=0.5)) as (first, second):
        (state,) = [await first.take_order(await with_steps(first, timedelta()))]
        for _ in range(4):
            await asyncio.sleep(0.2)
            await (first.keep_leases() if by == "keeping" else first.commit(Batch(lease=state)))
            assert await second.take_due(10) == []
        assert await first.commit(Batch(lease=state, release=True))


async def test_its_own_expired_leases_do_not_cost_a_daemon_its_orders(postgres_url: str) -> None:
    async with daemons(postgres_url, 1, lease=SHORT) as (only,):
        state = await only.take_order(await with_steps(only, timedelta()))
        await asyncio.sleep(0.4)
        assert await only.take_due(10) == []
        assert await only.commit(Batch(lease=state, release=True))


async def test_a_daemon_that_ends_gives_its_orders_back(postgres_url: str) -> None:
    first = SqlStore(postgres_url)
    await first.open()
    order_id = await with_steps(first, timedelta())
    await first.take_order(order_id)
    await first.close()
    async with daemons(postgres_url, 1) as (second,):
        assert [state.order.id for state in await second.take_due(10)] == [order_id]


@pytest.mark.fault(15)
async def test_daemons_share_due_work_without_overlap(postgres_url: str) -> None:
    async with daemons(postgres_url, 3) as stores:
        made = await asyncio.gather(*(with_steps(stores[0], timedelta()) for _ in range(120)))
        taken: list[OrderId] = []

        async def work(store: SqlStore) -> int:
            count = 0
            while states := await store.take_due(7):
                taken.extend(state.order.id for state in states)
                count += len(states)
                batches = [Batch(done=[s.steps[0].id], lease=s, release=True) for s in states]
                await asyncio.gather(*(store.commit(batch) for batch in batches))
            return count

        shares = await asyncio.gather(*(work(store) for store in stores))
        assert sorted(taken) == sorted(made)
        assert min(shares) > 0


async def test_daemons_never_wait_for_each_other_in_a_circle(postgres_url: str) -> None:
    """The same keys, the same new orders and the same holds in opposite order: the server saw no deadlock."""
    async with daemons(postgres_url) as (first, second):
        for turn in range(15):
            keys = [f"{turn}-{n}" for n in range(40)]
            results = await asyncio.gather(
                *(_work(first, key) for key in keys), *(_work(second, key) for key in reversed(keys))
            )
            assert sum(results) == len(keys)
    async with await psycopg.AsyncConnection.connect(postgres_url) as server:
        row = await (
            await server.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        ).fetchone()
        assert row == (0,)


async def _work(store: SqlStore, key: str) -> bool:
    state = await store.take(SOURCE, type(ref())(key), SHOP)
    batches = Batch(values=[state.order], lease=state, release=True), Batch(seen=[key, f"{key}+"])
    done = await asyncio.gather(
        *(store.commit(batch) for batch in batches), store.hold(key, HOUR), return_exceptions=True
    )
    assert not [error for error in done if isinstance(error, StoreUnavailable)]
    return done[1] is True


@pytest.mark.fault(15)
async def test_a_task_is_held_by_one_daemon(postgres_url: str) -> None:
    async with daemons(postgres_url) as (first, second):
        assert await first.hold("outbox", timedelta(seconds=0.4))
        assert await first.hold("outbox", timedelta(seconds=0.4))
        assert not await second.hold("outbox", timedelta(seconds=0.4))
        assert await second.hold("poll", timedelta(seconds=0.4))
        await asyncio.sleep(0.5)
        assert await second.hold("outbox", HOUR)
        assert not await first.hold("outbox", HOUR)


async def test_of_many_daemons_one_gets_a_new_hold(postgres_url: str) -> None:
    async with daemons(postgres_url, 4) as stores:
        assert sum(await asyncio.gather(*(store.hold("outbox", HOUR) for store in stores))) == 1


async def test_nobody_waits_long_for_a_daemon_that_stands_still(postgres_url: str) -> None:
    """One that was stopped in the middle of a transaction still has its locks (faults.md 16)."""
    async with daemons(postgres_url, 1) as (store,):
        with psycopg.connect(postgres_url) as stopped:
            stopped.execute("INSERT INTO seen VALUES ('k', 0)")
            async with asyncio.timeout(8):
                with pytest.raises(StoreUnavailable):
                    await store.commit(Batch(seen=["k"]))
            stopped.rollback()
        assert await store.commit(Batch(seen=["k"]))


# -- SQLite -----------------------------------------------------------------------------------------------------------


async def test_a_sqlite_file_belongs_to_one_daemon(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/paylink.db"
    async with daemons(url, 1):
        second = SqlStore(url)
        with pytest.raises(ConfigurationError, match="another daemon") as refused:
            await second.open()
        assert "PostgreSQL" in refused.value.cure
        await second.close()
    async with daemons(url, 1):
        pass


async def test_commands_work_beside_the_daemon(store_url: str) -> None:
    async with daemons(store_url, 1) as (daemon,):
        order_id = await kept(daemon)
        halted = parked(order_id)
        await daemon.commit(Batch(steps=[halted]))
        command = SqlStore(store_url, daemon=False)
        await command.open()
        assert [line.order_id for line in await command.orders()] == [order_id]
        assert await command.retry_parked(halted.id, halted.due_at)
        assert await command.commit(Batch(events=[event(order_id)]))
        await command.close()
        (state,) = await daemon.take_due(10)
        assert [s.id for s in state.steps] == [halted.id]


async def test_a_restarted_daemon_finds_what_the_last_one_had_in_hand(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/paylink.db"
    async with daemons(url, 1) as (first,):
        state = await first.take(SOURCE, ref(), SHOP)
        await first.commit(Batch(values=[state.order], steps=[step(state.order.id)], lease=state))
    async with daemons(url, 1) as (second,):
        assert [s.order.id for s in await second.take_due(10)] == [state.order.id]
