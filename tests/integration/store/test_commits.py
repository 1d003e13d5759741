"""`commit`: everything of a batch or nothing, many batches in one transaction, and none harmed by another."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connector_core.adapters.store_sql import SqlStore, schema
from connector_core.domain.errors import Rejected
from connector_core.domain.payment import PaymentFlag
from connector_core.domain.request import Terms
from connector_core.domain.state import OrderState, Value
from connector_core.domain.step import StepState
from connector_core.ports.store import Batch, OrderBusy
from tests.integration.store.orders import (
    NOW,
    SHOP,
    SOURCE,
    event,
    give_back,
    kept,
    link,
    message,
    parked,
    payment,
    ref,
    request,
    step,
    write_back,
)


async def test_many_orders_share_few_commits(store: SqlStore) -> None:
    before = store.commits
    ids = await asyncio.gather(*(kept(store) for _ in range(200)))
    assert store.commits - before < 40
    assert len(set(ids)) == (await store.counts())["orders"] == 200


async def test_everything_of_an_order_comes_back_as_it_was(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    order = replace(state.order, number="4711", version="2026-01-02T03:04:05")
    steps = tuple(sorted((step(order.id), parked(order.id)), key=lambda step: step.id))
    expected = OrderState(
        order, request(order.id), (link(order.id),), (message(order.id),), (payment(order.id),),
        (write_back(order.id),), steps,
    )  # fmt: skip
    values: list[Value] = [order, *expected.links, *expected.messages, *expected.payments, *expected.write_backs]
    assert expected.request
    await store.commit(Batch(values=[*values, expected.request], steps=steps, lease=state))
    assert await store.order(order.id) == expected
    await give_back(store, state)
    assert await store.take_order(order.id) == expected


async def test_the_last_version_of_a_value_is_kept(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    first = request(state.order.id)
    second = replace(first, revision=2, captured=5)
    task = step(state.order.id)
    later = replace(task, attempts=1)
    await store.commit(Batch(values=[state.order, first, second], steps=[task, later], lease=state))
    newest = replace(state.order, number="new")
    await store.commit(Batch(values=[state.order, newest], lease=state, release=True))
    found = await store.order(state.order.id)
    assert found == OrderState(newest, second, steps=(later,))


async def test_the_last_version_of_a_new_order_is_kept(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    newest = replace(state.order, number="new")
    await store.commit(Batch(values=[state.order, newest], lease=state, release=True))
    assert await store.order(state.order.id) == OrderState(newest)


async def test_done_steps_are_gone(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    first, second = step(state.order.id), step(state.order.id)
    await store.commit(Batch(values=[state.order], steps=[first, second], lease=state))
    await store.commit(Batch(done=[first.id], lease=state, release=True))
    assert (await store.take_order(state.order.id)).steps == (second,)


async def test_a_step_can_be_stored_for_an_order_in_other_hands(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    await store.commit(Batch(values=[state.order], lease=state))
    task = step(state.order.id)
    assert await store.commit(Batch(steps=[task]))
    with pytest.raises(OrderBusy) as busy:
        await store.take_order(state.order.id)
    assert busy.value.order_id == state.order.id
    await give_back(store, state)
    assert (await store.take_order(state.order.id)).steps == (task,)


@pytest.mark.fault(13, 14)
async def test_a_started_step_is_found_as_unknown(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    started = step(state.order.id, state=StepState.STARTED, attempts=1)
    await store.commit(Batch(values=[state.order], steps=[started], lease=state, release=True))
    (found,) = await store.take_due(10)
    assert found.steps == (replace(started, state=StepState.UNKNOWN),)


# -- dedupe keys -----------------------------------------------------------------------------------------------------


@pytest.mark.fault(33, 38)
async def test_a_key_is_new_once(store: SqlStore) -> None:
    assert not await store.seen("k")
    assert await store.commit(Batch(seen=["k", "other"]))
    assert not await store.commit(Batch(seen=["k"]))
    assert not await store.commit(Batch(seen=["other", "third"]))
    assert await store.commit(Batch(seen=["fourth", "k"])), "only the first key counts"
    assert [await store.seen(key) for key in ("k", "other", "third", "fourth", "fifth")] == [True] * 4 + [False]


@pytest.mark.fault(33, 38)
async def test_a_known_key_drops_new_steps_and_events_only_when_asked(store: SqlStore) -> None:
    order_id = await kept(store)
    await store.commit(Batch(seen=["k"]))
    await store.commit(
        Batch(seen=["k"], steps=[step(order_id)], events=[event(order_id)], new_steps_only_if_unseen=True)
    )
    assert (await store.counts()).get("steps.waiting", 0) == 0
    assert await store.timeline(order_id) == []
    wanted, told = step(order_id), event(order_id)
    await store.commit(Batch(seen=["k"], steps=[wanted], events=[told]))
    assert (await store.take_order(order_id)).steps == (wanted,)
    assert await store.timeline(order_id) == [told]


@pytest.mark.fault(33)
async def test_one_of_a_thousand_duplicates_has_an_effect(store: SqlStore) -> None:
    order_id = await kept(store)
    batches = [Batch(seen=["ipn"], steps=[step(order_id)], new_steps_only_if_unseen=True) for _ in range(1000)]
    results = await asyncio.gather(*(store.commit(batch) for batch in batches))
    assert sum(results) == 1
    assert len((await store.take_order(order_id)).steps) == 1


async def test_a_second_key_of_one_batch_is_known_to_the_next_of_the_same_group(store: SqlStore) -> None:
    batches = [Batch(seen=["a", "b"]), Batch(seen=["b"])]
    assert list(await asyncio.gather(*(store.commit(batch) for batch in batches))) == [True, False]


# -- batches that cannot be stored ------------------------------------------------------------------------------------


async def test_a_bad_batch_fails_alone(store: SqlStore) -> None:
    """Its neighbours in the group are stored; the error names no value."""
    await kept(store)
    taken = link(await kept(store), "order-1")
    await kept_with(store, taken)
    states = [await store.take(SOURCE, ref(), SHOP) for _ in range(20)]
    batches = [Batch(values=[s.order, request(s.order.id)], events=[event(s.order.id)], lease=s) for s in states]
    bad = states[7]
    values: list[Value] = [bad.order, request(bad.order.id), link(bad.order.id, "order-1")]
    batches[7] = replace(batches[7], values=values)
    results = await asyncio.gather(*(store.commit(batch) for batch in batches), return_exceptions=True)
    refused = results.pop(7)
    assert results == [True] * 19
    assert isinstance(refused, Rejected)
    assert refused.cure
    assert "4915112345678" not in str(refused) + refused.detail
    assert await store.order(bad.order.id) is None
    assert await store.timeline(bad.order.id) == []


async def kept_with(store: SqlStore, *values: Any) -> None:
    state = await store.take_order(values[0].order_id)
    await store.commit(Batch(values=values, lease=state, release=True))


@pytest.mark.parametrize("kind", ["link", "payment", "write_back", "request"])
async def test_what_must_be_unique_is(store: SqlStore, kind: str) -> None:
    order_id = await kept(store)
    twins: dict[str, Any] = {
        "link": lambda: link(order_id, "order-1"),
        "payment": lambda: payment(order_id, "tx-1"),
        "write_back": lambda: write_back(order_id),
        "request": lambda: request(order_id),
    }
    await kept_with(store, twins[kind]())
    with pytest.raises(Rejected, match="contradicts"):
        await kept_with(store, twins[kind]())


async def test_values_that_cannot_be_written_fail_alone(store: SqlStore) -> None:
    order_id = await kept(store)
    not_json = Batch(events=[event(order_id, odd=object())])
    results = await asyncio.gather(
        store.commit(not_json), store.commit(Batch(events=[event(order_id)])), return_exceptions=True
    )
    assert isinstance(results[0], TypeError)
    assert results[1] is True
    assert len(await store.timeline(order_id)) == 1


async def test_an_order_whose_commit_was_refused_comes_free_when_its_lease_runs_out(store_url: str) -> None:
    store = SqlStore(store_url, lease=timedelta(seconds=0.2))
    await store.open()
    order_id = await kept(store)
    await kept_with(store, link(order_id, "order-1"))
    state = await store.take_order(order_id)
    with pytest.raises(Rejected):
        await store.commit(Batch(values=[link(order_id, "order-1")], lease=state))
    with pytest.raises(OrderBusy):
        await store.take_order(order_id)
    await asyncio.sleep(0.3)
    await give_back(store, await store.take_order(order_id))
    await store.close()


async def test_a_commit_whose_answer_was_lost_can_be_repeated(store: SqlStore) -> None:
    """The connection may break after the database committed: the same batch again changes nothing."""
    order_id = await kept(store)
    batch = Batch(seen=["k"], steps=[step(order_id)], events=[event(order_id)], new_steps_only_if_unseen=True)
    assert await store.commit(batch)
    assert not await store.commit(batch)
    again = replace(batch, seen=())
    assert await store.commit(again)
    assert await store.timeline(order_id) == list(batch.events)
    assert (await store.take_order(order_id)).steps == tuple(batch.steps)


async def test_the_first_commit_of_a_new_order_can_be_repeated(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    batch = Batch(values=[state.order, request(state.order.id)], events=[event(state.order.id)], lease=state)
    assert list(await asyncio.gather(store.commit(batch), store.commit(batch))) == [True, True]
    assert await store.timeline(state.order.id) == list(batch.events)


# -- money and revisions ----------------------------------------------------------------------------------------------


@pytest.mark.fault(39)
async def test_a_payment_of_nobody_goes_over_to_its_order(store: SqlStore) -> None:
    lost = replace(payment(None, "tx-1"), flag=PaymentFlag.UNALLOCATED)
    assert await store.add_unallocated(lost, event())
    assert not await store.add_unallocated(replace(payment(None, "tx-1")), event())
    assert (await store.counts())["payments.unallocated"] == 1
    assert len(await store.unpublished(10)) == 1
    order_id = await kept(store)
    mine = payment(order_id, "tx-1")
    await kept_with(store, mine)
    assert (await store.counts())["payments.unallocated"] == 0
    assert (await store.take_order(order_id)).payments == (mine,)
    assert not await store.add_unallocated(payment(None, "tx-1"), event())


async def test_the_terms_of_every_revision_stay_in_the_books(store: SqlStore) -> None:
    order_id = await kept(store)
    first = request(order_id)
    await kept_with(store, first)
    terms: Terms = replace(first.terms, description="edited", valid_until=NOW + timedelta(days=1))
    second = replace(first, revision=2, terms=terms)
    await kept_with(store, second)
    assert (await store.take_order(order_id)).request == second
    asked = await store.read(lambda c: c.execute(select(schema.revisions.c.revision, schema.revisions.c.data)).all())
    assert [(row.revision, json.loads(row.data)["description"]) for row in asked] == [
        (1, first.terms.description), (2, "edited"),
    ]  # fmt: skip
