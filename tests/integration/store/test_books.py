"""Outbox, cursors, look-ups and the embedded queue."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy import event as event_of

from connector_core.adapters.store_sql import SqlStore, books, leases
from connector_core.adapters.store_sql.database import driver_of, open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.domain.event import EventType
from connector_core.ports.store import Batch
from tests.integration.store.orders import event, kept, link, message


async def test_the_outbox_keeps_its_order_until_it_is_confirmed(store: SqlStore) -> None:
    order_id = await kept(store)
    events = [event(order_id, number=n) for n in range(50)]
    for start in range(0, 50, 10):
        await store.commit(Batch(events=events[start : start + 10]))
    assert await store.unpublished(20) == events[:20]
    await store.mark_published([e.id for e in events[:15]] + [events[30].id])
    assert await store.unpublished(100) == events[15:30] + events[31:]
    await store.mark_published([e.id for e in events])
    assert await store.unpublished(100) == []
    assert (await store.counts())["outbox"] == 0
    assert await store.timeline(order_id) == events


async def test_more_confirmations_than_a_statement_takes(store: SqlStore) -> None:
    events = [event(type_=EventType.ORDER_RECEIVED) for _ in range(1200)]
    await store.commit(Batch(events=events))
    await store.mark_published([e.id for e in events])
    assert await store.unpublished(1) == []


async def test_marking_nothing_is_fine(store: SqlStore) -> None:
    await store.mark_published([])
    await store.queue_ack([])
    assert await store.commit(Batch())


@pytest.mark.parametrize("value", [None, 7, "2026-01-02T03:04:05", {"page": 3, "ids": ["a", "ü💶"]}, [1, None]])
async def test_a_cursor_comes_back(store: SqlStore, value: object) -> None:
    assert await store.cursor("poll:woo") is None
    await store.save_cursor("poll:woo", "before")
    await store.save_cursor("poll:woo", value)
    assert await store.cursor("poll:woo") == value
    assert await store.cursor("poll:odoo") is None


async def test_a_look_up_that_cannot_be_answered_at_once_is_answered_all_the_same(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'paylink.db'}")
    await store.open()
    await store.save_cursor("poll", 1)
    assert store._look_ups is not None
    driver_of(store._look_ups).close()
    assert await store.cursor("poll") == 1
    await store.close()


async def test_a_store_that_takes_writes_says_so(store: SqlStore) -> None:
    await store.check()
    await asyncio.gather(*(store.check() for _ in range(20)))


async def test_a_task_of_the_only_daemon_is_held(store: SqlStore) -> None:
    assert await store.hold("outbox", timedelta(seconds=5))


async def test_a_link_is_found_by_the_psps_ids(store: SqlStore) -> None:
    state = await store.take_order(await kept(store))
    first = link(state.order.id, "order-1", "psp-1")
    second = link(state.order.id, "order-2")
    await store.commit(Batch(values=[first, second], lease=state))
    assert await store.link_by_psp_order("order-1") == first
    assert await store.link_by_psp_order("order-2") == second
    assert await store.link_by_psp_order("order-2", "psp-1") == second, "our own id goes first"
    assert await store.link_by_psp_order("", "psp-1") == first
    assert await store.link_by_psp_order("") is None
    assert await store.link_by_psp_order("unknown") is None
    assert await store.link_by_psp_order("", "unknown") is None


async def test_a_message_is_found_by_its_ids(store: SqlStore) -> None:
    state = await store.take_order(await kept(store))
    sent, waiting = message(state.order.id, "wamid.1"), message(state.order.id)
    await store.commit(Batch(values=[sent, waiting], lease=state))
    assert await store.order_of_message("wamid.1", "") == state.order.id
    assert await store.order_of_message("", waiting.id) == state.order.id
    assert await store.order_of_message("wamid.2", sent.id) == state.order.id
    assert await store.order_of_message("", "") is None
    assert await store.order_of_message("wamid.2", "unknown") is None
    await store.commit(Batch(values=[replace(waiting, provider_id="wamid.2")], lease=state, release=True))
    assert await store.order_of_message("wamid.2", "") == state.order.id


async def test_the_queue_keeps_messages_in_order_until_they_are_acknowledged(store: SqlStore) -> None:
    bodies = [(f"m{n}", bytes([n, 0, 255])) for n in range(10)]
    positions = [await store.queue_put(name, body) for name, body in bodies]
    assert positions == sorted(set(positions))
    assert await store.queue_put("m3", b"again") == positions[3]
    rows = [(position, *body) for position, body in zip(positions, bodies, strict=True)]
    assert list(await store.queue_after(0, 100)) == rows
    assert list(await store.queue_after(positions[3], 2)) == rows[4:6]
    await store.queue_ack([positions[0], positions[5]])
    assert list(await store.queue_after(0, 100)) == rows[1:5] + rows[6:]
    await store.queue_ack(positions)
    assert list(await store.queue_after(0, 100)) == []
    assert await store.queue_put("new", b"") > positions[-1], "a position is never used again"


async def test_messages_put_at_once_have_places_of_their_own(store: SqlStore) -> None:
    positions = await asyncio.gather(*(store.queue_put(f"m{n}", b"x") for n in range(100)))
    assert len(set(positions)) == 100


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda c: books.unpublished(c, 5), "ix_events_outbox"),
        (lambda c: leases.anything_due(c, 5), "ix_steps_due"),
        (lambda c: leases.due_orders(c, 5, 5, ["a", "b"]), "ix_steps_due"),
        (lambda c: books.next_due(c, 5, []), "ix_steps_due"),
    ],
)
def test_what_is_asked_all_the_time_reads_an_index(
    tmp_path: Path, ask: Callable[[Connection], object], index: str
) -> None:
    """SQLite uses a partial index only for the very words of its condition."""
    engine = open_engine(f"sqlite:///{tmp_path}/paylink.db")
    migrate(engine)
    asked: list[tuple[str, Any]] = []
    event_of.listen(engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    with engine.connect() as connection:
        ask(connection)
        query, parameters = asked[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters).all()
    engine.dispose()
    assert index in str(plan)
    assert "TEMP B-TREE FOR ORDER BY" not in str(plan)
