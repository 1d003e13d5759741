from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest

from connector_core.domain.ids import (
    ConnectionId,
    LinkId,
    MessageId,
    OrderId,
    OrderRef,
    PaymentId,
    RequestId,
    ShopId,
    StepId,
    WriteBackId,
)
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.payment import (
    Payment,
    PaymentKind,
    PaymentState,
    WriteBack,
    WriteBackFact,
    WriteBackState,
)
from connector_core.domain.phone import E164
from connector_core.domain.request import LinkState, MoneyState, PayLink, PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState

NOW = datetime(2026, 11, 23, 9, 9, 44, tzinfo=UTC)
ORDER = Order(OrderId("o1"), ConnectionId("woo-main"), OrderRef("15"), ShopId("tea"), "15", NOW)
EUR = Money(3390, "EUR")
REQUEST = PaymentRequest(
    RequestId("r1"), ORDER.id, ORDER.shop, RequestState.OPEN, 1,
    Terms(EUR, "15", E164("+4915123456789"), "de"), "woocommerce.order@1", NOW, NOW,
)  # fmt: skip


def link(name: str, state: LinkState) -> PayLink:
    return PayLink(LinkId(name), REQUEST.id, ORDER.id, 1, state, "lyra", f"P-{name}", EUR, NOW)


def step(name: str) -> Step:
    return Step(StepId(name), ORDER.id, StepKind.CREATE_LINK, NOW, NOW)


def test_a_value_with_a_known_id_replaces_and_keeps_its_place() -> None:
    state = OrderState(ORDER, links=(link("a", LinkState.OPEN), link("b", LinkState.WANTED)))
    after = state.with_values([link("a", LinkState.CLOSED), link("c", LinkState.WANTED)])
    assert [(one.id, one.state) for one in after.links] == [
        ("a", LinkState.CLOSED), ("b", LinkState.WANTED), ("c", LinkState.WANTED),
    ]  # fmt: skip
    assert [one.state for one in state.links] == [LinkState.OPEN, LinkState.WANTED]


def test_every_kind_of_value_finds_its_place() -> None:
    message = Message(
        MessageId("m"), ORDER.id, REQUEST.id, Purpose.PAYLINK, "whatsapp", E164("+4915123456789"), "de", 1,
        Delivery.QUEUED, NOW,
    )  # fmt: skip
    payment = Payment(
        PaymentId("p"), ORDER.id, LinkId("a"), "lyra", "u-1", PaymentKind.CAPTURE, PaymentState.DONE, EUR, NOW, NOW
    )
    write_back = WriteBack(WriteBackId("w"), ORDER.id, WriteBackFact.CAPTURED, WriteBackState.DUE, NOW)
    newer = replace(ORDER, version="2")
    opened = link("a", LinkState.OPEN)
    after = OrderState(ORDER).with_values([newer, REQUEST, opened, message, payment, write_back])
    assert after == OrderState(newer, REQUEST, (opened,), (message,), (payment,), (write_back,))


def test_steps_that_are_done_are_gone_and_new_ones_are_there() -> None:
    state = OrderState(ORDER, steps=(step("a"), step("b")))
    waiting = replace(step("b"), attempts=1)
    after = state.with_steps([step("c"), waiting], done=iter([StepId("a")]))
    assert after.steps == (waiting, step("c"))


def test_the_open_link_is_the_newest_that_can_be_paid_or_is_being_made() -> None:
    assert OrderState(ORDER).open_link is None
    ended = [link(state, state) for state in (LinkState.PAID, LinkState.CLOSED, LinkState.EXPIRED, LinkState.FAILED)]
    assert OrderState(ORDER, links=tuple(ended)).open_link is None
    for state in (LinkState.WANTED, LinkState.OPEN):
        live = link("live", state)
        assert OrderState(ORDER, links=(link("old", LinkState.OPEN), live, *ended)).open_link == live


@pytest.mark.parametrize(
    ("captured", "pending", "money"),
    [
        (0, 0, MoneyState.OPEN),
        (0, 3390, MoneyState.PENDING),
        (1000, 2390, MoneyState.PARTLY_PAID),
        (3390, 0, MoneyState.PAID),
        (3391, 0, MoneyState.OVERPAID),
    ],
)
def test_the_money_axis_follows_the_sums(captured: int, pending: int, money: MoneyState) -> None:
    assert replace(REQUEST, captured=captured, pending=pending).money is money


@pytest.mark.fault(50)
def test_the_highest_delivery_wins_in_whatever_order_reports_come() -> None:
    reports = (Delivery.ACCEPTED, Delivery.FAILED, Delivery.DELIVERED, Delivery.READ)
    for order in permutations(reports):
        assert max(order, key=lambda delivery: delivery.rank) is Delivery.READ
    assert Delivery.FAILED.rank < Delivery.SENT.rank


def test_an_attempt_without_an_outcome_is_unknown() -> None:
    assert replace(step("a"), state=StepState.UNKNOWN).outcome_unknown
    assert not replace(step("a"), state=StepState.STARTED).outcome_unknown


def test_what_changes_something_at_a_peer_is_an_effect() -> None:
    links = {"close_link", "create_link", "update_link", "prolong_link"}
    effects = links | {"send_message", "send_receipt", "write_back", "refund", "erase"}
    assert {kind.value for kind in StepKind if kind.has_effect} == effects
