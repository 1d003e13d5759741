"""The list that people see follows the orders, and is searched and counted like them."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector_core.adapters.store_sql import SqlListing, SqlStore, follow
from connector_core.domain.event import Event
from connector_core.domain.ids import (
    ConnectionId,
    MessageId,
    OrderId,
    OrderRef,
    PaymentId,
    RequestId,
    ShopId,
    uuid7,
)
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.money import Money
from connector_core.domain.payment import Payment, PaymentFlag, PaymentKind, PaymentState
from connector_core.domain.phone import E164
from connector_core.domain.request import PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState, Value
from connector_core.ports.listing import Filters, Place, Row
from connector_core.ports.store import Batch
from tests.integration.store.orders import event, parked

A, B = ShopId("a"), ShopId("b")
DAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def listing(store: SqlStore) -> SqlListing:
    return SqlListing(store)


def asked(order_id: OrderId, at: datetime, shop: ShopId, terms: Terms, **rest: Any) -> PaymentRequest:
    return PaymentRequest(RequestId(uuid7()), order_id, shop, RequestState.OPEN, 1, terms, "m@1", at, at, **rest)


def terms(minor: int = 1470, name: str = "Anna Müller", phone: str = "+4915123456789", currency: str = "EUR") -> Terms:
    return Terms(Money(minor, currency), "R", E164(phone), "de", name)


def told(order_id: OrderId, at: datetime, delivery: Delivery) -> Message:
    return Message(
        MessageId(uuid7()), order_id, RequestId("r"), Purpose.PAYLINK, "whatsapp", E164("+4915123456789"), "de", 1,
        delivery, at, updated_at=at + timedelta(seconds=1),
    )  # fmt: skip


def paid(order_id: OrderId, at: datetime, minor: int, flag: PaymentFlag = PaymentFlag.NONE) -> Payment:
    return Payment(
        PaymentId(uuid7()), order_id, None, "main", uuid7(), PaymentKind.CAPTURE, PaymentState.DONE,
        Money(minor, "EUR"), at, at, "VISA", flag,
    )  # fmt: skip


async def stored(
    store: SqlStore, number: str, *, shop: ShopId = A, at: datetime = DAY, asks: Terms | None = None, **parts: Any
) -> OrderId:
    """An order with a request; `parts`: `state`, `delivery`, `minor` (paid), `flag`, `stopped`."""
    state = await store.take(ConnectionId("woo"), OrderRef(f"ref-{number}"), shop)
    order = replace(state.order, number=number, created_at=at)
    request = asked(order.id, at, shop, asks or terms())
    values: list[Value] = [order]
    if "delivery" in parts:
        values.append(told(order.id, at, parts["delivery"]))
    if minor := parts.get("minor"):
        values.append(paid(order.id, at + timedelta(minutes=3), minor, parts.get("flag", PaymentFlag.NONE)))
        closed = RequestState.PAID if minor >= request.terms.amount.minor else RequestState.OPEN
        request = replace(request, captured=minor, state=closed)
    values.append(replace(request, state=parts.get("state", request.state)))
    steps = [parked(order.id)] if parts.get("stopped") else []
    await store.commit(Batch(values=values, steps=steps, events=[event(order.id)], lease=state, release=True))
    return order.id


async def numbers(listing: SqlListing, **conditions: Any) -> list[str]:
    return [row.number for row in await listing.rows(Filters(**{"shops": [A, B], **conditions}))]


async def test_a_row_says_how_its_order_stands(store: SqlStore, listing: SqlListing) -> None:
    order_id = await stored(store, "1009", delivery=Delivery.READ, minor=1470)
    assert await listing.follow() == 1
    assert await listing.follow() == 0
    row = await listing.row(order_id)
    assert row is not None
    assert (row.number, row.name, row.amount, row.captured) == ("1009", "Anna Müller", Money(1470, "EUR"), 1470)
    assert (row.state, row.money, row.delivery, row.channel) == ("paid", "paid", "read", "whatsapp")
    assert (row.sent_at, row.read_at) == (DAY, DAY + timedelta(seconds=1))
    assert (row.paid_at, row.method, row.attention) == (DAY + timedelta(minutes=3), "VISA", "")


async def test_pages_follow_one_another_without_gap_or_repeat(store: SqlStore, listing: SqlListing) -> None:
    for n in range(25):
        await stored(store, str(n), shop=(A, B)[n % 2], at=DAY + timedelta(seconds=n // 3))
    await listing.follow()
    seen: list[str] = []
    place: Place | None = None
    while page := await listing.rows(Filters(shops=[A, B]), after=place, limit=4):
        seen += [row.order_id for row in page]
        place = Place(page[-1].created_at, page[-1].order_id)
    whole = [row.order_id for row in await listing.rows(Filters(shops=[A, B]), limit=100)]
    assert seen == whole
    assert len(set(seen)) == 25


async def test_nobody_sees_another_shop(store: SqlStore, listing: SqlListing) -> None:
    await stored(store, "1", shop=A)
    await stored(store, "2", shop=B, stopped=True)
    await listing.follow()
    assert await numbers(listing, shops=[A]) == ["1"]
    assert await numbers(listing, shops=[]) == []
    assert await numbers(listing, shops=[A], text="2") == []
    assert (await listing.attention([A]), await listing.attention([A, B])) == (0, 1)
    mark, _ = await listing.touched(1, [A, B])
    assert (await listing.touched(1, [A]))[1][0].number == "1"
    assert await listing.touched(mark, [A, B]) == (mark, [])


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"state": "paid"}, ["2"]),
        ({"money": "partly_paid"}, ["3"]),
        ({"delivery": "failed"}, ["4"]),
        ({"attention": True}, ["5", "4"]),
        ({"since": DAY.date() + timedelta(days=1)}, ["5"]),
        ({"until": DAY.date()}, ["4", "3", "2", "1"]),
        ({"connection": "woo", "state": "open"}, ["5", "4", "3", "1"]),
        ({"connection": "other"}, []),
        ({"state": "open", "delivery": "sent"}, ["1"]),
        ({"text": "anna", "attention": True}, ["5", "4"]),
        ({"text": "anna", "state": "open", "delivery": "failed", "until": DAY.date()}, ["4"]),
    ],
)
async def test_every_condition_holds(
    store: SqlStore, listing: SqlListing, conditions: dict[str, Any], found: list[str]
) -> None:
    await stored(store, "1", at=DAY, delivery=Delivery.SENT)
    await stored(store, "2", at=DAY + timedelta(hours=1), minor=1470)
    await stored(store, "3", at=DAY + timedelta(hours=2), minor=100)
    await stored(store, "4", at=DAY + timedelta(hours=3), delivery=Delivery.FAILED, stopped=True)
    await stored(
        store, "5", at=DAY + timedelta(days=1), minor=2000, flag=PaymentFlag.SURPLUS, state=RequestState.OPEN
    )  # fmt: skip
    await listing.follow()
    assert await numbers(listing, **conditions) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-1009", ["2026-1009"]),
        ("ref-2026-1009", ["2026-1009"]),
        ("1009", ["2026-1009"]),
        ("müller", ["2026-1009"]),
        ("Muller anna", ["2026-1009"]),
        ("ann", ["W-7", "2026-1009"]),
        ("anna weiß", []),
        ("ANNE", ["W-7"]),
        ("14,70", ["2026-1009"]),
        ("14.7 €", ["2026-1009"]),
        ("4,70", []),
        ("99.00", ["W-7"]),
        ("6789", ["2026-1009"]),
        ("0151 23456789", ["2026-1009"]),
        ("+49 151 234 567 89", ["2026-1009"]),
        ("4711", ["W-7"]),
        ("2026", ["2026-1009"]),
        ("ref", ["W-7", "2026-1009"]),
        ("REF-w", ["W-7"]),
        ("1009 müll", ["2026-1009"]),
        ("789", []),
        ("%", []),
        ("\0", []),
        ("\ud800", []),
        ("'; DROP TABLE listing; --", []),
        ("", ["W-7", "2026-1009"]),
        (" ", ["W-7", "2026-1009"]),
    ],
)
async def test_a_text_is_looked_for_in_all_that_people_know(
    store: SqlStore, listing: SqlListing, text: str, found: list[str]
) -> None:
    await stored(store, "2026-1009")
    other = terms(9900, "Anne-Marie d'Arc", "+33612344711")
    await stored(store, "W-7", asks=other, at=DAY + timedelta(seconds=1))
    await listing.follow()
    assert await numbers(listing, text=text) == found


async def test_a_row_changes_with_its_order_and_is_found_by_its_new_name_alone(
    store: SqlStore, listing: SqlListing
) -> None:
    order_id = await stored(store, "1")
    await listing.follow()
    mark, _ = await listing.touched(0, [A])
    state = await store.take_order(order_id)
    assert state.request is not None
    revised = replace(state.request, revision=2, terms=replace(state.request.terms, name="Berta Groß"))
    await store.commit(Batch(values=[revised], events=[event(order_id)], lease=state, release=True))
    await listing.follow()
    after, rows = await listing.touched(mark, [A])
    assert after > mark
    assert [row.name for row in rows] == ["Berta Groß"]
    assert await numbers(listing, text="berta") == ["1"]
    assert await numbers(listing, text="anna") == []


async def test_a_number_that_appears_late_is_not_missed(store: SqlStore, listing: SqlListing) -> None:
    """PostgreSQL numbers rows when they are written, and shows them when they are committed."""
    late, early = await stored(store, "late"), await stored(store, "early")
    held = await store.read(lambda c: c.exec_driver_sql("SELECT seq, order_id FROM events").all())
    seq = next(row[0] for row in held if row[1] == late)
    await store.write(lambda c: c.exec_driver_sql(f"UPDATE events SET seq = -1 WHERE seq = {seq}") and None)
    await listing.follow()
    assert await listing.row(early) is not None
    assert await listing.row(late) is None
    await store.write(lambda c: c.exec_driver_sql(f"UPDATE events SET seq = {seq} WHERE seq = -1") and None)
    await listing.follow()
    assert await listing.row(late) is not None


async def test_a_daemon_that_begins_anew_goes_on_where_the_last_one_stood(store: SqlStore) -> None:
    await stored(store, "1")
    await SqlListing(store).follow()
    await stored(store, "2")
    fresh = SqlListing(store)
    await fresh.follow()
    assert await numbers(fresh) == ["2", "1"]


async def test_what_many_have_is_found_page_by_page_over_years_and_with_other_conditions(
    store: SqlStore, listing: SqlListing
) -> None:
    """Also where more fit than is read at once, and where one request fits twice."""
    buyers = [terms(name="Anna Annabel"), terms(name="Bert"), terms(name="Anna")]
    for n in range(60):
        state = RequestState.CANCELLED if n % 4 == 0 else RequestState.OPEN
        at = DAY - timedelta(days=9 * n if n > 40 else n // 20)
        await stored(store, f"n{n:02}", shop=(A, B)[n % 2], at=at, asks=buyers[n % 3], state=state)
    await listing.follow()
    asked: list[dict[str, Any]] = [
        {"text": "ann"},
        {"text": "n1"},
        {"text": "ann", "state": "cancelled"},
        {"text": "anna n"},
    ]
    for conditions in asked:
        rows = [row for row in await every(listing) if fits(row, conditions)]
        assert rows
        seen: list[Row] = []
        place: Place | None = None
        while page := await listing.rows(Filters(shops=[A, B], **conditions), after=place, limit=3):
            seen += page
            place = Place(page[-1].created_at, page[-1].order_id)
        assert seen == rows, conditions


async def test_days_bound_a_search(store: SqlStore, listing: SqlListing) -> None:
    for n in range(30):
        await stored(store, str(n), at=DAY - timedelta(days=n))
    await listing.follow()
    first, last = DAY.date() - timedelta(days=20), DAY.date() - timedelta(days=18)
    assert await numbers(listing, text="anna", since=first, until=last) == ["18", "19", "20"]
    assert await numbers(listing, text="anna", since=DAY.date() + timedelta(days=1)) == []
    assert await numbers(listing, text="anna", until=DAY.date() - timedelta(days=99)) == []


async def test_every_change_has_a_mark_of_its_own(store: SqlStore, listing: SqlListing) -> None:
    """So that no page misses one that came with many others."""
    await stored(store, "0")
    await listing.follow()
    mark, _ = await listing.touched(0, [A])
    for n in range(7):
        await stored(store, str(n + 1), at=DAY + timedelta(seconds=n))
    assert await listing.follow() == 7
    seen: list[str] = []
    while (told := await listing.touched(mark, [A], limit=2))[1]:
        mark = told[0]
        seen += [row.number for row in told[1]]
    assert sorted(seen) == [str(n + 1) for n in range(7)]


async def test_what_leaves_the_row_as_it_was_is_told_too(store: SqlStore, listing: SqlListing) -> None:
    """Its page shows what the row does not: a step that was tried again and stopped again at once."""
    order_id = await stored(store, "1")
    await listing.follow()
    mark, _ = await listing.touched(0, [A])
    await store.commit(Batch(events=[event(order_id)]))
    assert await listing.follow() == 1
    after, rows = await listing.touched(mark, [A])
    assert after > mark
    assert [row.number for row in rows] == ["1"]
    assert await listing.follow() == 0


async def test_orders_of_before_are_entered_piece_by_piece_and_told_to_nobody(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_EVENTS", 2)
    monkeypatch.setattr(follow, "_ORDERS", 3)
    for n in range(10):
        await stored(store, str(n), at=DAY + timedelta(seconds=n // 4))
    listing = SqlListing(store)
    assert await listing.follow() == 2
    mark, _ = await listing.touched(0, [A])
    assert mark > 1
    assert await listing.follow() == 1, "the newest three, of which two are there already"
    await stored(store, "new", at=DAY + timedelta(days=1))
    assert await listing.follow() == 1
    assert (await numbers(listing))[0] == "new"
    again = SqlListing(store)
    while await again.follow():
        pass
    assert len(await numbers(again)) == 11
    assert [row.number for row in (await again.touched(mark, [A]))[1]] == ["new"]


async def test_a_daemon_that_was_overtaken_enters_nothing(store: SqlStore) -> None:
    first, second = SqlListing(store), SqlListing(store)
    order_id = await stored(store, "1")
    await first.follow()
    await second.follow()
    await stored(store, "2")
    await second.follow()
    await store.commit(Batch(events=[event(order_id)]))
    assert await first.follow() == 0
    await store.write(lambda c: c.exec_driver_sql("DELETE FROM listing") and None)
    assert await first.follow() == 1
    assert await numbers(first) == ["1"], "it begins where the other one stood"


async def test_a_gap_of_long_ago_is_not_waited_for(store: SqlStore) -> None:
    long_ago, now = DAY - timedelta(days=1), datetime.now(UTC)
    for seq, at in ((1, long_ago), (1_000_000, long_ago), (1_000_003, now)):
        one = replace(event(), at=at)
        await store.commit(Batch(events=[one]))
        await renumbered(store, one, seq)
    progress, _ = await store.read(follow.begin)
    piece = await store.read(lambda c: follow.next_piece(c, replace(progress, high=0)))
    assert sorted(piece.progress.missing) == [1_000_001, 1_000_002]
    assert piece.progress.saved()["low"] == 1_000_000


async def renumbered(store: SqlStore, one: Event, seq: int) -> None:
    change = f"UPDATE events SET seq = {seq} WHERE id = '{one.id}'"
    await store.write(lambda c: c.exec_driver_sql(change) and None)


async def every(listing: SqlListing) -> list[Row]:
    return list(await listing.rows(Filters(shops=[A, B]), limit=1000))


def fits(row: Row, conditions: dict[str, str]) -> bool:
    found = [row.number, f"ref-{row.number}", "ref", *row.name.lower().split()]
    asked = all(any(word.startswith(part) for word in found) for part in conditions["text"].split())
    return asked and row.state == conditions.get("state", row.state)


@pytest.mark.parametrize("seed", range(5))
async def test_figures_are_those_of_a_recount(store: SqlStore, listing: SqlListing, seed: int) -> None:
    chance = random.Random(seed)
    states: list[OrderState] = []
    for n in range(40):
        parts: dict[str, Any] = {"delivery": chance.choice([Delivery.SENT, Delivery.DELIVERED, Delivery.READ])}
        if chance.random() < 0.2:
            parts = {}
        if chance.random() < 0.5:
            parts["minor"] = chance.choice([1470, 100, 2000])
        at = DAY + timedelta(days=chance.randrange(5), hours=chance.randrange(24))
        order_id = await stored(store, str(n), shop=chance.choice([A, B]), at=at, **parts)
        state = await store.order(order_id)
        assert state is not None
        states.append(state)
    await listing.follow()
    first, last = (DAY + timedelta(days=1)).date(), (DAY + timedelta(days=3)).date()
    figures = await listing.figures([A], first, last)
    counted = [s for s in states if s.order.shop == A and first <= s.order.created_at.date() <= last]
    requests = [s.request for s in counted if s.request]
    full = [s for s in counted if s.request and s.request.captured >= 1470]
    assert figures.asked == len(counted)
    assert figures.paid == len(full)
    assert figures.read == sum(any(m.delivery is Delivery.READ for m in s.messages) for s in counted)
    assert figures.sent == sum(bool(s.messages) for s in counted)
    assert figures.asked_sum == ({"EUR": sum(r.terms.amount.minor for r in requests)} if requests else {})
    assert sum(figures.paid_sum.values()) == sum(r.captured for r in requests)
    days = Counter(s.order.created_at.date() for s in counted)
    assert {day: made for day, made, _ in figures.by_day} == dict(days)
    assert figures.by_shop == ({"a": (len(counted), len(full))} if counted else {})
