"""Requests made by hand, and what was answered under idempotency keys."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector_core.adapters.store_sql import SqlDrafts, SqlStore
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.flow.intake import order_event
from connector_core.ports.drafts import Draft, Remembered

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CONNECTION = ConnectionId("by-hand.main")
DRAFT = Draft(CONNECTION, OrderRef("1009"), ShopId("main"), {"amount": "14.70", "name": "Müller"}, 1, "anna", NOW)


@pytest.fixture
def drafts(store: SqlStore) -> SqlDrafts:
    return SqlDrafts(store)


def event(draft: Draft) -> OrderEvent:
    name = f"{draft.order_ref}:{draft.version}"
    return OrderEvent(name, CONNECTION, CONNECTION, draft.order_ref, OrderChange.RECEIVED, NOW, None, "doc")


async def test_a_draft_and_its_event_are_stored_together(store: SqlStore, drafts: SqlDrafts) -> None:
    assert await drafts.put_draft(DRAFT, event(DRAFT))
    assert await drafts.draft(CONNECTION, OrderRef("1009")) == DRAFT
    assert [order_event(row) for row in await store.unpublished(10)] == [event(DRAFT)]


async def test_of_many_who_make_or_change_it_at_once_one_does(store: SqlStore, drafts: SqlDrafts) -> None:
    made = await asyncio.gather(*(drafts.put_draft(DRAFT, event(DRAFT)) for _ in range(5)))
    second = replace(DRAFT, version=2, record={"amount": "1"})
    changed = await asyncio.gather(*(drafts.put_draft(second, event(second)) for _ in range(5)))
    assert (sum(made), sum(changed)) == (1, 1)
    assert len(await store.unpublished(10)) == 2
    assert await drafts.draft(CONNECTION, OrderRef("1009")) == second


async def test_a_version_that_is_not_the_next_changes_nothing(store: SqlStore, drafts: SqlDrafts) -> None:
    assert not await drafts.put_draft(replace(DRAFT, version=2), event(DRAFT))
    assert await drafts.draft(CONNECTION, OrderRef("1009")) is None
    assert await store.unpublished(10) == []


async def test_the_same_reference_of_two_shops_is_two_requests(drafts: SqlDrafts) -> None:
    other = replace(DRAFT, connection=ConnectionId("by-hand.other"), shop=ShopId("other"))
    assert await drafts.put_draft(DRAFT, event(DRAFT))
    assert await drafts.put_draft(other, event(other))


async def test_a_key_is_taken_by_one_and_answers_all_others(drafts: SqlDrafts) -> None:
    known = await asyncio.gather(*(drafts.remember("k", "print", NOW) for _ in range(20)))
    assert known.count(None) == 1
    assert known.count(Remembered("print", 0, b"", NOW)) == 19
    await drafts.answered("k", 201, b'{"id": 1}')
    assert await drafts.remember("k", "other", NOW) == Remembered("print", 201, b'{"id": 1}', NOW)


async def test_a_key_is_free_again_when_nothing_came_of_it_or_a_day_has_passed(drafts: SqlDrafts) -> None:
    await drafts.remember("k", "print", NOW)
    await drafts.forget("k")
    assert await drafts.remember("k", "print", NOW) is None
    assert await drafts.remember("k", "print", NOW + timedelta(hours=24)) is not None
    assert await drafts.remember("k", "print", NOW + timedelta(hours=24) + timedelta.resolution) is None


async def test_a_key_whose_call_broke_off_goes_to_one_of_those_who_ask_for_it(drafts: SqlDrafts) -> None:
    later = NOW + timedelta(minutes=1)
    await drafts.remember("k", "print", NOW)
    assert sum(await asyncio.gather(*(drafts.take_over("k", NOW, later) for _ in range(10)))) == 1
    assert await drafts.remember("k", "print", later) == Remembered("print", 0, b"", later)
    await drafts.answered("k", 201, b"{}")
    assert not await drafts.take_over("k", later, later + timedelta(minutes=1))
