"""The words of states are stored, published and read by others: they never change."""

from enum import StrEnum

import pytest

from connector_core.domain.message import HANDED_OVER, Delivery, Purpose
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFlag, PaymentKind, PaymentState, WriteBackFact, WriteBackState
from connector_core.domain.phone import E164
from connector_core.domain.request import ERASED, LinkState, MoneyState, RequestState, Terms

WORDS: dict[type[StrEnum], str] = {
    Purpose: "paylink reminder changed cancelled receipt",
    Delivery: "queued unknown accepted failed sent delivered read",
    PaymentKind: "capture refund chargeback",
    PaymentState: "pending failed done",
    WriteBackFact: "captured refunded charged_back expired",
    WriteBackState: "due done parked",
    RequestState: "open paid cancelled expired",
    MoneyState: "open pending partly_paid paid overpaid",
    LinkState: "wanted open paid closed expired failed lost",
}


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: str(kind.__name__))
def test_words_and_their_order(kind: type[StrEnum]) -> None:
    assert [word.value for word in kind] == WORDS[kind].split()
    assert [word.name.lower() for word in kind] == WORDS[kind].split()


def test_flags() -> None:
    flags = {PaymentFlag.NONE: "", PaymentFlag.SURPLUS: "surplus", PaymentFlag.LATE: "late"}
    assert {flag: flag.value for flag in flags} == flags
    assert [flag.value for flag in PaymentFlag][3:6] == ["wrong_amount", "wrong_currency", "unallocated"]


def test_the_channel_of_a_message_that_a_person_sends() -> None:
    assert HANDED_OVER == "handed-over"


def test_an_erased_buyer_is_told_by_the_word_in_place_of_the_number() -> None:
    terms = [Terms(Money(1, "EUR"), "1", E164(phone), "de") for phone in ("[erased]", "+4915123456789")]
    assert ERASED == "[erased]"
    assert [one.erased for one in terms] == [True, False]
