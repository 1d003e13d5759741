"""A buyer is erased from everything that is kept, whatever the order is at (faults.md 72)."""

import pytest
from sqlalchemy import Engine

from connector_core.adapters.store_sql import privacy
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.errors import InvalidInput, Rejected
from connector_core.domain.event import EventType
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.message import Delivery, MessageStatus, Purpose
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.domain.payment import PaymentFlag
from connector_core.domain.person import Role
from connector_core.domain.request import ERASED, LinkState, RequestState
from connector_core.domain.step import StepKind
from connector_core.flow.intake import hint
from connector_core.flow.reissue import check_reissue
from connector_core.flow.replay import replay
from connector_core.ports.store import Batch
from tests.flow.house import House, told
from tests.flow.test_payments import notification, post_notification, written_back
from tests.office.visitor import Visitor
from tests.privacy.buying import ACTOR, ask, asked, bought, current, erased
from tests.privacy.traces import BILLING, PHONE, held, in_files, in_rows


@pytest.mark.fault(72)
async def test_nothing_of_a_buyer_who_has_paid_is_left(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    before = await bought(house)
    assert {one.split(".")[0] for one in in_rows(engine)} >= {"payment_requests", "revisions", "messages", "listing"}
    await ask(house, before)
    after = await erased(house, before)
    assert in_rows(engine) == []
    monkeypatch.setattr(privacy, "_SETTLED", 0.0)
    assert await house.daemon._privacy.wipe()
    assert in_files(house.folder) == []
    assert list(held(capfd.readouterr().out)) == []
    assert after.request is not None
    assert before.request is not None
    assert after.request.terms.phone == ERASED
    assert after.request.terms.amount == before.request.terms.amount
    assert after.payments == before.payments
    assert after.links == before.links
    assert after.order.number == before.order.number
    last = (await house.store.timeline(before.order.id))[-1]
    assert (last.type, last.actor) == (EventType.ORDER_ERASED, ACTOR)


@pytest.mark.fault(72)
async def test_an_open_request_is_closed_at_the_psp_first(house: House, engine: Engine) -> None:
    state = await asked(house)
    await ask(house, state)
    after = await erased(house, state)
    assert after.request is not None
    assert after.request.state is RequestState.CANCELLED
    assert after.links[0].state is LinkState.CLOSED
    (order,) = house.lyra.ledger.orders
    assert order.status == "CANCELLED"
    assert in_rows(engine) == []


@pytest.mark.fault(72)
async def test_it_waits_for_what_is_on_its_way(house: House, engine: Engine) -> None:
    """The payment service does not answer: the PayLink may be paid, so it is closed first, however long it takes."""
    state = await asked(house)
    await house.fault(house.lyra_url, operation="Charge/PaymentOrder/Cancel", mode="http_500", count=1)
    await ask(house, state)
    after = await erased(house, state)
    assert after.links[0].state in (LinkState.CLOSED, LinkState.EXPIRED)
    assert in_rows(engine) == []


@pytest.mark.fault(72)
async def test_a_late_payment_is_recorded_and_brings_nobody_back(house: House, engine: Engine) -> None:
    state = await asked(house)
    await ask(house, state)
    await erased(house, state)
    body = notification("0123456789abcdef0123456789abcdef", state.links[0].psp_order, 3390)
    assert await post_notification(house, body) == 200
    after = await house.until(lambda one: bool(one.payments) and written_back(one), state.order.order_ref)
    await house.settles(1)
    after = await current(house, state)
    assert after.payments[0].flag is PaymentFlag.LATE
    assert after.request is not None
    assert after.request.captured == 3390
    assert [message for message in after.messages if message.purpose is Purpose.RECEIPT] == []
    assert in_rows(engine) == []


@pytest.mark.fault(72)
async def test_what_its_system_says_later_brings_nobody_back(house: House, engine: Engine) -> None:
    """By the webhook, by the poll, and by a message that carries its record along."""
    state = await asked(house)
    await ask(house, state)
    await erased(house, state)
    await house.settles(1)  # WooCommerce dates its changes to the second
    house.shop.edit_order(state.order.order_ref, total="50.00")
    event = OrderEvent(
        "late", "/erp", ConnectionId("shop"), OrderRef(state.order.order_ref), OrderChange.CHANGED, SystemClock().now(),
        {"id": 1, "billing": BILLING}, "woocommerce.order",
    )  # fmt: skip
    await house.store.commit(Batch(events=[hint(event)]))
    await house.settles(3)
    after = await current(house, state)
    assert after.request is not None
    assert after.request.state is RequestState.CANCELLED
    assert after.steps == () or {step.kind for step in after.steps} <= {StepKind.RECONCILE}
    skipped = [e for e in await house.store.timeline(state.order.id) if e.type is EventType.ORDER_SKIPPED]
    assert len(skipped) >= 2
    assert in_rows(engine) == []


@pytest.mark.fault(72)
async def test_asked_twice_it_is_erased_once_and_again(house: House, engine: Engine) -> None:
    state = await bought(house)
    await ask(house, state)
    await ask(house, state)
    first = await erased(house, state)
    await ask(house, state)
    again = await house.until(
        lambda order: order.order.erased_at != first.order.erased_at and not order.steps, state.order.order_ref
    )
    assert again.request is not None
    assert first.request is not None
    assert again.request.terms == first.request.terms
    assert in_rows(engine) == []


async def test_nobody_reads_or_asks_her_order_again(house: House) -> None:
    state = await asked(house)
    await ask(house, state)
    await erased(house, state)
    after = await current(house, state)
    with pytest.raises(Rejected):
        replay(after, "map", SystemClock())
    with pytest.raises(InvalidInput):
        check_reissue(after)
    async with Visitor(house.url) as visitor:
        await visitor.enter(house.store, {"main": Role.OWNER})
        for path in ("", f"?text={state.order.number}", f"/requests/{state.order.id}", "/export.csv"):
            status, text = await visitor.get(path)
            assert status == 200
            assert str(state.order.number) in text
            assert "[erased]" in text
            assert list(held(text)) == []
        assert state.order.number not in (await visitor.get(f"?text={PHONE[-8:]}"))[1]


@pytest.mark.fault(72)
async def test_a_late_report_of_the_messenger_brings_nobody_back(house: House, engine: Engine) -> None:
    """Its own id of a message may hold the number."""
    state = await asked(house)
    (sent,) = told(state)
    await ask(house, state)
    before = (await erased(house, state)).messages[0].delivery
    late = MessageStatus(f"wamid.{PHONE[1:]}", Delivery.READ, SystemClock().now(), sent.id, error=f"to {PHONE}")
    await house.daemon._intake.statuses([late])
    after = await house.until(lambda order: order.messages[0].delivery is Delivery.READ, state.order.order_ref)
    assert before is not Delivery.READ
    assert after.messages[0].provider_id == ""
    await house.settles()
    assert in_rows(engine) == []
