"""A database that goes away, is locked or full: a bounded wait, nothing stored by half, and no cure needed after."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.ports.store import Batch, StoreUnavailable
from tests.integration.store.orders import SHOP, SOURCE, event, kept, ref, request, with_steps
from tests.services.postgres import PostgresNode

NOTHING_LISTENS = "postgresql://paylink@127.0.0.1:1/paylink"


@pytest.mark.fault(18)
@pytest.mark.parametrize("how", ["kill9", "stop"])
async def test_postgresql_goes_and_comes_back(postgres_own: PostgresNode, how: str) -> None:
    store = SqlStore(postgres_own.create_database("paylink"))
    await store.open()
    state = await store.take_order(await with_steps(store, timedelta()))
    waiting = await kept(store)
    getattr(postgres_own, how)()
    batch = Batch(values=[request(state.order.id)], events=[event(state.order.id)], lease=state, release=True)
    with pytest.raises(StoreUnavailable):
        await store.commit(batch)
    with pytest.raises(StoreUnavailable):
        await store.take_order(waiting)
    with pytest.raises(StoreUnavailable):
        await store.order(waiting)
    with pytest.raises(StoreUnavailable):
        await store.check()
    postgres_own.start()
    async with asyncio.timeout(10):
        while not await _works(store, batch):
            await asyncio.sleep(0.05)
    assert await store.timeline(state.order.id) == list(batch.events)
    assert await store.take_order(waiting)
    await store.close()


@pytest.mark.fault(18)
async def test_whoever_reads_after_a_restart_of_postgresql_does_not_notice_it(postgres_own: PostgresNode) -> None:
    """The connections that lie ready are dead then."""
    store = SqlStore(postgres_own.create_database("paylink"))
    await store.open()
    known = await kept(store)
    await asyncio.gather(*(store.order(known) for _ in range(8)))
    postgres_own.kill9()
    postgres_own.start()
    assert await store.order(known) is not None
    await store.close()


async def _works(store: SqlStore, batch: Batch) -> bool:
    try:
        return await store.commit(batch)
    except StoreUnavailable:
        return False


@pytest.mark.fault(12)
async def test_what_was_acknowledged_survives_a_kill_under_load(postgres_own: PostgresNode) -> None:
    """And what was repeated because its answer was lost is there once (invariants I1 and I4)."""
    store = SqlStore(postgres_own.create_database("paylink"))
    await store.open()
    order_id = await kept(store)
    batches = [Batch(events=[event(order_id, number=n)], seen=[f"k{n}"]) for n in range(300)]
    committers = [asyncio.create_task(_until_stored(store, batch)) for batch in batches]
    await asyncio.sleep(0.02)
    for _ in range(3):
        postgres_own.kill9()
        postgres_own.start()
        await asyncio.sleep(0.05)
    async with asyncio.timeout(20):
        await asyncio.gather(*committers)
    assert sorted(e.data["number"] for e in await store.timeline(order_id)) == list(range(300))
    await store.close()


async def _until_stored(store: SqlStore, batch: Batch) -> None:
    await asyncio.sleep(batch.events[0].data["number"] / 1000)
    while True:
        try:
            await store.commit(batch)
        except StoreUnavailable:
            await asyncio.sleep(0.05)
        else:
            return


async def test_a_store_that_could_not_open_leaves_nothing_behind() -> None:
    store = SqlStore(NOTHING_LISTENS)
    with pytest.raises(StoreUnavailable):
        await store.open()
    await store.close()


@pytest.mark.fault(18)
async def test_a_locked_sqlite_file_is_waited_for_and_then_unavailable(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/paylink.db")
    await store.open()
    state = await store.take(SOURCE, ref(), SHOP)
    batch = Batch(values=[state.order], events=[event(state.order.id)], lease=state)
    other = sqlite3.connect(tmp_path / "paylink.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    started = asyncio.get_running_loop().time()
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.commit(batch)
    assert 2 < asyncio.get_running_loop().time() - started < 8
    assert await store.order(state.order.id) is None, "readers go on in the meantime, and nothing was stored"
    other.execute("COMMIT")
    other.close()
    assert await store.commit(batch)
    assert await store.timeline(state.order.id) == list(batch.events)
    await store.close()


@pytest.mark.fault(18)
async def test_a_short_lock_is_waited_out(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/paylink.db")
    await store.open()
    other = sqlite3.connect(tmp_path / "paylink.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    waiting = asyncio.create_task(store.commit(Batch(seen=["k"])))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    assert await waiting
    await store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """4 MB that are really full when they are."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    command = [mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("may not mount here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.fault(19)
async def test_a_full_disk_refuses_work_and_takes_it_again_when_there_is_room(small_disk: Path) -> None:
    store = SqlStore(f"sqlite:///{small_disk}/paylink.db")
    await store.open()
    before = event(number=0)
    await store.commit(Batch(events=[before]))
    (small_disk / "ballast").write_bytes(bytes(2_000_000))
    stored, big = [before], "x" * 100_000
    with pytest.raises(StoreUnavailable, match="full"):
        while len(stored) < 60:
            news = event(text=big)
            await store.commit(Batch(events=[news], seen=[news.id]))
            stored.append(news)
    assert await store.unpublished(100) == stored, "reading goes on"
    (small_disk / "ballast").unlink()
    more = event(text=big)
    assert await store.commit(Batch(events=[more]))
    assert await store.unpublished(100) == [*stored, more]
    await store.close()


# -- opening and closing ----------------------------------------------------------------------------------------------


async def test_what_is_on_its_way_is_stored_before_the_store_closes(store_url: str) -> None:
    store = SqlStore(store_url)
    await store.open()
    commits = [asyncio.create_task(store.commit(Batch(seen=[f"k{n}"]))) for n in range(1200)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*commits) == [True] * 1200


async def test_before_it_opens_and_after_it_closes_a_store_is_unavailable(store_url: str) -> None:
    store = SqlStore(store_url)
    await _is_unavailable(store)
    await store.open()
    await store.check()
    await store.close()
    await _is_unavailable(store)
    await store.close()


async def _is_unavailable(store: SqlStore) -> None:
    with pytest.raises(StoreUnavailable):
        await store.commit(Batch(seen=["k"]))
    with pytest.raises(StoreUnavailable):
        await store.seen("k")
