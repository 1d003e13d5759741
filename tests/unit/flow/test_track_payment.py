"""What the PSP reports becomes entries of the ledger, once each, whatever comes in whatever order."""

from dataclasses import replace
from itertools import permutations

import pytest

from connector_core.domain.event import EventType
from connector_core.domain.message import Purpose
from connector_core.domain.money import Money
from connector_core.domain.payment import (
    Payment,
    PaymentFact,
    PaymentFlag,
    PaymentKind,
    PaymentState,
    WriteBack,
    WriteBackFact,
    WriteBackState,
)
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind
from connector_core.flow.stage import NOTHING, Outcome
from connector_core.flow.track_payment import FACTS, record_facts, track_payment
from tests.unit.flow.ledger import EARLIER, EUR, NOW, ORDER, PORTS, REQUEST, fact, link, order, step

DONE, PENDING, FAILED = PaymentState.DONE, PaymentState.PENDING, PaymentState.FAILED
PART = Money(1000, "EUR")
LATER = [RequestState.CANCELLED, RequestState.EXPIRED]


def recorded(state: OrderState, *facts: PaymentFact) -> tuple[OrderState, Outcome]:
    outcome = record_facts(state, facts, PORTS)
    return state.with_values(outcome.values), outcome


def kinds(outcome: Outcome) -> list[EventType]:
    return [event.type for event in outcome.events]


def sums(state: OrderState) -> tuple[int, int, int, int]:
    assert state.request is not None
    return state.request.captured, state.request.refunded, state.request.disputed, state.request.pending


async def test_the_steps_facts_are_recorded() -> None:
    facts = FACTS.dump_python([fact()], mode="json")
    outcome = await track_payment(order(), step(StepKind.TRACK_PAYMENT, facts=facts), PORTS)
    assert [type(value).__name__ for value in outcome.values] == ["Payment", "PaymentRequest", "PayLink", "WriteBack",
                                                                  "Message"]  # fmt: skip


def test_a_capture_is_kept_whole() -> None:
    state, outcome = recorded(order(), fact())
    (payment,) = state.payments
    expected = Payment(
        payment.id, ORDER.id, link().id, "lyra", "t1", PaymentKind.CAPTURE, DONE, EUR, EARLIER, NOW, "VISA"
    )
    assert payment == expected
    assert kinds(outcome) == [
        EventType.PAYMENT_CAPTURED, EventType.REQUEST_CLOSED, EventType.WRITEBACK_DUE, EventType.MESSAGE_QUEUED,
    ]  # fmt: skip
    assert outcome.events[0].data.items() >= {
        "psp_ref": "t1", "state": DONE, "amount": 3390, "currency": "EUR", "method": "VISA", "flag": PaymentFlag.NONE,
    }.items()  # fmt: skip
    assert outcome.events[0].subject == payment.id


def test_full_payment_closes_the_request_and_the_link() -> None:
    state, outcome = recorded(order(), fact())
    assert state.request == replace(REQUEST, state=RequestState.PAID, captured=3390, updated_at=NOW, closed_at=NOW)
    assert state.links == (replace(link(), state=LinkState.PAID, settled_at=NOW),)
    assert next(e for e in outcome.events if e.type is EventType.REQUEST_CLOSED).data["state"] is RequestState.PAID


def test_one_write_back_and_one_receipt_follow_a_capture() -> None:
    state, outcome = recorded(order(), fact())
    (write_back,), (receipt,) = state.write_backs, state.messages
    assert write_back == WriteBack(
        write_back.id, ORDER.id, WriteBackFact.CAPTURED, WriteBackState.DUE, NOW, state.payments[0].id
    )
    assert (receipt.purpose, receipt.payment_id, receipt.channel) == (
        Purpose.RECEIPT, state.payments[0].id, "whatsapp",
    )  # fmt: skip
    assert [(s.kind, dict(s.payload)) for s in outcome.steps] == [
        (StepKind.WRITE_BACK, {"write_back_id": write_back.id}),
        (StepKind.SEND_RECEIPT, {"message_id": receipt.id}),
    ]
    due = next(event for event in outcome.events if event.type is EventType.WRITEBACK_DUE)
    assert (due.subject, due.data["fact"]) == (write_back.id, WriteBackFact.CAPTURED)


@pytest.mark.fault(33, 38)
@pytest.mark.parametrize("again", [DONE, FAILED, PENDING])
def test_a_fact_that_is_known_or_older_changes_nothing(again: PaymentState) -> None:
    state, _ = recorded(order(), fact())
    assert record_facts(state, [fact(state=again)], PORTS) == NOTHING


@pytest.mark.fault(33)
def test_the_same_fact_twice_in_one_report_is_one() -> None:
    state, _ = recorded(order(), fact(), fact())
    assert (len(state.payments), len(state.write_backs), sums(state)[0]) == (1, 1, 3390)


@pytest.mark.fault("44a")
def test_a_pending_payment_is_an_attempt_and_comes_to_its_end_under_the_same_id() -> None:
    state, outcome = recorded(order(), fact(state=PENDING))
    assert sums(state) == (0, 0, 0, 3390)
    assert kinds(outcome) == [EventType.PAYMENT_ATTEMPTED]
    assert (state.write_backs, state.messages, outcome.steps) == ((), (), ())
    assert state.request is not None
    assert state.request.state is RequestState.OPEN
    done, _ = recorded(state, fact())
    assert [payment.id for payment in done.payments] == [payment.id for payment in state.payments]
    assert sums(done) == (3390, 0, 0, 0)


@pytest.mark.fault("44a")
def test_a_failed_attempt_ends_that_attempt_alone() -> None:
    state, outcome = recorded(order(), fact(state=PENDING), fact(state=FAILED, error="the bank says no"))
    assert sums(state) == (0, 0, 0, 0)
    assert kinds(outcome) == [EventType.PAYMENT_ATTEMPTED] * 2
    assert outcome.events[1].cause == "the bank says no"
    assert (state.request, state.links) == (replace(REQUEST, updated_at=NOW), order().links)
    assert outcome.steps == ()


@pytest.mark.fault(42)
def test_parts_add_up_and_the_last_one_closes() -> None:
    state, _ = recorded(order(), fact("a", amount=PART), fact("b", amount=Money(2389, "EUR")))
    assert state.request is not None
    assert (state.request.state, state.request.captured) == (RequestState.OPEN, 3389)
    state, _ = recorded(state, fact("c", amount=Money(1, "EUR")))
    assert state.request is not None
    assert (state.request.state, state.request.captured) == (RequestState.PAID, 3390)
    assert [payment.flag for payment in state.payments] == [PaymentFlag.WRONG_AMOUNT] * 3
    assert len(state.write_backs) == len(state.messages) == 3


@pytest.mark.fault(34, 42)
def test_sums_do_not_depend_on_the_order_of_events() -> None:
    facts = [
        fact("a", amount=PART),
        fact("b", amount=Money(2390, "EUR")),
        fact("c", kind=PaymentKind.REFUND, amount=Money(500, "EUR")),
        fact("d", kind=PaymentKind.CHARGEBACK, amount=Money(700, "EUR")),
        fact("e", state=PENDING, amount=Money(11, "EUR")),
        fact("f", state=FAILED),
    ]
    for some in permutations(facts):
        state, _ = recorded(order(), *some)
        assert sums(state) == (3390, 500, 700, 11)
        assert state.request is not None
        assert state.request.state is RequestState.PAID


@pytest.mark.fault(41)
def test_another_currency_is_recorded_flagged_and_not_counted() -> None:
    state, _ = recorded(order(), fact(amount=Money(3390, "USD")))
    assert [payment.flag for payment in state.payments] == [PaymentFlag.WRONG_CURRENCY]
    assert sums(state) == (0, 0, 0, 0)
    assert state.request is not None
    assert state.request.state is RequestState.OPEN
    assert [w.fact for w in state.write_backs] == [WriteBackFact.CAPTURED]


@pytest.mark.fault(40, 42)
@pytest.mark.parametrize("minor", [3389, 3391])
def test_another_amount_is_recorded_as_it_is(minor: int) -> None:
    state, _ = recorded(order(), fact(amount=Money(minor, "EUR")))
    assert [(p.flag, p.amount.minor) for p in state.payments] == [(PaymentFlag.WRONG_AMOUNT, minor)]
    assert sums(state)[0] == minor
    assert state.request is not None
    assert state.request.state is (RequestState.PAID if minor > 3390 else RequestState.OPEN)


@pytest.mark.fault(44)
def test_the_second_payment_is_surplus_even_in_part_and_on_a_closed_request() -> None:
    state, _ = recorded(order(), fact("a"))
    state, outcome = recorded(state, fact("b", amount=PART))
    assert [payment.flag for payment in state.payments] == [PaymentFlag.NONE, PaymentFlag.SURPLUS]
    assert sums(state)[0] == 4390
    assert EventType.REQUEST_CLOSED not in kinds(outcome)


@pytest.mark.fault(35, 43)
@pytest.mark.parametrize("end", LATER)
def test_a_payment_after_the_end_is_late_and_reopens_nothing(end: RequestState) -> None:
    closed = replace(REQUEST, state=end, closed_at=EARLIER)
    state, outcome = recorded(order(link(state=LinkState.EXPIRED), request=closed), fact())
    assert [payment.flag for payment in state.payments] == [PaymentFlag.LATE]
    assert state.request == replace(closed, captured=3390, updated_at=NOW)
    assert state.links[0].state is LinkState.PAID
    assert EventType.REQUEST_CLOSED not in kinds(outcome)
    assert (len(state.write_backs), len(state.messages)) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "event", "told"),
    [
        (PaymentKind.REFUND, EventType.PAYMENT_REFUNDED, WriteBackFact.REFUNDED),
        (PaymentKind.CHARGEBACK, EventType.PAYMENT_DISPUTED, WriteBackFact.CHARGED_BACK),
    ],
)
def test_money_that_goes_back_is_told_without_receipt(kind: PaymentKind, event: EventType, told: WriteBackFact) -> None:
    paid, _ = recorded(order(), fact())
    state, outcome = recorded(paid, fact("r", kind=kind, amount=PART))
    assert kinds(outcome) == [event, EventType.WRITEBACK_DUE]
    assert state.write_backs[-1].fact is told
    assert state.payments[-1].flag is PaymentFlag.NONE
    assert (state.messages, state.links) == (paid.messages, paid.links)
    assert [s.kind for s in outcome.steps] == [StepKind.WRITE_BACK]


@pytest.mark.fault(59)
def test_a_refund_under_the_captures_own_id_is_an_entry_of_its_own() -> None:
    state, _ = recorded(order(), fact("t"), fact("t", kind=PaymentKind.REFUND))
    assert sums(state)[:2] == (3390, 3390)


@pytest.mark.fault(44)
def test_other_live_links_are_closed_when_one_is_paid() -> None:
    links = (link("a"), link("b"), link("c", LinkState.CLOSED), link("d", LinkState.WANTED))
    state, outcome = recorded(order(*links), fact())
    assert [one.state for one in state.links] == [LinkState.PAID, LinkState.OPEN, LinkState.CLOSED, LinkState.WANTED]
    closing = [dict(s.payload) for s in outcome.steps if s.kind is StepKind.CLOSE_LINK]
    assert closing == [{"link_id": "b"}]


def test_a_payment_over_a_link_that_we_do_not_know_closes_all_of_ours() -> None:
    state, outcome = recorded(order(link("a"), link("b")), fact(psp_order="P-x"))
    assert state.payments[0].link_id is None
    assert [one.state for one in state.links] == [LinkState.OPEN, LinkState.OPEN]
    assert [s.payload["link_id"] for s in outcome.steps if s.kind is StepKind.CLOSE_LINK] == ["a", "b"]


def test_another_accounts_payment_of_the_same_id_is_another_one() -> None:
    state, _ = recorded(order(), fact("t"), replace(fact("t"), account="lyra-2"))
    assert [payment.account for payment in state.payments] == ["lyra", "lyra-2"]


def test_money_of_an_order_that_asks_for_nothing_is_kept_and_told() -> None:
    state, outcome = recorded(order(request=None), fact())
    assert (len(state.payments), len(state.write_backs), state.messages) == (1, 1, ())
    assert state.payments[0].flag is PaymentFlag.NONE
    assert kinds(outcome) == [EventType.PAYMENT_CAPTURED, EventType.WRITEBACK_DUE]


def test_a_failed_attempt_on_a_paid_request_is_no_surplus() -> None:
    state, _ = recorded(order(), fact("a"))
    state, _ = recorded(state, fact("b", state=FAILED))
    assert [payment.flag for payment in state.payments] == [PaymentFlag.NONE, PaymentFlag.NONE]
