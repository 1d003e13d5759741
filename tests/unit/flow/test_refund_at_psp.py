"""What the PSP gives back: once for each wish, never more than was paid, whatever answers are lost (faults.md 59)."""

from dataclasses import replace

import pytest

from connector_core.domain.errors import Rejected
from connector_core.domain.payment import PaymentState
from connector_core.domain.step import StepKind, StepState
from connector_core.flow.stage import revived
from connector_core.ports.gateway import RefundAsk
from tests.unit.flow.ledger import NOW, fact
from tests.unit.flow.refund_book import REFUND, Book, Psp, euros

DONE = PaymentState.DONE


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
@pytest.mark.parametrize(("lost", "order"), [(["", "", "before"], (0, 1, 1)), (["", "before"], (0, 1, 0))])
async def test_no_refund_of_the_same_amount_is_taken_for_a_lost_one(lost: list[str], order: tuple[int, ...]) -> None:
    """Neither one that was made before it, nor one that was made after its answer was lost."""
    psp = Psp(lost=lost)
    book = Book(psp)
    await book.work(book.ask(1000).id)
    wishes = book.ask(1000, key="2"), book.ask(1000, key="3")
    for number in order:
        await book.work(wishes[number].id)
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
    assert "Only 3.90 EUR" in refused.parked.sentence
    assert await book.work(first.id) if way else True
    assert psp.given == book.refunds == [3000]


@pytest.mark.fault(59)
@pytest.mark.parametrize(
    ("sums", "given", "left"),
    [((3000, 390), [3000, 390], ""), ((3000, 391), [3000], "3.90"), ((3390, 1), [3390], "0.00"),
     ((3000, 390, 1), [3000, 390], "0.00")],
    ids=str,
)  # fmt: skip
async def test_wishes_that_came_together_may_take_all_and_no_more(
    sums: tuple[int, ...], given: list[int], left: str
) -> None:  # fmt: skip
    book = Book(psp := Psp())
    outcomes = [await book.work(wish.id) for wish in book.ask_at_once(*sums)]
    refused = [outcome.parked.sentence for outcome in outcomes if outcome and outcome.parked]
    assert [f"Only {left} EUR" in sentence for sentence in refused] == [True] * bool(left)
    assert psp.given == book.refunds == given


@pytest.mark.fault(59)
async def test_nothing_is_left_where_more_is_asked_for_than_was_paid() -> None:
    book = Book(Psp())
    third = book.ask_at_once(3000, 3000, 1)[2]
    refused = await book.work(third.id)
    assert refused
    assert refused.parked
    assert "Only 0.00 EUR" in refused.parked.sentence


@pytest.mark.fault(59)
@pytest.mark.parametrize(("way", "given"), [("before", []), ("after", [3000])])
async def test_an_earlier_wish_gives_way_to_a_later_one_that_may_have_gone_out(way: str, given: list[int]) -> None:
    """Where nothing went out both are left to a person: what is parked may still be retried."""
    psp = Psp(lost=[way])
    book = Book(psp)
    first, second = book.ask_at_once(391, 3000)
    book.state = replace(book.state, steps=(second,))
    assert await book.work(second.id) is None
    book.state = book.state.with_steps([first])
    refused = await book.work(first.id)
    assert refused
    assert refused.parked
    assert await book.work(second.id)
    assert psp.given == book.refunds == given


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
