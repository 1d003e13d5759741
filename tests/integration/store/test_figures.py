"""What figures are made of is kept by day while the list changes, and is at any time what a recount finds."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from connector_core.adapters.store_sql import SqlListing, SqlStore, projection
from connector_core.adapters.store_sql.migrations.versions.r0007_list_at_a_million import DAYS, WAITS
from connector_core.adapters.store_sql.office_schema import listing_days, listing_waits
from connector_core.adapters.store_sql.sums import waited
from connector_core.domain.ids import ConnectionId, MessageId, OrderId, OrderRef, PaymentId, RequestId, ShopId
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.payment import Payment, PaymentKind, PaymentState
from connector_core.domain.phone import E164
from connector_core.domain.request import PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState

SHOPS = (ShopId("a"), ShopId("b"))
DAY = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
PHONE = E164("+4915123456789")


def drawn(chance: random.Random, n: int) -> OrderState:
    """One of the ways that order `n` may stand; drawn again, it is the same order at another time."""
    order = Order(
        OrderId(f"o{n}"), ConnectionId("c"), OrderRef(f"r{n}"), SHOPS[n % 2], "", DAY + timedelta(hours=5 * (n % 9))
    )
    if chance.random() < 0.1:
        return OrderState(order)
    amount = Money(chance.choice([990, 1470]), chance.choice(["EUR", "CHF"]))
    request = PaymentRequest(
        RequestId(f"q{n}"), order.id, order.shop, RequestState.OPEN, 1, Terms(amount, "R", PHONE, "de", "Anna"), "m@1",
        DAY, DAY, chance.choice([0, 0, 990, 1470, 2000]), chance.choice([0, 0, 100]),
    )  # fmt: skip
    messages = [_message(chance, order)] if chance.random() < 0.8 else []
    payments = [_payment(chance, order, amount)] if request.captured else []
    return OrderState(order, request, messages=tuple(messages), payments=tuple(payments))


def _message(chance: random.Random, order: Order) -> Message:
    reached = chance.choice([Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.FAILED])
    channel, sent = chance.choice(["whatsapp", "sms"]), order.created_at + timedelta(seconds=1)
    return Message(
        MessageId(f"m{order.id}"), order.id, RequestId("q"), Purpose.PAYLINK, channel, PHONE, "de", 1, reached, sent
    )


def _payment(chance: random.Random, order: Order, amount: Money) -> Payment:
    at = order.created_at + timedelta(seconds=chance.choice([0, 7, 59, 90, 150, 4000, 9000, 400_000]))
    return Payment(
        PaymentId(f"p{order.id}"), order.id, None, "lyra", "u", PaymentKind.CAPTURE, PaymentState.DONE, amount, at, at,
        chance.choice(["VISA", "SDD"]),
    )  # fmt: skip


async def entered(store: SqlStore, states: Sequence[OrderState]) -> None:
    await store.write(lambda c: projection.enter(c, states, 1) and None)


def kept(connection: Connection) -> tuple[list[Any], list[Any]]:
    days = connection.execute(select(listing_days).where(listing_days.c.asked != 0)).all()
    waits = connection.execute(select(listing_waits).where(listing_waits.c.paid != 0)).all()
    return sorted(map(tuple, days)), sorted(map(tuple, waits))


def recounted(connection: Connection) -> tuple[list[Any], list[Any]]:
    return sorted(map(tuple, connection.execute(text(DAYS)))), sorted(map(tuple, connection.execute(text(WAITS))))


@pytest.mark.parametrize("seed", range(3))
async def test_sums_of_days_are_those_of_a_recount_whatever_became_of_the_orders(store: SqlStore, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        await entered(store, [drawn(chance, n) for n in chance.sample(range(60), 25)])
        assert await store.read(kept) == await store.read(recounted)


async def test_days_whose_orders_have_gone_elsewhere_leave_nothing(store: SqlStore) -> None:
    chance = random.Random(1)
    states = [drawn(chance, n) for n in range(20)]
    await entered(store, states)
    await entered(store, [OrderState(state.order) for state in states])
    assert await store.read(kept) == ([], [])
    figures = await SqlListing(store).figures(SHOPS, DAY.date(), DAY.date() + timedelta(days=9))
    assert (figures.asked, figures.by_day, figures.by_shop, figures.asked_sum) == (0, [], {}, {})
    assert figures.seconds_to_pay is None


async def test_the_median_is_in_the_middle_of_those_that_were_paid(store: SqlStore) -> None:
    chance, waits = random.Random(3), []
    states = [drawn(chance, n) for n in range(61)]
    await entered(store, states)
    for state in states:
        if state.messages and state.payments and state.messages[0].delivery is not Delivery.FAILED:
            waits.append(waited(int((state.payments[0].at - state.messages[0].created_at).total_seconds()) * 10**6))
    waits.sort()
    middle = (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) / 2
    figures = await SqlListing(store).figures(SHOPS, DAY.date(), DAY.date() + timedelta(days=9))
    assert figures.seconds_to_pay == middle


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, 0), (0, 0), (59, 59), (60, 60), (89, 60), (90, 120), (7199, 7200), (7499, 7200), (7500, 7800)],
)
def test_waits_are_kept_as_exactly_as_they_are_shown(seconds: int, shown: int) -> None:
    assert waited(seconds * 1_000_000 + 999_999) == shown
