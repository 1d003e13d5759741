"""What names a buyer is found and taken out of every row, on both databases (faults.md 72)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from sqlalchemy import Engine, text

from connector_core.adapters.store_sql import SqlChoices, SqlDrafts, SqlListing, SqlPrivacy, SqlStore
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.privacy import _DUE
from connector_core.domain.cloudevent import encode_order_event
from connector_core.domain.event import EventType
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.message import Delivery
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.domain.person import PersonId
from connector_core.domain.phone import E164
from connector_core.domain.request import PaymentRequest, RequestState
from connector_core.domain.state import OrderState, Value
from connector_core.domain.step import StepKind, StepState
from connector_core.flow.erase import _erased
from connector_core.flow.intake import hint
from connector_core.ports.drafts import Draft
from connector_core.ports.privacy import Contact
from connector_core.ports.store import Batch
from tests.integration.store.orders import (
    NOW,
    SHOP,
    SOURCE,
    event,
    kept,
    message,
    payment,
    ref,
    request,
    step,
    write_back,
)
from tests.privacy.traces import BILLING, EMAIL, FIRST, LAST, PHONE, in_rows

HER_ORDER = OrderRef("4711")
DAY = timedelta(days=1)


@pytest.fixture
def engine(store_url: str, store: SqlStore) -> Iterator[Engine]:
    opened = open_engine(store_url)
    yield opened
    opened.dispose()


def hers(asked: PaymentRequest, revision: int = 1) -> PaymentRequest:
    terms = replace(asked.terms, phone=E164(PHONE), email=EMAIL, name=f"{FIRST} {LAST}", description=f"for {LAST}")
    return replace(asked, terms=terms, revision=revision)


async def told(store: SqlStore) -> OrderState:
    """An order of hers, with something of her in every kind of row."""
    state = await store.take(SOURCE, HER_ORDER, SHOP)
    order_id = state.order.id
    asked = hers(request(order_id))
    sent = replace(message(order_id, f"wamid.{PHONE[1:]}", Delivery.READ), to=E164(PHONE), error=f"no {FIRST} there")
    stopped = step(order_id, kind=StepKind.MAP_ORDER, payload={"record": BILLING}, state=StepState.PARKED)
    refused = replace(write_back(order_id), cause=f"no partner {EMAIL}")
    happened = replace(event(order_id, cure=f"call {PHONE}"), cause=f"{LAST} called", actor=EMAIL)
    keys = [f"status:{sent.provider_id}:{sent.id}:read"]
    values: list[Value] = [state.order, asked, sent, refused, payment(order_id)]
    await store.commit(Batch(values=values, events=[happened], steps=[stopped], seen=keys, lease=state))
    again = replace(hers(asked, 2), state=RequestState.PAID, closed_at=NOW)
    await store.commit(Batch(values=[again], lease=state, release=True))
    await beside(store, state)
    return state


async def beside(store: SqlStore, state: OrderState) -> None:
    """What waits for the broker or in the queue, was typed, and was answered."""
    brought = OrderEvent(
        "e", "/erp", SOURCE, HER_ORDER, OrderChange.CHANGED, NOW, {"billing": BILLING}, actor=f"{FIRST} {LAST}"
    )
    await store.commit(Batch(events=[hint(brought)]))
    await store.queue_put("m", encode_order_event(replace(brought, actor="")))
    drafts = SqlDrafts(store)
    record = {"name": f"{FIRST} {LAST}", "phone": PHONE, "email": EMAIL, "reference": HER_ORDER, "amount": "33.90"}
    draft = Draft(SOURCE, HER_ORDER, SHOP, record, 1, "anna", NOW)
    await drafts.put_draft(draft, replace(brought, id="d", record=None, actor="anna"))
    await drafts.remember("key", "print", NOW)
    answer = f'{{"id":"{state.order.id}","phone":"{PHONE}","name":"{FIRST} {LAST}","amount":"33.90"}}'
    await drafts.answered("key", 200, answer.encode())
    choices, somebody = SqlChoices(store), PersonId("anna")
    await choices.keep_filter(somebody, "hers", f"text={quote_plus(EMAIL)}&shop=main")
    await choices.keep_filter(somebody, "unpaid", "money=open")


async def followed(store: SqlStore) -> None:
    listing = SqlListing(store)
    while await listing.follow():
        pass


async def erase(store: SqlStore, state: OrderState) -> None:
    found = await store.take_order(state.order.id)
    await SqlPrivacy(store).forget(found)
    outcome = _erased(found, "anna", NOW)
    batch = Batch(outcome.values, outcome.events, outcome.steps, outcome.done, lease=found, release=True)
    await store.commit(batch)
    await followed(store)


@pytest.mark.fault(72)
async def test_she_is_in_every_kind_of_row_and_then_in_none(store: SqlStore, engine: Engine) -> None:
    state = await told(store)
    await followed(store)
    named = {found.split(":")[0] for found in in_rows(engine)}
    assert named == {
        "drafts.record", "events.actor", "events.cause", "events.data", "idempotency.body", "listing.name",
        "listing.phone", "listing.words", "listing_words.word", "messages.data", "messages.provider_id",
        "payment_requests.data", "queue.body", "revisions.data", "saved_filters.query",
        "seen.key", "steps.data", "write_backs.data",
    }  # fmt: skip
    await erase(store, state)
    assert in_rows(engine) == []
    after = await store.order(state.order.id)
    assert after is not None
    assert after.request is not None
    assert (after.request.terms.amount.minor, after.request.terms.reference) == (3390, "R-1")
    assert len(after.payments) == 1
    assert after.order.erased_at is not None
    assert list(await SqlChoices(store).filters(PersonId("anna"))) == ["unpaid"]
    await erase(store, state)
    assert in_rows(engine) == []


@pytest.mark.fault(72)
async def test_what_was_answered_keeps_everything_else(store: SqlStore, engine: Engine) -> None:
    state = await told(store)
    await erase(store, state)
    known = await SqlDrafts(store).remember("key", "print", NOW)
    assert known is not None
    assert known.body.decode() == (
        f'{{"id":"{state.order.id}","phone":"[erased]","name":"[erased]","amount":"33.90"}}'
    )  # fmt: skip


async def test_an_order_event_gives_its_record_away_to_the_broker(store: SqlStore, engine: Engine) -> None:
    brought = OrderEvent("e", "/erp", SOURCE, HER_ORDER, OrderChange.RECEIVED, NOW, dict(BILLING), actor=EMAIL)
    await store.commit(Batch(events=[hint(brought)]))
    (waiting,) = await store.unpublished(10)
    assert waiting.data["record"] == BILLING
    await store.mark_published([waiting.id])
    assert in_rows(engine) == []


async def test_she_is_found_by_number_and_address_in_the_shops_that_are_asked(store: SqlStore) -> None:
    state = await told(store)
    privacy = SqlPrivacy(store)
    for contact in (Contact(phones=(PHONE,)), Contact(email=EMAIL), Contact(phones=("+491", PHONE))):
        assert await privacy.orders_of(contact, [SHOP]) == [state.order.id]
    assert await privacy.orders_of(Contact(email=EMAIL), []) == []
    assert await privacy.orders_of(Contact(phones=("+4915155512346",)), [SHOP]) == []
    assert await privacy.orders_of(Contact(), [SHOP]) == []
    await erase(store, state)
    assert await privacy.orders_of(Contact(email=EMAIL, phones=(PHONE,)), [SHOP]) == []


async def closed(store: SqlStore, days: int, now: RequestState = RequestState.PAID) -> OrderState:
    """An order whose request was closed so many days ago."""
    state = await store.take(SOURCE, ref(), SHOP)
    asked = replace(request(state.order.id), state=now, closed_at=NOW - days * DAY)
    await store.commit(Batch(values=[state.order, asked], lease=state, release=True))
    return state


async def test_what_is_due_is_found_oldest_first_and_a_few_at_a_time(store: SqlStore) -> None:
    privacy = SqlPrivacy(store)
    states = [await closed(store, days) for days in (100, 95, 91, 80)]
    await closed(store, 99, RequestState.OPEN)  # asked again since
    first, place = await privacy.due(SHOP, NOW - 90 * DAY, (0, ""), 2)
    assert list(first) == [state.order.id for state in states[:2]]
    rest, place = await privacy.due(SHOP, NOW - 90 * DAY, place, 2)
    assert list(rest) == [states[2].order.id]
    assert (await privacy.due(SHOP, NOW - 90 * DAY, place, 2))[0] == []
    await store.commit(Batch(steps=[step(states[0].order.id, kind=StepKind.ERASE)]))
    await erase(store, states[1])
    assert (await privacy.due(SHOP, NOW - 90 * DAY, (0, ""), 9))[0] == [states[2].order.id]


async def test_what_stopped_before_it_was_asked_for_is_found_too(store: SqlStore) -> None:
    state = await store.take(SOURCE, ref(), SHOP)
    stopped = step(state.order.id, due=-100 * DAY, kind=StepKind.MAP_ORDER, state=StepState.PARKED)
    await store.commit(Batch(values=[state.order], steps=[stopped], lease=state, release=True))
    await store.commit(Batch(steps=[step(await kept(store), kind=StepKind.ERASE)]))  # of another order
    privacy = SqlPrivacy(store)
    assert await privacy.never_asked(SHOP, NOW - 90 * DAY, 9) == [state.order.id]
    assert await privacy.never_asked(SHOP, NOW - 110 * DAY, 9) == []
    await store.commit(Batch(steps=[step(state.order.id, kind=StepKind.ERASE)]))
    assert await privacy.never_asked(SHOP, NOW - 90 * DAY, 9) == []


async def test_answers_are_forgotten_after_their_day(store: SqlStore) -> None:
    drafts = SqlDrafts(store)
    await drafts.remember("old", "print", NOW - 2 * DAY)
    privacy = SqlPrivacy(store)
    await drafts.answered("old", 200, b"{}")
    assert await privacy.forget_answers(NOW - DAY) == 1
    assert await privacy.forget_answers(NOW - DAY) == 0


async def test_the_search_for_what_is_due_goes_along_its_index(store: SqlStore, engine: Engine) -> None:
    """Also where most requests are not due, and of many shops."""
    plan = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    values = {"shop": "s1", "before": 100_000_000, "at": 0, "id": "", "size": 50}
    asked = str(_DUE.params(values).compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for filled in (
            "buyers SELECT 'o' || n, 's' || (n % 3), CAST(n AS bigint) * 1000000, 0",
            "payment_requests SELECT 'r' || n, 'o' || n, 'paid', '{}'",
        ):
            numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)"
            table, _, columns = filled.partition(" ")
            connection.execute(text(f"INSERT INTO {table} {numbers} {columns} FROM c"))
        connection.execute(text("ANALYZE"))
    with engine.connect() as connection:
        steps = "\n".join(str(row) for row in connection.exec_driver_sql(f"{plan} {asked}"))
    assert "ix_buyers_kept" in steps
    assert "Seq Scan on" not in steps.replace("Seq Scan on steps", "")
    assert "SCAN" not in steps


async def test_a_request_of_before_the_update_is_due_too(store_url: str) -> None:
    """Its row is made by the migration, from what the request says of itself."""
    from tests.integration.store.test_upgrade import revisions, upgrade

    engine = open_engine(store_url)
    upgrade(engine, revisions()[revisions().index("0006") - 1])
    at = (NOW - 95 * DAY).isoformat().replace("+00:00", "Z")
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for name, when in (("a", f'"{at}"'), ("b", "null")):
            data = f'{{"shop":"shop","closed_at":{when}}}'
            row = {"id": name, "order_id": name, "data": data}
            connection.execute(
                text("INSERT INTO payment_requests (id, order_id, state, data) VALUES (:id, :order_id, 'paid', :data)"),
                row,
            )
    engine.dispose()
    store = SqlStore(store_url)
    await store.open()
    found, _ = await SqlPrivacy(store).due(SHOP, NOW - 90 * DAY, (0, ""), 9)
    await store.close()
    assert found == ["a"]


def test_the_connection_and_the_shop_are_nobodys_names() -> None:
    """Facts of an event that are ids stay, whatever a buyer is called."""
    from connector_core.domain.erasure import Buyer

    data = {"shop": "main", "connection": ConnectionId("woo-main"), "cure": "call Max Main"}
    assert Buyer(frozenset({"Max Main"}), frozenset({"Max", "Main"})).out_of(data) == {**data, "cure": "[erased]"}
    assert EventType.ORDER_ERASED.value == "order.erased.v1"
