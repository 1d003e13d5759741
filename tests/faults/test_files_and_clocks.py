"""The file system and the clock misbehave: work is refused, never lost, and goes on by itself."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from connector_core.adapters.store_sql.database import open_engine
from connector_core.domain.payment import WriteBackState
from connector_core.domain.state import OrderState
from tests.faults.wired_world import WiredWorld, until, wired_world
from tests.flow.house import House, open_house, told

LIBFAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
LOCKED_SECONDS = 6.5
"""Longer than a writer waits for a lock."""
JUMP_SECONDS = 3.0


@pytest.mark.fault(20)
def test_every_commit_is_on_the_disk_before_it_counts(tmp_path: Path) -> None:
    """SQLite in WAL mode loses the last commits in a power cut with anything less than FULL (2)."""
    engine = open_engine(f"sqlite:///{tmp_path}/paylink.db")
    for connection in [engine.connect() for _ in range(5)]:
        with connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


@pytest.mark.fault(18)
async def test_a_locked_database_refuses_the_notification_and_it_comes_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        ref = house.shop.place_order(total="20.00")
        state = await house.until(lambda state: bool(told(state)), ref)
        with closing(sqlite3.connect(house.folder / "paylink.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert await house.pay(state.links[0].url) == 303
            await until(lambda: 503 in notified(house), 30)
            unpaid = await house.order(ref)
            assert unpaid is not None, "reading goes on"
            assert unpaid.payments == ()
            other.execute("COMMIT")
        paid = await house.until(booked, ref)
        await until(lambda: len(notified(house)) > 1, 30)  # what was refused is sent again
        assert [payment.amount.minor for payment in paid.payments] == [2000]
        assert len(house.shop.paid_orders()[ref]) == 1


def notified(house: House) -> list[int]:
    """How our door answered the PSP's notifications, in their order."""
    return [delivery.http_status for delivery in house.lyra.ledger.deliveries]


def booked(state: OrderState) -> bool:
    return bool(state.write_backs) and all(due.state is WriteBackState.DONE for due in state.write_backs)


@pytest.mark.fault(18)
async def test_a_locked_table_of_postgresql_is_waited_for(tmp_path: Path, postgres_url: str) -> None:
    async with wired_world(tmp_path, database=postgres_url) as world:
        await world.place(3)
        async with await psycopg.AsyncConnection.connect(postgres_url) as other:
            await other.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            await world.place(3)
            await asyncio.sleep(LOCKED_SECONDS)
            assert (await world.readyz())[0] in (200, 503)
            await other.rollback()
        await world.agree()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """8 MB that are really full when they are."""
    folder, mount = tmp_path / "disk", shutil.which("mount")
    folder.mkdir()
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    command = [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("may not mount here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.fault(19)
async def test_a_full_disk_refuses_new_work_and_takes_it_when_there_is_room(tmp_path: Path, small_disk: Path) -> None:
    """Orders and payments that come meanwhile are not acknowledged, so that their senders keep them."""
    database = f"sqlite:///{small_disk}/paylink.db"
    async with wired_world(tmp_path, database=database) as world:
        world.paying = False
        await world.place(3)
        await until(lambda: len(world.phone.ledger.messages) == 3)
        fill(small_disk)
        await until(lambda: unready(world))
        world.paying = True
        await world.place(3)
        await until(lambda: any(delivery.http_status == 503 for delivery in world.lyra.ledger.deliveries))
        await asyncio.sleep(1)
        assert all(delivery.http_status != 200 for delivery in world.lyra.ledger.deliveries)
        assert len(await world.states()) == 3, "reading goes on, and nothing new was stored"
        (small_disk / "ballast").unlink()
        await world.agree()
        assert not await unready(world)


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            try:
                ballast.write(bytes(4096))
            except OSError:
                return


async def unready(world: WiredWorld) -> bool:
    return (await world.readyz())[0] == 503


@pytest.mark.fault(22)
async def test_the_clock_jumps_an_hour_ahead_and_an_hour_back(tmp_path: Path) -> None:
    """Orders walk before, during and after each jump: no link ends early, and no delay becomes an hour."""
    if LIBFAKETIME is None:
        missing = "needs libfaketime (Debian: faketime)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    clock = tmp_path / "clock"
    set_clock(clock, "+0")
    environment = {
        "LD_PRELOAD": str(LIBFAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    async with wired_world(tmp_path, environment=environment) as world:
        for offset in ("+3600", "-3600"):
            await world.place(3)
            set_clock(clock, offset)
            await world.place(3)
            await asyncio.sleep(JUMP_SECONDS)
            set_clock(clock, "+0")
            await world.place(3)
        await world.agree()


def set_clock(file: Path, offset: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(f"{offset}\n")
    new.replace(file)
