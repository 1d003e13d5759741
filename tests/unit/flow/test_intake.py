"""The doors: once each, kept before it is answered, and only then worked on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.errors import ConfigurationError, InvalidInput
from connector_core.domain.event import EventType
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef
from connector_core.domain.message import Delivery
from connector_core.domain.money import Money
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.domain.payment import PaymentKind, PaymentState
from connector_core.domain.state import Value
from connector_core.domain.step import StepKind
from connector_core.flow.intake import Intake, hint, order_event
from connector_core.flow.track_message import STATUS
from connector_core.flow.track_payment import FACTS
from connector_core.ports.store import Batch
from tests.unit.flow.ledger import EARLIER, NOW, ORDER, PORTS, REQUEST, fact, link, message, status

EVENT = OrderEvent("e-1", "/erp", ConnectionId("woo-main"), OrderRef("15"), OrderChange.RECEIVED, EARLIER)


@dataclass
class Desk:
    """An intake over a database that knows one order, and what it set going."""

    store: SqlStore
    advanced: list[OrderId] = field(default_factory=list)
    published: int = 0

    def __post_init__(self) -> None:
        self.intake = Intake(self.store, PORTS.clock, self._advance, self._publish)

    async def _advance(self, order_id: OrderId) -> None:
        self.advanced.append(order_id)

    def _publish(self) -> None:
        self.published += 1


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = SqlStore(f"sqlite:///{tmp_path / 'paylink.db'}")
    await store.open()
    state = await store.take(ORDER.connection, ORDER.order_ref, ORDER.shop)
    mine = state.order.id
    values: list[Value] = [state.order, replace(REQUEST, order_id=mine), replace(link(), order_id=mine)]
    values += [replace(message(name), order_id=mine) for name in ("m1", "m2")]
    await store.commit(Batch(values=values, lease=state, release=True))
    yield Desk(store)
    await store.close()


async def known(desk: Desk) -> OrderId:
    found = await desk.store.link_by_psp_order("P-a")
    assert found is not None
    return found.order_id


@pytest.mark.fault(9)
async def test_an_order_event_is_new_once(desk: Desk) -> None:
    others = [replace(EVENT, id="e-2"), replace(EVENT, source="/crm")]
    assert await desk.intake.orders([EVENT, EVENT, *others]) == 3
    assert desk.published == 1
    assert await desk.intake.orders([EVENT]) == 0
    assert desk.published == 1
    kept = [order_event(row) for row in await desk.store.unpublished(10)]
    assert kept == [EVENT, *others]


@pytest.mark.parametrize(
    ("change", "type_"),
    [
        (OrderChange.RECEIVED, EventType.ORDER_RECEIVED),
        (OrderChange.CHANGED, EventType.ORDER_CHANGED),
        (OrderChange.WITHDRAWN, EventType.ORDER_WITHDRAWN),
    ],
)
def test_an_order_event_comes_out_as_it_went_in(change: OrderChange, type_: EventType) -> None:
    event = replace(EVENT, change=change, record={"total": "33.90"}, document="erp.order", send_again=True)
    row = hint(event)
    assert (row.type, row.at, row.actor, row.order_id, row.subject) == (type_, EARLIER, "/erp", None, "15")
    assert order_event(row) == event
    assert order_event(hint(EVENT)) == EVENT


def test_who_pressed_the_button_comes_out_as_well() -> None:
    row = hint(replace(EVENT, actor="anna"))
    assert (row.data["actor"], order_event(row)) == ("anna", replace(EVENT, actor="anna"))
    assert "actor" not in hint(EVENT).data


def test_a_line_of_the_timeline_is_no_order_event() -> None:
    row = hint(EVENT)
    assert order_event(replace(row, order_id=ORDER.id)) is None
    assert order_event(replace(row, type=EventType.ORDER_SKIPPED)) is None


def test_no_card_number_goes_into_the_outbox() -> None:
    assert "4970100000000055" not in str(hint(replace(EVENT, record={"note": "4970 1000 0000 0055"})).data["record"])


@pytest.mark.fault(7)
async def test_a_refused_event_leaves_one_trace(desk: Desk) -> None:
    why = InvalidInput("It cannot be used.", field="data.connection", cure="Correct the publisher.")
    for message_id in ("m-1", "m-1", "m-2"):
        await desk.intake.refused(message_id, why)
    first, second = await desk.store.unpublished(10)
    assert (first.type, first.subject, first.cause, first.at) == (
        EventType.ORDER_REFUSED, "m-1", "It cannot be used.", NOW,
    )  # fmt: skip
    assert dict(first.data) == {"cure": "Correct the publisher.", "field": "data.connection"}
    assert (second.subject, desk.published) == ("m-2", 3)
    await desk.intake.refused("m-3", ConfigurationError("There is no such connection."))
    assert dict((await desk.store.unpublished(10))[-1].data) == {"cure": "", "field": ""}


@pytest.mark.fault(33, 38)
async def test_a_payment_is_applied_once(desk: Desk) -> None:
    order_id = await known(desk)
    assert await desk.intake.payments([fact()]) == "applied"
    assert await desk.intake.payments([fact()]) == "duplicate"
    assert await desk.intake.payments([]) == "duplicate"
    assert desk.advanced == [order_id]
    (state,) = await desk.store.take_due(10)
    assert [(s.kind, FACTS.validate_python(s.payload["facts"])) for s in state.steps] == [
        (StepKind.TRACK_PAYMENT, [fact()])
    ]
    assert state.steps[0].due_at == NOW


@pytest.mark.fault(33, 34)
async def test_what_differs_in_anything_that_counts_is_another_fact(desk: Desk) -> None:
    facts = [
        fact("t"),
        fact("u"),
        fact("t", state=PaymentState.PENDING),
        fact("t", kind=PaymentKind.REFUND),
        replace(fact("t"), account="lyra-2"),
    ]
    assert await desk.intake.payments(facts) == "applied"
    assert len(desk.advanced) == 5
    assert await desk.intake.payments([*facts, fact("v")]) == "applied"
    assert len(desk.advanced) == 6


@pytest.mark.fault(39)
async def test_money_of_nobody_is_kept_once(desk: Desk) -> None:
    stranger = fact("x", psp_order="P-unknown", amount=Money(500, "EUR"))
    assert await desk.intake.payments([stranger]) == "unallocated"
    assert await desk.intake.payments([stranger]) == "duplicate"
    assert await desk.intake.payments([stranger, fact()]) == "applied"
    assert (await desk.store.counts())["payments.unallocated"] == 1
    (row,) = [e for e in await desk.store.unpublished(10) if e.type is EventType.PAYMENT_UNALLOCATED]
    assert row.data == {"psp_ref": "x", "account": "lyra", "amount": 500, "currency": "EUR"}
    assert (row.order_id, row.at) == (None, NOW)
    assert row.subject


async def test_the_links_own_id_finds_it_too(desk: Desk) -> None:
    assert await desk.intake.payments([fact(psp_order="", psp_link="psp-a")]) == "applied"


@pytest.mark.fault(33, 50)
async def test_each_status_of_a_message_is_worked_on_once(desk: Desk) -> None:
    order_id = await known(desk)
    await desk.intake.statuses([status(Delivery.SENT), status(Delivery.SENT), status(Delivery.READ)])
    await desk.intake.statuses([status(Delivery.SENT)])
    assert desk.advanced == [order_id] * 2
    (state,) = await desk.store.take_due(10)
    reports = [STATUS.validate_python(s.payload["status"]) for s in state.steps]
    assert [(report.delivery, report.provider_id) for report in reports] == [
        (Delivery.SENT, "wamid-m1"), (Delivery.READ, "wamid-m1"),
    ]  # fmt: skip


async def test_messages_in_the_same_state_do_not_hide_each_other(desk: Desk) -> None:
    await desk.intake.statuses([status(Delivery.SENT, "wamid-m1"), status(Delivery.SENT, "wamid-m2")])
    assert len(desk.advanced) == 2


@pytest.mark.fault(33, 38)
async def test_what_an_earlier_version_has_taken_is_known_after_an_update(desk: Desk) -> None:
    """These keys lie in the databases of merchants: another spelling would take everything a second time."""
    report = status(Delivery.SENT, attempt_id="m1")
    for key in ("in:/erp:e-1", "refused:m-1", "payment:lyra:t1:capture:done", "status:m1:sent"):
        assert await desk.store.commit(Batch(seen=[key]))
    assert await desk.intake.orders([EVENT]) == 0
    await desk.intake.refused("m-1", InvalidInput("It cannot be used."))
    assert await desk.intake.payments([fact()]) == "duplicate"
    await desk.intake.statuses([report])
    assert desk.advanced == []
    assert await desk.store.unpublished(10) == []


@pytest.mark.fault(46)
async def test_a_status_under_our_own_id_is_one_of_its_own(desk: Desk) -> None:
    """The first came before the messenger's answer did, under an id that we did not know yet."""
    reports = [status(Delivery.SENT, "wamid-other", attempt_id="m1"), status(Delivery.SENT)]
    await desk.intake.statuses(reports)
    assert len(desk.advanced) == 2


async def test_a_status_of_somebody_elses_message_does_not_hide_ours(desk: Desk) -> None:
    await desk.intake.statuses([status(Delivery.SENT, "wamid-stranger"), status(Delivery.SENT)])
    assert len(desk.advanced) == 1
