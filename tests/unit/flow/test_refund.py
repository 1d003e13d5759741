"""What is asked to be given back: once for each wish, never more than was paid (faults.md 59)."""

from dataclasses import replace
from typing import cast

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.errors import InvalidInput
from connector_core.domain.event import EventType
from connector_core.domain.ids import PaymentId
from connector_core.domain.money import Money
from connector_core.domain.payment import Payment, PaymentFact, PaymentState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepKind
from connector_core.flow.refund import ask_refund, ask_refund_once, refund_amount
from connector_core.ports.store import Batch
from tests.unit.flow.ledger import NOW, ORDER, PORTS, fact, order
from tests.unit.flow.refund_book import REFUND, Book, Psp, euros


def test_all_that_is_left_is_asked_for() -> None:
    book = Book(Psp())
    batch = ask_refund(book.state, PORTS.clock, comment="broken, card 4970 1000 0000 0055")
    (paid,) = book.state.payments
    (asked,) = batch.steps
    assert (asked.kind, asked.order_id, asked.due_at) == (StepKind.REFUND, ORDER.id, NOW)
    assert asked.payload["payment_id"] == paid.id
    assert (asked.payload["minor"], asked.payload["comment"]) == (3390, "broken, card [card number]")
    assert (batch.seen, batch.new_steps_only_if_unseen) == ([f"refund:{paid.id}:whole"], True)
    (event,) = batch.events
    assert (event.type, event.subject, event.cause, event.at) == (
        EventType.REFUND_ASKED, paid.id, "broken, card [card number]", NOW,
    )  # fmt: skip
    assert (event.data["psp_ref"], event.data["amount"], event.data["currency"]) == ("t1", 3390, "EUR")


def test_a_wish_has_the_name_of_its_key_or_of_its_amount() -> None:
    """These names lie in the databases of merchants: another spelling would give the money back a second time."""
    book = Book(Psp())
    (paid,) = book.state.payments
    names = [ask_refund(book.state, PORTS.clock, euros(1000), key=key).seen for key in ("", "k-1")]
    assert names == [[f"refund:{paid.id}:1000"], [f"refund:{paid.id}:k-1"]]


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        (euros(3391), "33.91 EUR is not between nothing and what is left"),
        (euros(0), "0.00 EUR is not between nothing and what is left"),
        (euros(-1), "-0.01 EUR is not between nothing and what is left"),
        (Money(5, "USD"), "the payment is in EUR"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_with_its_field(amount: Money, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask_refund(Book(Psp()).state, PORTS.clock, amount)
    assert caught.value.sentence == f"Nothing is refunded: amount: {why}."
    assert (caught.value.field, caught.value.status) == ("amount", 422)
    assert "33.90 EUR" in caught.value.cure


@pytest.mark.parametrize("minor", [1, 3390])
def test_the_least_and_the_most_can_be_asked_for(minor: int) -> None:
    assert Book(Psp()).ask(minor).payload["minor"] == minor


def test_what_is_on_its_way_is_not_left() -> None:
    book = Book(Psp())
    book.ask(3000)
    with pytest.raises(InvalidInput, match="not between"):
        book.ask(391)
    assert book.ask().payload["minor"] == 390
    with pytest.raises(InvalidInput, match="not between"):
        book.ask()


def test_what_was_given_back_is_not_left() -> None:
    given = fact("r1", kind=REFUND, amount=euros(1000), parent="t1")
    failed = fact("r2", kind=REFUND, amount=euros(500), parent="t1", state=PaymentState.FAILED)
    pending = fact("r3", kind=REFUND, amount=euros(300), parent="t1", state=PaymentState.PENDING)
    assert Book(Psp(), fact(), given, failed, pending).ask().payload["minor"] == 2090


def test_a_refund_whose_payment_is_not_named_counts_for_the_only_one() -> None:
    unnamed = fact("r1", kind=REFUND, amount=euros(1000))
    assert Book(Psp(), fact(), unnamed).ask().payload["minor"] == 2390
    second = fact("r2", kind=REFUND, amount=euros(90))
    assert Book(Psp(), fact(), unnamed, second).ask().payload["minor"] == 2300
    assert Book(Psp(), fact(), fact("t2"), unnamed).ask(psp_ref="t2").payload["minor"] == 3390
    refused = fact("t0", state=PaymentState.FAILED)
    assert Book(Psp(), fact(), refused, unnamed).ask().payload["minor"] == 2390


def test_of_two_payments_each_has_its_own_refunds() -> None:
    of_second = fact("r1", kind=REFUND, amount=euros(1000), parent="t2")
    unnamed = fact("r2", kind=REFUND, amount=euros(7))
    cancelled = fact("t3", kind=REFUND)
    book = Book(Psp(), fact(), fact("t2"), fact("t3"), of_second, unnamed, cancelled)
    book.ask(2000, psp_ref="t2")
    assert book.ask(psp_ref="t1").payload["minor"] == 3390
    assert book.ask(psp_ref="t2").payload["minor"] == 390
    with pytest.raises(InvalidInput, match="not between"):
        book.ask(psp_ref="t3")


def test_of_several_payments_one_must_be_named() -> None:
    book = Book(Psp(), fact(), fact("t2"))
    with pytest.raises(InvalidInput, match="several payments") as caught:
        book.ask()
    assert (caught.value.field, "t1, t2" in caught.value.cure) == ("payment", True)


@pytest.mark.parametrize("reported", [[fact("t1", state=PaymentState.PENDING)], [fact(kind=REFUND)], [fact("t2")]])
def test_only_money_that_came_can_be_given_back(reported: list[PaymentFact]) -> None:
    with pytest.raises(InvalidInput, match="no such payment") as caught:
        Book(Psp(), *reported).ask(psp_ref="t1")
    assert caught.value.field == "payment"


@pytest.mark.parametrize(
    ("text", "amount"), [("", None), ("  ", None), (" 10.00 ", euros(1000)), ("10,5", euros(1050)), ("7", euros(700))]
)
def test_an_amount_is_read_in_the_currency_of_the_payment(text: str, amount: Money | None) -> None:
    assert refund_amount(Book(Psp()).state, text) == amount


def test_an_amount_of_another_currency_has_its_decimals() -> None:
    yen = order().with_values([_payment(Money(500, "JPY"))])
    assert refund_amount(yen, "100") == Money(100, "JPY")
    assert refund_amount(order(), "1") == euros(100)
    both = yen.with_values([replace(_payment(euros(100)), id=PaymentId("p2"))])
    assert refund_amount(both, "100") == Money(100, "JPY")
    with pytest.raises(InvalidInput, match="cannot be read") as caught:
        refund_amount(yen, "1.50")
    assert (caught.value.field, caught.value.status) == ("amount", 422)


def _payment(amount: Money) -> Payment:
    (payment,) = Book(Psp()).state.payments
    return replace(payment, amount=amount)


class Seen:
    """A store that knows these keys."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys

    async def seen(self, key: str) -> bool:
        return key in self._keys


async def _once(state: OrderState, seen: Seen, minor: int, psp_ref: str = "", key: str = "k") -> Batch:
    return await ask_refund_once(state, cast(SqlStore, seen), PORTS.clock, euros(minor), psp_ref, key, "why")


async def test_what_was_asked_for_under_the_same_key_is_no_error_though_nothing_is_left() -> None:
    book = Book(Psp())
    (paid,) = book.state.payments
    first = await _once(book.state, Seen(), 3390)
    assert (first.seen, first.steps[0].payload["comment"]) == ([f"refund:{paid.id}:k"], "why")
    book.state = book.state.with_steps(first.steps)
    for psp_ref in ("", "t1"):
        again = await _once(book.state, Seen(*first.seen), 3390, psp_ref)
        assert again == Batch(seen=first.seen, new_steps_only_if_unseen=True)
    for psp_ref, seen in (("t2", Seen(*first.seen)), ("", Seen())):
        with pytest.raises(InvalidInput):
            await _once(book.state, seen, 3390, psp_ref)
