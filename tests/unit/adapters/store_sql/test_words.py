"""How a text that people type is read, and what a request is found by."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.adapters.store_sql.words import plain_words, readings, week_of, words_of
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef, RequestId, ShopId
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.phone import E164
from connector_core.domain.request import PaymentRequest, RequestState, Terms
from connector_core.domain.state import OrderState

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def state(
    name: str = "", amount: Money | None = None, reference: str = "R-1", phone: str = "", ref: str = "77"
) -> OrderState:
    order = Order(OrderId("o"), ConnectionId("c"), OrderRef(ref), ShopId("s"), "INV/2026/0009", NOW)
    terms = Terms(amount or Money(1470, "EUR"), reference, E164(phone), "de", name)
    return OrderState(
        order, PaymentRequest(RequestId("r"), order.id, order.shop, RequestState.OPEN, 1, terms, "m", NOW, NOW)
    )


def finds(text: str, of: OrderState) -> bool:
    words = words_of(of)
    return any(all(any(low <= word < high for word in words) for low, high in reading) for reading in readings(text))


@pytest.mark.parametrize(
    ("text", "currency", "minor", "found"),
    [
        ("14.70", "EUR", 1470, True),
        ("14,7", "EUR", 1470, True),
        ("14,70 €", "EUR", 1470, True),
        ("EUR 14,70", "EUR", 1470, False),
        ("14,70 EUR", "EUR", 1470, True),
        ("1.470,00", "EUR", 147_000, True),
        ("1,470.00", "EUR", 147_000, True),
        ("1 234 567,89", "EUR", 123_456_789, True),
        ("1470.00", "JPY", 1470, True),
        ("14.705", "BHD", 14_705, True),
        ("14.70", "BHD", 14_700, True),
        ("14.70", "EUR", 14_700, False),
        ("4.70", "EUR", 1470, False),
        ("1470", "EUR", 1470, False),
    ],
)
def test_an_amount_is_found_as_it_is_typed(text: str, currency: str, minor: int, found: bool) -> None:
    assert finds(text, state(amount=Money(minor, currency))) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("6789", True),
        ("23456789", True),
        ("0151 23456789", True),
        ("0151/234-567-89", True),
        ("(0151) 23456789", True),
        ("+4915123456789", True),
        ("0049 151 23456789", True),
        ("789", False),
        ("678", False),
        ("5678", False),
        ("0 6789 ", False),
    ],
)
def test_a_phone_is_found_by_its_end(text: str, found: bool) -> None:
    assert finds(text, state(phone="+4915123456789")) is found


@pytest.mark.parametrize("text", ["inv/2026/0009", "INV/2026", "INV", "0009", "2026", "R-1", "r", "77", " 77 "])
def test_references_are_found_whole_and_by_their_beginning(text: str) -> None:
    assert finds(text, state())


@pytest.mark.parametrize("text", ["Sale no", "sale no. 1", "Sale No. 17"])
def test_a_reference_of_several_words_is_found_by_its_beginning(text: str) -> None:
    assert finds(text, state(ref="Sale No. 17"))


@pytest.mark.parametrize("text", ["009", "7 7", "V/2026", "2026 0009"])
def test_the_middle_of_a_reference_is_not_looked_for(text: str) -> None:
    assert not finds(text, state())


@given(st.text(max_size=60), st.text(max_size=20))
def test_whoever_types_the_beginnings_of_a_name_finds_it(name: str, noise: str) -> None:
    asked = [word[: max(1, len(word) // 2)] for word in plain_words(name)[:5]]
    if any(one.isalpha() for word in asked for one in word) or len(asked) == 1:
        assert finds(" ".join(asked), state(name=name))
    readings(noise)


@given(st.text(max_size=200))
def test_no_text_reads_as_everything(text: str) -> None:
    for reading in readings(text):
        assert reading
        assert all(low and low < high and "\0" not in low for low, high in reading)
        "".join(span.low for span in reading).encode()


def test_a_request_without_phone_or_name_has_no_empty_words() -> None:
    assert words_of(state()) == ["0009", "1", "2026", "77", "=14.70", "inv", "inv/2026/0009", "r", "r-1"]


def test_weeks_follow_one_another() -> None:
    week = 7 * 86_400 * 1_000_000
    assert (week_of(week - 1), week_of(week)) == (0, 1)
