"""The buyer's newest word counts, however often and in whatever order it is delivered."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.message import InboundMessage
from connector_core.domain.phone import E164
from connector_core.flow.opt_out import OptOuts

PHONE, OTHER = E164("+4915123456789"), E164("+4915123456780")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = SqlStore(f"sqlite:///{tmp_path / 'paylink.db'}")
    await opened.open()
    yield opened
    await opened.close()


def said(keyword: str, minute: int) -> InboundMessage:
    return InboundMessage(f"wamid-{keyword}-{minute}", PHONE, NOON + timedelta(minutes=minute), keyword)


async def test_stop_and_start(store: SqlStore) -> None:
    outs = OptOuts(store)
    assert not await outs.opted_out(PHONE)
    await outs.heard([said("stop", 1)])
    assert (await outs.opted_out(PHONE), await outs.opted_out(OTHER)) == (True, False)
    await outs.heard([said("help", 2), said("", 3)])
    assert await outs.opted_out(PHONE)
    await outs.heard([said("start", 4)])
    assert not await outs.opted_out(PHONE)


@pytest.mark.fault(38, 52)
async def test_an_old_word_that_is_delivered_once_more_undoes_nothing(store: SqlStore) -> None:
    words = [said("start", 1), said("stop", 2), said("start", 3), said("stop", 4)]
    for order in permutations(words):
        outs = OptOuts(store)
        await outs.heard(order)
        assert await outs.opted_out(PHONE)
    await OptOuts(store).heard([said("start", 4)])
    assert await OptOuts(store).opted_out(PHONE)


@pytest.mark.fault(52)
async def test_what_an_earlier_version_has_stored_counts_until_the_next_word(store: SqlStore) -> None:
    outs = OptOuts(store)
    await outs.heard([said("stop", 1)])
    name = next(iter(await store_names(store)))
    await store.save_cursor(name, True)
    assert await outs.opted_out(PHONE)
    await outs.heard([said("start", 2)])
    assert not await outs.opted_out(PHONE)


async def store_names(store: SqlStore) -> list[str]:
    """Under which names something is kept: no telephone number among them."""
    rows = await store.read(lambda c: c.exec_driver_sql("SELECT name FROM cursors").scalars().all())
    assert all(PHONE[1:] not in name for name in rows)
    return [str(name) for name in rows if str(name).startswith("opt-out:")]
