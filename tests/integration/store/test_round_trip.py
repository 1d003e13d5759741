"""Whatever a value holds comes back equal from both databases."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.books import unpublished
from connector_core.adapters.store_sql.bulk import Leased, apply
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.migrate import migrate
from connector_core.adapters.store_sql.reading import read_states
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import uuid7
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.payment import (
    Payment,
    PaymentFlag,
    PaymentKind,
    PaymentState,
    WriteBack,
    WriteBackFact,
    WriteBackState,
)
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.ports.store import Batch

ORDER = uuid7()
ValueT = TypeVar("ValueT")

ids = st.builds(uuid7)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
"""For columns: PostgreSQL takes no NUL there."""
texts = st.text(max_size=30)
moments = st.integers(-(10**15), 10**16).map(
    lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
maybe = moments | st.none()
minor = st.integers(-(2**53), 2**53)
money = st.builds(Money, minor, st.sampled_from(["EUR", "JPY", "KWD", "CNY"]))
json = st.recursive(
    st.none() | st.booleans() | minor | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
records = st.dictionaries(texts, json, max_size=4)


def of(value: type[ValueT], /, **parts: Any) -> st.SearchStrategy[ValueT]:
    return st.builds(value, id=ids, order_id=st.just(ORDER), **parts)


orders = st.builds(
    Order, st.just(ORDER), names, names, names, names, moments, names, fence=st.just(1)
)  # fmt: skip
terms = st.builds(Terms, money, texts, texts, texts, texts, texts, texts, maybe)
requests = of(
    PaymentRequest, shop=names, state=st.sampled_from(RequestState), revision=st.integers(1, 99), terms=terms,
    mapping=texts, created_at=moments, updated_at=moments, captured=minor, refunded=minor, disputed=minor,
    pending=minor, closed_at=maybe,
)  # fmt: skip
links = of(
    PayLink, request_id=ids, revision=st.integers(1, 99), state=st.sampled_from(LinkState), account=texts,
    psp_order=ids, amount=money, created_at=moments, psp_link=names, url=texts, mode=texts, expires_at=maybe,
    settled_at=maybe,
)  # fmt: skip
messages = of(
    Message, request_id=ids, purpose=st.sampled_from(Purpose), channel=texts, to=texts, language=texts,
    revision=st.integers(1, 99), delivery=st.sampled_from(Delivery), created_at=moments, url=texts, provider_id=names,
    payment_id=ids | st.none(), error=texts, updated_at=maybe,
)  # fmt: skip
payments = of(
    Payment, link_id=ids | st.none(), account=names, psp_ref=ids, kind=st.sampled_from(PaymentKind),
    state=st.sampled_from(PaymentState), amount=money, at=moments, recorded_at=moments, method=texts,
    flag=st.sampled_from(PaymentFlag),
)  # fmt: skip
write_backs = of(
    WriteBack, fact=st.sampled_from(WriteBackFact), state=st.sampled_from(WriteBackState), created_at=moments,
    payment_id=ids, source_ref=texts, cause=texts, done_at=maybe,
)  # fmt: skip
steps = of(
    Step, kind=st.sampled_from(StepKind), due_at=moments, created_at=moments, payload=records,
    state=st.sampled_from([state for state in StepState if state is not StepState.STARTED]),
    attempts=st.integers(0, 99), cause=texts, cure=texts,
)  # fmt: skip
events = of(
    Event, type=st.sampled_from(EventType), at=moments, actor=names, subject=names, cause=names, data=records
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_node").create_database(f"t{secrets.token_hex(6)}")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('round')}/paylink.db"
    opened = open_engine(url)
    migrate(opened)
    yield opened
    opened.dispose()


def several(values: st.SearchStrategy[ValueT]) -> st.SearchStrategy[list[ValueT]]:
    return st.lists(values, max_size=2)


@settings(max_examples=60, deadline=None)
@given(
    orders, requests, several(links), several(messages), several(payments), several(write_backs), several(steps),
    several(events),
)  # fmt: skip
def test_everything_of_an_order(
    engine: Engine,
    order: Order,
    request: PaymentRequest,
    links: list[PayLink],
    messages: list[Message],
    payments: list[Payment],
    write_backs: list[WriteBack],
    steps: list[Step],
    events: list[Event],
) -> None:
    values: list[Any] = [request, *links, *messages, *payments, *write_backs]
    batch = Batch([order, *values], events, steps, lease=OrderState(order))
    with engine.connect() as connection, connection.begin() as transaction:
        assert apply(connection, [Leased(batch, 0, "me", 1)]) == [True]
        (found,) = read_states(connection, [ORDER])
        told, revisions = unpublished(connection, 10), _revisions(connection)
        transaction.rollback()
    kinds: list[Any] = [links, messages, payments, write_backs, steps]
    assert found == OrderState(order, request, *(_by_id(values) for values in kinds))
    assert found.order.fence == 1
    assert told == events
    assert revisions == [request.revision]


def _by_id(values: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values, key=lambda value: value.id))


def _revisions(connection: Connection) -> list[int]:
    return list(connection.execute(select(schema.revisions.c.revision)).scalars())
