"""A group of batches: what becomes of each lease, and of a batch whose order is another daemon's (faults.md 15)."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, select

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.bulk import Leased, Outcome, apply
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.adapters.store_sql.rows import micros
from connector_core.domain.ids import OrderId, uuid7
from connector_core.domain.order import Order
from connector_core.domain.payment import PaymentKind
from connector_core.domain.state import OrderState
from connector_core.ports.store import Batch, LeaseLost
from tests.integration.store.orders import NOW, SHOP, SOURCE, event, payment, ref, request, step


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    opened = open_engine(store_url)
    migrate(opened)
    yield opened
    opened.dispose()


def new_order() -> Order:
    return Order(OrderId(uuid7()), SOURCE, ref(), SHOP, "", NOW)


def leased(order: Order, fence: int, until: int, **batch: Any) -> Leased:
    """Daemon `a` has the order in hand."""
    return Leased(Batch(lease=OrderState(order), **batch), fence, "a", until)


def commit(engine: Engine, *group: Leased) -> list[Outcome]:
    with engine.begin() as connection:
        return apply(connection, group)


def written(engine: Engine, until: int = 100) -> Order:
    """A new order, in the hands of `a`."""
    order = new_order()
    assert commit(engine, leased(order, 0, until, values=[order])) == [True]
    return order


def lease_of(engine: Engine, order: Order) -> tuple[Any, ...]:
    """(fencing number, whose, until when)."""
    orders = schema.orders.c
    with engine.connect() as connection:
        query = select(orders.fence, orders.lease_owner, orders.lease_until).where(orders.id == order.id)
        return tuple(connection.execute(query).one())


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


# -- leases ------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(15)
def test_a_new_order_is_its_makers_from_the_first_commit_on(engine: Engine) -> None:
    assert lease_of(engine, written(engine)) == (1, "a", 100)


@pytest.mark.fault(15)
def test_an_order_at_rest_is_nobodys_and_its_number_stays(engine: Engine) -> None:
    known, fresh, other = written(engine), new_order(), written(engine)
    outcomes = commit(
        engine, leased(known, 1, 200, release=True), leased(fresh, 0, 200, values=[fresh], release=True)
    )  # fmt: skip
    assert outcomes == [True, True]
    assert lease_of(engine, known) == lease_of(engine, fresh) == (1, "", 0)
    assert lease_of(engine, other) == (1, "a", 100)


def test_a_commit_on_the_way_prolongs_the_leases_of_known_orders(engine: Engine) -> None:
    first, second, resting, other = (written(engine) for _ in range(4))
    fresh = new_order()
    commit(
        engine,
        leased(first, 1, 200),
        leased(second, 1, 300),
        leased(resting, 1, 300, release=True),
        leased(fresh, 0, 150, values=[fresh]),
    )
    until = [lease_of(engine, order)[2] for order in (first, second, resting, fresh, other)]
    assert until == [300, 300, 0, 150, 100]


def test_a_commit_alone_prolongs_no_lease_of_others(engine: Engine) -> None:
    mine, other = written(engine), written(engine)
    commit(engine, leased(mine, 1, 200))
    assert [lease_of(engine, order) for order in (mine, other)] == [(1, "a", 200), (1, "a", 100)]


@pytest.mark.parametrize("release", [True, False])
def test_leases_that_are_kept_in_memory_alone_are_not_written(engine: Engine, release: bool) -> None:
    order = written(engine, until=0)
    commit(engine, leased(order, 1, 0, release=release))
    assert lease_of(engine, order) == (1, "a", 0)


def test_a_batch_without_a_lease_touches_none(engine: Engine) -> None:
    order = written(engine)
    commit(engine, Leased(Batch(steps=[step(order.id)], release=True), None, "b", 500))
    assert lease_of(engine, order) == (1, "a", 100)


@pytest.mark.fault(12, 15)
def test_a_first_commit_that_is_repeated_leases_as_before(engine: Engine) -> None:
    """Its answer was lost."""
    order = new_order()
    batch = leased(order, 0, 100, values=[order])
    assert commit(engine, batch, batch) == [True, True]
    assert commit(engine, batch) == [True]
    assert lease_of(engine, order) == (1, "a", 100)


# -- orders of another daemon ------------------------------------------------------------------------------------------


@pytest.mark.fault(12, 15)
def test_of_a_batch_whose_order_another_daemon_made_first_nothing_is_stored(engine: Engine) -> None:
    theirs = written(engine)
    waiting = step(theirs.id)
    commit(engine, Leased(Batch(steps=[waiting]), None, "a", 0))
    mine, fine = replace(theirs, id=OrderId(uuid7())), new_order()
    everything = {
        "values": [mine, request(mine.id), payment(mine.id)],
        "steps": [step(mine.id)],
        "events": [event(mine.id)],
        "seen": ["k"],
        "done": [waiting.id],
        "release": True,
    }
    kept = leased(fine, 0, 200, values=[fine, request(fine.id)], events=[event(fine.id)])
    alone = Leased(Batch(seen=["other"]), None, "a", 0)
    first, second, third = commit(engine, leased(mine, 0, 200, **everything), kept, alone)
    assert isinstance(first, LeaseLost)
    assert (second, third) == (True, True)
    tables = (schema.orders, schema.requests, schema.payments, schema.steps, schema.events, schema.seen)
    assert [count(engine, table) for table in tables] == [2, 1, 0, 1, 1, 1]
    assert lease_of(engine, theirs) == (1, "a", 100)


@pytest.mark.fault(15, 16)
def test_of_a_batch_under_an_old_fencing_number_nothing_is_stored(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    migrate(engine)
    lost, held = written(engine), written(engine)
    waiting = step(lost.id)
    commit(engine, Leased(Batch(steps=[waiting]), None, "a", 0))
    newer = replace(lost, number="new")
    stale = leased(lost, 2, 300, values=[newer, request(lost.id)], done=[waiting.id], seen=["k"], release=True)
    fresh = leased(held, 1, 300, values=[replace(held, number="new"), request(held.id)])
    first, second = commit(engine, stale, fresh)
    assert (isinstance(first, LeaseLost), second) == (True, True)
    assert [count(engine, table) for table in (schema.requests, schema.steps, schema.seen)] == [1, 1, 0]
    assert [lease_of(engine, order) for order in (lost, held)] == [(1, "a", 100), (1, "a", 300)]
    with engine.connect() as connection:
        numbers = connection.execute(select(schema.orders.c.id, schema.orders.c.number))
        assert dict(numbers.all()) == {lost.id: "", held.id: "new"}
    engine.dispose()


# -- what belongs to orders --------------------------------------------------------------------------------------------


@pytest.mark.fault(33, 38)
def test_a_key_is_kept_with_the_microsecond_at_which_it_was_seen(engine: Engine) -> None:
    commit(engine, Leased(Batch(seen=["k"]), None, "a", 0))
    with engine.connect() as connection:
        (at,) = connection.execute(select(schema.seen.c.at)).scalars()
    assert abs(at / 1_000_000 - time.time()) < 60


@pytest.mark.fault(33, 38)
def test_what_came_before_in_the_group_is_seen_and_the_rest_is_not(engine: Engine) -> None:
    batches = [Batch(seen=keys) for keys in (["b"], ["a", "c"], ["c"], ["b"], [], ["d"])]
    outcomes = commit(engine, *(Leased(batch, None, "a", 0) for batch in batches))
    assert outcomes == [True, True, False, False, True, True]
    assert count(engine, schema.seen) == 4


def test_the_first_terms_of_a_revision_stay(engine: Engine) -> None:
    order = written(engine)
    first = request(order.id)
    newer = replace(first, terms=replace(first.terms, description="newer"))
    second = replace(newer, revision=2)
    commit(engine, leased(order, 1, 200, values=[first, second]), leased(order, 1, 200, values=[newer]))
    commit(engine, leased(order, 1, 200, values=[newer]))
    with engine.connect() as connection:
        revisions = schema.revisions.c
        rows = connection.execute(select(revisions.revision, revisions.data).order_by(revisions.revision)).all()
    assert [(number, "newer" in data) for number, data in rows] == [(1, False), (2, True)]


@pytest.mark.fault(39)
def test_only_the_same_payment_of_nobody_gives_way(engine: Engine) -> None:
    order = written(engine)
    lost = payment(None, "tx-1")
    others = [
        replace(payment(None, "tx-1"), account="lyra-2"),
        replace(payment(None, "tx-1"), kind=PaymentKind.REFUND),
        payment(None, "tx-2"),
    ]
    commit(engine, Leased(Batch(values=[lost, *others]), None, "a", 0))
    commit(engine, leased(order, 1, 200, values=[payment(order.id, "tx-1")]))
    with engine.connect() as connection:
        found = connection.execute(select(schema.payments.c.id).where(schema.payments.c.order_id.is_(None))).scalars()
        assert set(found) == {other.id for other in others}
    assert count(engine, schema.payments) == 4


def test_an_order_is_changed_and_no_other(engine: Engine) -> None:
    first, second, third = (written(engine) for _ in range(3))
    changed = [replace(first, number="1", version="v"), replace(second, number="2")]
    commit(engine, *(leased(order, 1, 200, values=[order]) for order in changed))
    with engine.connect() as connection:
        rows = connection.execute(select(schema.orders.c.id, schema.orders.c.number, schema.orders.c.version))
        assert {order_id: rest for order_id, *rest in rows} == {
            first.id: ["1", "v"], second.id: ["2", ""], third.id: ["", ""],
        }  # fmt: skip


def test_of_a_buyer_is_noted_since_when_a_closed_request_names_them_and_when_they_were_erased(engine: Engine) -> None:
    first, second, third = (written(engine) for _ in range(3))
    closed = [replace(request(order.id), closed_at=NOW) for order in (first, second)]
    commit(engine, leased(first, 1, 200, values=[closed[0]]), leased(second, 1, 200, values=[closed[1]]))
    commit(engine, leased(third, 1, 200, values=[request(third.id)]))
    commit(engine, leased(second, 1, 200, values=[replace(second, erased_at=NOW)]))
    buyers = schema.buyers.c
    with engine.connect() as connection:
        rows = connection.execute(select(buyers.order_id, buyers.shop, buyers.kept_since, buyers.erased_at)).all()
    at = micros(NOW)
    assert {tuple(row) for row in rows} == {(first.id, SHOP, at, 0), (second.id, SHOP, 0, at)}
