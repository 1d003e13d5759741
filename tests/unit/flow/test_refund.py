"""What is given back: once for each wish, never more than was paid, also when an answer was lost (faults.md 59)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.errors import InvalidInput, OutcomeUnknown, Rejected
from connector_core.domain.event import EventType
from connector_core.domain.ids import PaymentId, StepId
from connector_core.domain.money import Money
from connector_core.domain.payment import Payment, PaymentFact, PaymentKind, PaymentState
from connector_core.domain.request import PayLink
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.refund import ask_refund, ask_refund_once, before_attempt, refund, refund_amount
from connector_core.flow.stage import Outcome, revived
from connector_core.flow.track_payment import record_facts
from connector_core.ports.gateway import Gateway, RefundAsk
from connector_core.ports.store import Batch
from tests.unit.flow.ledger import NOW, ORDER, PORTS, fact, order

REFUND, DONE = PaymentKind.REFUND, PaymentState.DONE


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


@dataclass
class Psp:
    """A PSP with a ledger of its own; `lost` are the answers that never arrive: before the deed or after it."""

    facts: list[PaymentFact] = field(default_factory=lambda: [fact()])
    lost: list[str] = field(default_factory=list)
    asks: list[RefundAsk] = field(default_factory=list)
    names_parent: bool = True

    async def payments(self, link: PayLink) -> Sequence[PaymentFact]:
        assert link.psp_order == "P-a"
        return self.facts

    async def refund(self, ask: RefundAsk) -> PaymentFact:
        self.asks.append(ask)
        way = self.lost.pop(0) if self.lost else ""
        made = fact(f"r{len(self.facts)}", kind=REFUND, amount=ask.amount)
        if way != "before":
            self.facts.append(replace(made, parent=ask.payment_ref if self.names_parent else ""))
        if way:
            raise OutcomeUnknown("The answer was lost.")
        return made

    @property
    def given(self) -> list[int]:
        return [f.amount.minor for f in self.facts if f.kind is REFUND]


class Book:
    """An order whose refunds are asked for and worked on, one after the other, as the runner does it."""

    def __init__(self, psp: Psp, *facts: PaymentFact) -> None:
        self.ports = replace(PORTS, gateways={"lyra": cast(Gateway, psp)})
        self.state = order()
        self._keep(record_facts(self.state, facts or psp.facts, PORTS))

    def ask(self, minor: int | None = None, **rest: Any) -> Step:
        (step,) = self.ask_at_once(minor, **rest)
        return step

    def ask_at_once(self, *sums: int | None, **rest: Any) -> list[Step]:
        """Wishes of people none of whom sees what the others ask for."""
        wanted = [None if minor is None else euros(minor) for minor in sums]
        steps = [ask_refund(self.state, PORTS.clock, amount, **rest).steps[0] for amount in wanted]
        self.state = self.state.with_steps(steps)
        return steps

    async def work(self, step_id: StepId) -> Outcome | None:
        """None when the answer was lost; the step's outcome is unknown from then on."""
        mine = before_attempt(self.state, self.step(step_id))
        try:
            outcome = await refund(self.state, mine, self.ports)
        except OutcomeUnknown:
            self.state = self.state.with_steps([replace(mine, state=StepState.UNKNOWN)])
            return None
        if outcome.parked:
            self._keep(outcome + Outcome(steps=[replace(mine, state=StepState.PARKED)]))
        else:
            self._keep(outcome, step_id)
        return outcome

    def step(self, step_id: StepId) -> Step:
        (found,) = [s for s in self.state.steps if s.id == step_id]
        return found

    def hear(self, facts: Sequence[PaymentFact]) -> None:
        self._keep(record_facts(self.state, facts, PORTS))

    def _keep(self, outcome: Outcome, *done: StepId) -> None:
        self.state = self.state.with_values(outcome.values).with_steps(outcome.steps, done)

    @property
    def refunds(self) -> list[int]:
        return [p.amount.minor for p in self.state.payments if p.kind is REFUND]


# -- asked for ---------------------------------------------------------------------------------------------------------


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


# -- given back --------------------------------------------------------------------------------------------------------


async def test_the_psp_is_asked_once_and_its_answer_recorded() -> None:
    psp = Psp()
    book = Book(psp)
    asked = book.ask(1000, comment="broken")
    assert await book.work(asked.id)
    assert psp.asks == [RefundAsk("t1", euros(1000), "broken")]
    (given,) = [p for p in book.state.payments if p.kind is REFUND]
    assert (given.psp_ref, given.parent, given.amount, given.state) == ("r1", "t1", euros(1000), DONE)
    assert book.state.steps[-1].kind is StepKind.WRITE_BACK
    assert asked.id not in {s.id for s in book.state.steps}


@pytest.mark.fault(13, 59)
@pytest.mark.parametrize("names_parent", [True, False])
@pytest.mark.parametrize(("way", "calls"), [("before", 2), ("after", 1)])
async def test_a_lost_answer_is_looked_up_before_anything_is_repeated(
    way: str, calls: int, names_parent: bool
) -> None:  # fmt: skip
    psp = Psp(lost=[way], names_parent=names_parent)
    book = Book(psp)
    asked = book.ask(1000)
    assert await book.work(asked.id) is None
    assert await book.work(asked.id)
    assert (psp.given, book.refunds, len(psp.asks)) == ([1000], [1000], calls)


@pytest.mark.fault(13, 59)
async def test_a_lost_answer_after_an_earlier_refund_is_not_mistaken_for_it() -> None:
    psp = Psp()
    book = Book(psp)
    await book.work(book.ask(1000).id)
    psp.lost = ["before"]
    asked = book.ask(1000, key="again")
    assert await book.work(asked.id) is None
    assert await book.work(asked.id)
    assert psp.given == book.refunds == [1000, 1000]


@pytest.mark.fault(13, 59)
async def test_earlier_refunds_of_the_same_amount_are_none_of_a_lost_one() -> None:
    psp = Psp(lost=["", "", "before"])
    book = Book(psp)
    await book.work(book.ask(1000).id)
    second, third = book.ask(1000, key="2"), book.ask(1000, key="3")
    for wish in (second, third, third):
        await book.work(wish.id)
    assert psp.given == book.refunds == [1000] * 3


@pytest.mark.fault(13, 59)
async def test_a_wish_that_an_earlier_version_has_stored_is_not_mistaken_for_an_earlier_refund() -> None:
    psp = Psp()
    book = Book(psp)
    await book.work(book.ask(1000).id)
    asked = book.ask(1000, key="again")
    payload = {name: value for name, value in asked.payload.items() if name != "others"}
    book.state = book.state.with_steps([replace(asked, payload=payload, state=StepState.UNKNOWN)])
    assert await book.work(asked.id)
    assert psp.given == book.refunds == [1000, 1000]


async def test_a_refund_of_money_that_no_link_of_ours_brought_cannot_be_looked_up() -> None:
    psp = Psp(facts=[fact(psp_order="P-other")], lost=["after"])
    book = Book(psp)
    asked = book.ask(1000)
    assert await book.work(asked.id) is None
    with pytest.raises(Rejected, match="no PayLink of ours"):
        await book.work(asked.id)
    assert len(psp.asks) == 1


@pytest.mark.fault(13, 59)
@pytest.mark.parametrize("way", ["before", "after"])
@pytest.mark.parametrize("sums", [(1000, 1000), (1000, 500), (500, 1000)], ids=str)
async def test_of_two_wishes_at_once_each_is_carried_out_though_the_second_answer_is_lost(
    sums: tuple[int, int], way: str
) -> None:  # fmt: skip
    psp = Psp(lost=["", way])
    book = Book(psp)
    wishes = [book.ask(minor, key=str(number)) for number, minor in enumerate(sums)]
    for wish in (*wishes, wishes[1]):
        await book.work(wish.id)
    assert psp.given == book.refunds == list(sums)


@pytest.mark.fault(13, 59)
@pytest.mark.parametrize("ways", [("before", "before"), ("before", "after"), ("after", "before"), ("after", "after")])
@pytest.mark.parametrize("sums", [(1000, 1000), (1000, 500), (500, 1000)], ids=str)
@pytest.mark.parametrize("first_again", [0, 1])
@pytest.mark.parametrize("heard", [True, False])
async def test_of_two_wishes_at_once_each_is_carried_out_once_whatever_was_lost(
    sums: tuple[int, int], ways: tuple[str, str], first_again: int, heard: bool
) -> None:  # fmt: skip
    """`heard`: the PSP's notifications come before anybody looks."""
    psp = Psp(lost=list(ways))
    book = Book(psp)
    wishes = [book.ask(minor, key=str(number)) for number, minor in enumerate(sums)]
    for wish in wishes:
        assert await book.work(wish.id) is None
    if heard:
        book.hear(psp.facts)
    for number in (first_again, 1 - first_again):
        assert await book.work(wishes[number].id)
    assert sorted(psp.given) == sorted(book.refunds) == sorted(sums)


@pytest.mark.fault(59)
@pytest.mark.parametrize("way", ["", "before", "after"])
async def test_wishes_that_knew_nothing_of_each_other_never_give_back_more_than_was_paid(way: str) -> None:
    psp = Psp(lost=[way])
    book = Book(psp)
    first, second = book.ask_at_once(3000, 391)
    await book.work(first.id)
    refused = await book.work(second.id)
    assert refused
    assert isinstance(refused.parked, Rejected)
    assert "Only 3.90 EUR are left" in refused.parked.sentence
    assert await book.work(first.id) if way else True
    assert psp.given == book.refunds == [3000]


@pytest.mark.fault(59)
@pytest.mark.parametrize("way", ["before", "after"])
async def test_an_earlier_wish_waits_for_a_later_one_that_may_have_gone_out(way: str) -> None:
    psp = Psp(lost=[way])
    book = Book(psp)
    first, second = book.ask_at_once(391, 3000)
    assert await book.work(second.id) is None
    refused = await book.work(first.id)
    assert refused
    assert refused.parked
    assert await book.work(second.id)
    assert psp.given == book.refunds == [3000]


@pytest.mark.fault(59)
async def test_of_wishes_that_are_too_much_together_the_earlier_one_is_carried_out() -> None:
    book = Book(psp := Psp())
    first, second = book.ask_at_once(391, 3000)
    refused = await book.work(second.id)
    assert refused
    assert refused.parked
    assert await book.work(first.id)
    assert psp.given == book.refunds == [391]


@pytest.mark.fault(59)
async def test_one_refund_that_the_psp_shows_is_that_of_one_wish_only() -> None:
    psp = Psp(lost=["after", "after"])
    book = Book(psp)
    first, second, third = book.ask_at_once(1000, 1000, 1391)
    for wish in (first, second):
        assert await book.work(wish.id) is None
    book.hear(psp.facts[:2])
    refused = await book.work(third.id)
    assert refused
    assert refused.parked
    assert psp.given == [1000, 1000]


@pytest.mark.fault(13, 59)
@pytest.mark.parametrize("way", ["before", "after"])
async def test_a_wish_that_knew_nothing_of_another_one_does_not_take_its_refund_for_its_own(way: str) -> None:
    psp = Psp(lost=["", way])
    book = Book(psp)
    first, second = book.ask_at_once(1000, 1000)
    book.state = replace(book.state, steps=(first,))
    await book.work(first.id)
    book.state = book.state.with_steps([second])
    for _ in range(2):
        await book.work(second.id)
    assert psp.given == book.refunds == [1000, 1000]


@pytest.mark.fault(13, 59)
@pytest.mark.parametrize("way", ["before", "after"])
async def test_a_wish_that_was_parked_is_looked_up_before_it_is_retried(way: str) -> None:
    """A person's retry forgets that an attempt went out without an outcome."""
    psp = Psp(lost=[way])
    book = Book(psp)
    asked = book.ask(1000)
    await book.work(asked.id)
    book.state = book.state.with_steps(revived([book.step(asked.id)], NOW))
    assert await book.work(asked.id)
    assert psp.given == book.refunds == [1000]
