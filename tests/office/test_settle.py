"""Money that does not fit waits for a person, and is dealt with once, by name and with a reason."""

import asyncio
from datetime import UTC, datetime

from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import EventId, PaymentId, uuid7
from connector_core.domain.money import Money
from connector_core.domain.payment import Payment, PaymentFlag, PaymentKind, PaymentState
from connector_core.domain.state import OrderState
from tests.office.conftest import Front
from tests.office.test_by_hand import sent

NOW = datetime.now(UTC)


async def late(front: Front) -> OrderState:
    """An order that was cancelled while its buyer was paying."""
    state = await sent(front, reference="1009")
    payment = Payment(
        PaymentId(uuid7()), state.order.id, state.links[0].id, "main", uuid7(), PaymentKind.CAPTURE, PaymentState.DONE,
        Money(4990, "EUR"), NOW, NOW, "VISA", PaymentFlag.LATE,
    )  # fmt: skip
    from connector_core.flow.stage import happened
    from connector_core.ports.store import Batch

    event = happened(EventType.PAYMENT_CAPTURED, state, NOW, payment.id)
    taken = await front.house.store.take_order(state.order.id)
    await front.house.store.commit(Batch(values=[payment], events=[event], lease=taken, release=True))
    return state


async def needs(front: Front, words: str, *, there: bool = True) -> str:
    deadline = asyncio.get_running_loop().time() + 8
    while True:
        _, text = await front.visitor.get("/attention")
        if (words in text) == there:
            return text
        assert asyncio.get_running_loop().time() < deadline, text
        await asyncio.sleep(0.1)


async def test_a_late_payment_waits_until_somebody_says_how_it_was_dealt_with(front: Front) -> None:
    state = await late(front)
    text = await needs(front, "after the request was closed")
    assert "Deliver the order after all" in text
    found = await front.house.store.order(state.order.id)
    assert found is not None
    payment = found.payments[0].id
    path = f"/requests/{state.order.id}/settle"
    assert (await front.visitor.post(path, payment=payment, reason=" "))[0] == 422
    assert (await front.visitor.post(path, payment="x", reason="sent"))[0] == 409
    answers = await asyncio.gather(*(front.visitor.post(path, payment=payment, reason="sent") for _ in range(3)))
    assert {status for status, _ in answers} <= {303, 409}
    await needs(front, "after the request was closed", there=False)
    _, page = await front.visitor.get(f"/requests/{state.order.id}")
    assert page.count("Payment dealt with") == 1
    assert "sent" in page
    after = await front.house.store.order(state.order.id)
    assert after is not None
    assert (after.payments[0].settled_by, after.payments[0].flag) == ("anna@shop.example", PaymentFlag.LATE)


async def test_a_payment_without_a_request_is_shown_to_those_whose_account_has_it(front: Front) -> None:
    stray = Payment(
        PaymentId(uuid7()), None, None, "main", uuid7(), PaymentKind.CAPTURE, PaymentState.DONE, Money(700, "EUR"),
        NOW, NOW, "VISA", PaymentFlag.UNALLOCATED,
    )  # fmt: skip
    event = Event(EventId(uuid7()), EventType.PAYMENT_UNALLOCATED, NOW, "paylink", None, stray.id)
    assert await front.house.store.add_unallocated(stray, event)
    text = await needs(front, "belongs to no request")
    assert stray.psp_ref in text
    assert (await front.visitor.post("/attention/settle", payment="x", reason="r"))[0] == 409
    assert (await front.visitor.post("/attention/settle", payment=stray.id, reason=""))[0] == 422
    assert (await front.visitor.post("/attention/settle", payment=stray.id, reason="by hand"))[0] == 303
    await needs(front, "belongs to no request", there=False)
    assert (await front.visitor.post("/attention/settle", payment=stray.id, reason="by hand"))[0] == 409
    (kept,) = await front.house.store.unallocated()
    assert kept.settled_by == "anna@shop.example"
    assert "payment.settled" in (await front.visitor.get("/audit"))[1]
