"""Payment requests of two years in five shops, as the orders that a daemon enters into the list."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.projection import enter
from connector_core.domain.ids import ConnectionId, MessageId, OrderId, OrderRef, PaymentId, RequestId, ShopId, StepId
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.payment import Payment, PaymentKind, PaymentState
from connector_core.domain.phone import E164
from connector_core.domain.request import PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState

DrawnT = TypeVar("DrawnT")
SHOPS = {ShopId("main"): 50, ShopId("second"): 25, ShopId("third"): 15, ShopId("fourth"): 8, ShopId("small"): 2}
"""Of a hundred requests so many are of this shop."""
FIRST_NAMES = ("Anna", "Jürgen", "Marie", "Peter", "Sabine", "Thomas", "Ursula", "Wolfgang", "Zoë", "Émile")
LAST_NAMES = ("Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann")
_SYLLABLES = ("ba", "den", "ker", "lo", "mann", "ni", "ra", "scha", "sen", "ter", "wol", "zig")
_COMMON = 0.1
"""So many have one of the names above, ten of a thousand the same; all others have rare ones."""
_END = datetime(2026, 11, 1, tzinfo=UTC)
_YEARS = timedelta(days=730)
_FATES = {RequestState.PAID: 85, RequestState.EXPIRED: 8, RequestState.CANCELLED: 5, RequestState.OPEN: 2}
_REACHED = {Delivery.READ: 60, Delivery.DELIVERED: 25, Delivery.SENT: 10, Delivery.FAILED: 3, Delivery.ACCEPTED: 2}
_STOPPED = 0.003
_PIECE = 5_000


def fill(url: str, number: int) -> None:
    """A database with the newest schema and nothing in its list gets that many rows."""
    engine = open_engine(url)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(writes=True) as connection:
        for first in range(0, number, _PIECE):
            with connection.begin():
                enter(connection, list(orders(first, min(number, first + _PIECE), number)), 1 + first)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)" if sqlite else "VACUUM ANALYZE")
    engine.dispose()


def orders(first: int, last: int, number: int) -> Iterator[OrderState]:
    """Those from `first` to below `last` of `number` in all; the same each time."""
    chance = random.Random(first)
    shops, weights = list(SHOPS), list(SHOPS.values())
    for place in range(first, last):
        at = _END - _YEARS + _YEARS * place / number
        yield _order(chance, place, at, chance.choices(shops, weights)[0])


def order_id(place: int) -> OrderId:
    return OrderId(f"{place:08x}-0000-7000-8000-{place:012x}")


def reference(place: int, at: datetime) -> str:
    return f"{at.year}-{place:06}"


def phone(place: int) -> str:
    return f"+4915{place * 7_919 % 10**9:09}"


def _order(chance: random.Random, place: int, at: datetime, shop: ShopId) -> OrderState:
    order = Order(
        order_id(place), ConnectionId(f"{shop}-erp"), OrderRef(str(4_000_000 + place)), shop, reference(place, at), at
    )
    terms = Terms(_amount(chance), order.number, E164(phone(place)), "de", _name(chance))
    state = _drawn(chance, _FATES)
    captured = terms.amount.minor if state is RequestState.PAID else 0
    request = PaymentRequest(RequestId(f"r{place}"), order.id, shop, state, 1, terms, "m@1", at, at, captured)
    stopped = [_parked(order, at)] if chance.random() < _STOPPED else []
    paid = [_payment(chance, order, terms.amount, at)] if captured else []
    return OrderState(
        order, request, messages=(_message(chance, order, at),), payments=tuple(paid), steps=tuple(stopped)
    )


def _message(chance: random.Random, order: Order, at: datetime) -> Message:
    sent = at + timedelta(seconds=1)
    return Message(
        MessageId(f"m{order.id}"), order.id, RequestId(""), Purpose.PAYLINK, chance.choice(("whatsapp", "sms")),
        E164("+491500000000"), "de", 1, _drawn(chance, _REACHED), sent, updated_at=sent + timedelta(seconds=5),
    )  # fmt: skip


def _payment(chance: random.Random, order: Order, amount: Money, at: datetime) -> Payment:
    when = at + timedelta(seconds=chance.expovariate(1 / 900))
    method = chance.choice(("VISA", "MASTERCARD", "SDD", "PAYPAL"))
    return Payment(
        PaymentId(f"p{order.id}"), order.id, None, "lyra", f"u{order.id}", PaymentKind.CAPTURE, PaymentState.DONE,
        amount, when, when, method,
    )  # fmt: skip


def _parked(order: Order, at: datetime) -> Step:
    return Step(
        StepId(f"s{order.id}"),
        order.id,
        StepKind.WRITE_BACK,
        at,
        at,
        state=StepState.PARKED,
        cause="The order is locked.",
    )


def _amount(chance: random.Random) -> Money:
    return Money(chance.choice((990, 1470, 1990, 4990, chance.randrange(500, 30_000))), "EUR")


def _name(chance: random.Random) -> str:
    return f"{_one(chance, FIRST_NAMES, 2)} {_one(chance, LAST_NAMES, 3)}"


def _one(chance: random.Random, common: tuple[str, ...], syllables: int) -> str:
    if chance.random() < _COMMON:
        return chance.choice(common)
    return "".join(chance.choices(_SYLLABLES, k=syllables)).capitalize()


def _drawn(chance: random.Random, weights: Mapping[DrawnT, int]) -> DrawnT:
    return chance.choices(list(weights), list(weights.values()))[0]
