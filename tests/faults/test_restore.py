"""Back to last night's database: payments are re-learned, and nobody is asked twice (faults.md 21)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector_core.domain.payment import WriteBackState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from tests.flow.house import House, open_house, told


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def parked(state: OrderState) -> bool:
    return any(step.state is StepState.PARKED for step in state.steps)


def booked(state: OrderState) -> bool:
    return bool(state.write_backs) and all(w.state is WriteBackState.DONE for w in state.write_backs)


async def asked(house: House) -> tuple[str, str]:
    ref = house.shop.place_order(total="20.00")
    state = await house.until(lambda order: bool(told(order)), ref)
    return ref, state.links[0].url


async def back_to(house: House, copy: Path) -> str:
    """Stops the daemon, puts the copy in place and starts it again; what the command says."""
    await house.daemon.stop()
    await house.store.close()
    said = await house.command("restore", str(copy))
    await house.start_daemon()
    await house.open_store()
    return said


@pytest.mark.fault(21)
async def test_what_was_paid_after_the_backup_is_learned_again(house: House, tmp_path: Path) -> None:
    early, early_url = await asked(house)
    await house.pay(early_url)
    await house.until(booked, early)
    open_ref, open_url = await asked(house)
    assert "checked" in await house.command("backup", str(tmp_path / "copy.db"))

    await house.pay(open_url)
    await house.until(lambda order: booked(order) and len(house.messages("receipt")) == 2, open_ref)
    late, late_url = await asked(house)
    unpaid, _ = await asked(house)
    await house.pay(late_url)
    await house.until(booked, late)
    messages = len(house.messages())
    assert "parked list" in await back_to(house, tmp_path / "copy.db")

    state = await house.until(booked, open_ref)
    assert state.request is not None
    assert state.request.captured == 2000
    again = await house.until(parked, unpaid)
    await house.settles(2.5)
    assert {ref: len(found) for ref, found in house.shop.paid_orders().items()} == {early: 1, open_ref: 1, late: 1}
    assert len(house.messages()) == messages
    assert len(house.lyra.ledger.orders) == 4
    assert "may have a PayLink already" in next(s.cause for s in again.steps if s.state is StepState.PARKED)


@pytest.mark.fault(21)
async def test_a_person_who_knows_better_lets_it_be_asked(house: House, tmp_path: Path) -> None:
    """They have ended the PayLink at the PSP, of which the restored database knows nothing."""
    await asked(house)
    await house.command("backup", str(tmp_path / "copy.db"))
    lost, url = await asked(house)
    await back_to(house, tmp_path / "copy.db")
    await house.until(parked, lost)
    house.lyra.ledger.expire(next(order.id for order in house.lyra.ledger.orders if order.url == url))
    await house.command("parked", "retry", "--all")
    await house.until(lambda order: bool(told(order)), lost)
    await house.settles(1.1)  # WooCommerce dates its orders to the second
    fresh, _ = await asked(house)
    assert fresh != lost


async def test_a_running_daemon_keeps_its_database(house: House, tmp_path: Path) -> None:
    await house.command("backup", str(tmp_path / "copy.db"))
    assert "another daemon" in await house.command("restore", str(tmp_path / "copy.db"), code=1)


@pytest.mark.parametrize(
    "content", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 4000], ids=["empty", "text", "torn"]
)
async def test_what_is_no_whole_backup_changes_nothing(house: House, tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(content)
    await house.daemon.stop()
    before = (house.folder / "paylink.db").read_bytes()
    assert "no whole backup" in await house.command("restore", str(copy), code=1)
    assert (house.folder / "paylink.db").read_bytes() == before
    await house.start_daemon()
