"""What people are shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.ids import OrderId, OrderRef, PaymentId, ShopId, StepId
from connector_core.domain.message import Delivery, Purpose
from connector_core.domain.step import StepState
from connector_core.ports.store import Batch
from tests.integration.store.orders import (
    EUR,
    NOW,
    SHOP,
    SOURCE,
    event,
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


async def numbered(store: SqlStore, number: str, order_ref: OrderRef | None = None, age: int = 0) -> OrderId:
    state = await store.take(SOURCE, order_ref or ref(), SHOP)
    order = replace(state.order, number=number, created_at=NOW - timedelta(seconds=age))
    await store.commit(Batch(values=[order], lease=state, release=True))
    return order.id


async def test_newest_first_and_no_more_than_asked(store: SqlStore) -> None:
    ids = {age: await numbered(store, str(age), age=age) for age in (3, 1, 4, 2)}
    assert [line.order_id for line in await store.orders(limit=3)] == [ids[1], ids[2], ids[3]]


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("100%", ["100% off"]),
        ("a_b", ["a_b"]),
        ("!", ["wow!"]),
        ("WOW", ["wow!"]),
        ("ref-7", ["seven"]),
        ("woo-main", ["seven", "wow!", "axb", "a_b", "1000", "100% off"]),
        ("'; DROP TABLE orders; --", []),
    ],
)
async def test_search_takes_texts_as_they_are(store: SqlStore, search: str, numbers: list[str]) -> None:
    for age, number in enumerate(["axb", "a_b", "1000", "100% off"]):
        await numbered(store, number, age=age)
    await numbered(store, "wow!", age=-1)
    await numbered(store, "seven", OrderRef("ref-7"), age=-2)
    assert [line.number for line in await store.orders(search=search)] == numbers


async def test_an_order_is_found_by_id_number_or_reference(store: SqlStore) -> None:
    order_id = await numbered(store, "4711", OrderRef("ref-7"))
    for name in (order_id, "4711", "ref-7"):
        state = await store.order(name)
        assert state is not None
        assert state.order.id == order_id
    assert await store.order("4712") is None
    newer = await numbered(store, "4711", age=-5)
    state = await store.order("4711")
    assert state is not None
    assert state.order.id == newer


async def test_a_line_shows_the_order_at_a_glance(store: SqlStore) -> None:
    state = await store.take_order(await numbered(store, "4711"))
    order_id = state.order.id
    asked = message(order_id, delivery=Delivery.READ)
    receipt = replace(message(order_id, delivery=Delivery.SENT), purpose=Purpose.RECEIPT)
    halted = parked(order_id)
    values = request(order_id), asked, receipt, link(order_id), write_back(order_id), payment(order_id)
    await store.commit(Batch(values=values, steps=[halted, step(order_id)], lease=state, release=True))
    (line,) = await store.orders()
    shown = line.number, line.state, line.money, line.delivery, line.write_back, line.parked, line.amount
    assert shown == ("4711", "open", "open", "read", "due", halted.cause, str(EUR))


async def test_an_order_that_is_only_a_name_has_a_line(store: SqlStore) -> None:
    await kept(store)
    (line,) = await store.orders()
    assert (line.state, line.delivery, line.parked, line.amount) == ("", "", "", "")


async def test_a_timeline_is_in_the_order_of_what_happened(store: SqlStore) -> None:
    """Also where the clock went back."""
    order_id, other = await kept(store), await kept(store)
    told = [replace(event(order_id), at=NOW - timedelta(seconds=n)) for n in range(20)]
    await store.commit(Batch(events=told[:10]))
    await store.commit(Batch(events=[event(other)]))
    await store.commit(Batch(events=told[10:]))
    assert await store.timeline(order_id) == told


async def test_parked_steps_wait_for_a_person(store: SqlStore) -> None:
    order_id = await kept(store)
    old, new = replace(parked(order_id), due_at=NOW - timedelta(days=1)), parked(order_id)
    await store.commit(Batch(steps=[new, old, step(order_id)]))
    assert await store.parked() == [old, new]
    assert await store.parked(limit=1) == [old]


async def test_parked_steps_are_shown_to_those_who_may_see_their_shop(store: SqlStore) -> None:
    ours = await numbered(store, "4711")
    state = await store.take(SOURCE, ref(), ShopId("other"))
    theirs = state.order.id
    await store.commit(Batch(values=[state.order], lease=state, release=True))
    old, new, other = replace(parked(ours), due_at=NOW - timedelta(days=1)), parked(ours), parked(theirs)
    await store.commit(Batch(steps=[new, old, step(ours), other]))
    assert await store.parked_of([SHOP]) == [old, new]
    assert await store.parked_of([ShopId("other")]) == [other]
    assert await store.parked_of([SHOP, ShopId("other")], limit=1) == [old]
    assert await store.parked_of([]) == []


async def test_payments_of_nobody_newest_first(store: SqlStore) -> None:
    old, new = (replace(payment(None), id=PaymentId(name)) for name in ("1", "2"))
    for one in (old, new):
        await store.add_unallocated(one, event())
    await store.commit(Batch(values=[payment(await kept(store))]))
    assert await store.unallocated() == [new, old]
    assert await store.unallocated(limit=1) == [new]


async def test_a_parked_step_is_retried_once(store: SqlStore) -> None:
    order_id = await kept(store)
    halted, waiting = parked(order_id), step(order_id, due=timedelta(hours=1))
    await store.commit(Batch(steps=[halted, waiting]))
    assert await store.retry_parked(halted.id, NOW)
    assert not await store.retry_parked(halted.id, NOW)
    assert not await store.retry_parked(waiting.id, NOW)
    assert not await store.retry_parked(StepId("unknown"), NOW)
    (state,) = await store.take_due(10)
    again = next(s for s in state.steps if s.id == halted.id)
    assert again == replace(halted, state=StepState.WAITING, due_at=NOW, attempts=0, cause="", cure="")


async def test_figures(store: SqlStore) -> None:
    state = await store.take_order(await kept(store))
    order_id = state.order.id
    values = request(order_id), message(order_id), message(order_id, delivery=Delivery.READ)
    batch = Batch(values=values, steps=[step(order_id), parked(order_id)], events=[event(order_id)], lease=state)
    await store.commit(batch)
    await store.add_unallocated(payment(None), event())
    await store.queue_put("m", b"")
    assert await store.counts() == {
        "orders": 1,
        "requests.open": 1,
        "messages.queued": 1,
        "messages.read": 1,
        "steps.waiting": 1,
        "steps.parked": 1,
        "payments.unallocated": 1,
        "outbox": 2,
        "queue": 1,
    }
