"""I8: no card number survives a door, and what only looks like one is kept."""

import time
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector_core.domain.card_numbers import CARD_MASK, is_card_number, mask_card_numbers, without_card_numbers

CARDS = [
    "4111111111111111",  # Visa
    "4222222222222",  # Visa, 13 digits
    "5555555555554444",  # Mastercard
    "2223003122003222",  # Mastercard, new range
    "378282246310005",  # American Express
    "30569309025904",  # Diners Club
    "6011111111111117",  # Discover
    "3530111333300000",  # JCB
    "6200000000000005",  # UnionPay
    "6759649826438453",  # Maestro
    "2200000000000004",  # Mir
]
SEPARATORS = ["", " ", "-", ".", "\u00a0", "\u202f", "\u2011", "–", " - ", "\u200b", "\t", "\n"]


def grouped(card: str, separator: str) -> str:
    return separator.join(card[at : at + 4] for at in range(0, len(card), 4))


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_card_number_is_masked_however_it_is_grouped(card: str, separator: str) -> None:
    assert mask_card_numbers(f"Karte: {grouped(card, separator)}, danke") == (f"Karte: {CARD_MASK}, danke", 1)


@pytest.mark.parametrize("zero", ["٠", "０", "०", "𝟎"])
def test_digits_of_other_scripts_are_digits(zero: str) -> None:
    card = "".join(chr(ord(zero) + int(digit)) for digit in CARDS[0])
    assert mask_card_numbers(card) == (CARD_MASK, 1)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("12 4111 1111 1111 1111", f"12 {CARD_MASK}"),
        ("4111 1111 1111 1111 12/27 123", f"{CARD_MASK} 12/27 123"),
        ("Visa4111111111111111exp", f"Visa{CARD_MASK}exp"),
        ("+4111 1111 1111 1111", f"+{CARD_MASK}"),
        ("33,00 378282246310005", f"33,00 {CARD_MASK}"),
        ("+378282246310005", f"+{CARD_MASK}"),
        ("Pos. 10.4111111111111111", f"Pos. 10.{CARD_MASK}"),
        ("Ticket 17-4111111111111111", f"Ticket 17-{CARD_MASK}"),
    ],
)
def test_neighbours_do_not_hide_a_card_number(text: str, masked: str) -> None:
    assert mask_card_numbers(text) == (masked, 1)


def test_every_card_number_of_a_text_is_counted() -> None:
    assert mask_card_numbers(", ".join(CARDS)) == (", ".join([CARD_MASK] * len(CARDS)), len(CARDS))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # wrong check digit
        "9111111111111110",  # no issuer
        "0000000000000000",
        "411111111111111100000",  # longer than any card
        "1732425353123",  # milliseconds
        "0.4111111111111111",
        "4.111111111111111",
        "2026-11-24 05:15:53",
        "DE89 3704 0044 0532 0130 00",
    ],
)
def test_what_is_no_card_number_is_kept(text: str) -> None:
    assert mask_card_numbers(text) == (text, 0)


@pytest.mark.parametrize("written", ["+{0}", "+ {0}", "+({0}", "00 {0}", "00{0}", "00-{0}"])
def test_a_dialled_number_is_kept_although_it_passes_luhn(written: str) -> None:
    phone = next(number for number in map(str, range(4915123456780, 4915123456790)) if is_card_number(number))
    text = f"Tel. {written.format(phone)}"
    assert mask_card_numbers(text) == (text, 0)


def test_a_uuid_of_digits_is_kept() -> None:
    tails = (f"1{tail:03}" for tail in range(1000))
    second = next(tail for tail in tails if is_card_number(f"41111111{tail}4000"))
    text = f"id 41111111-{second}-4000-8000-000000000000"
    assert mask_card_numbers(text) == (text, 0)


@given(st.sampled_from(CARDS), st.sampled_from(SEPARATORS), st.text(), st.text())
@example("4111111111111111", "", "5105 ", " 4111")
def test_no_text_around_it_saves_a_card_number(card: str, separator: str, before: str, after: str) -> None:
    text = f"{before}\n|{grouped(card, separator)}|\n{after}"
    masked, count = mask_card_numbers(text)
    assert f"|{CARD_MASK}|" in masked
    assert count >= 1


@given(st.text(alphabet="0123456789 -.+|", max_size=120))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    masked, _ = mask_card_numbers(text)
    assert mask_card_numbers(masked) == (masked, 0)


@given(st.uuids(version=4), st.integers(10, 10**12 - 1))
def test_ids_and_order_numbers_are_kept(some_id: uuid.UUID, number: int) -> None:
    text = f"order {some_id} is number {number}"
    assert mask_card_numbers(text) == (text, 0)


@given(st.text())
def test_text_without_thirteen_digits_is_kept(text: str) -> None:
    if sum(sign.isdecimal() for sign in text) < 13:
        assert mask_card_numbers(text) == (text, 0)


def test_a_long_hostile_text_is_read_in_linear_time() -> None:
    def seconds(length: int) -> float:
        started = time.thread_time()
        mask_card_numbers("1-" * length)
        return time.thread_time() - started

    assert min(seconds(20_000) for _ in range(3)) < 40 * min(seconds(2_000) for _ in range(3))


@pytest.mark.fault(52)
def test_a_whole_record_without_card_numbers() -> None:
    number = "4970100000000055"
    record = {
        "note": f"card {number}",
        number: [1, {"deep": "4970 1000 0000 0055"}, ("4970-1000-0000-0055",)],
        "bare": int(number),
        "kept": [None, True, 4.97, 20, "+4915123456789", 1764000000000],
    }
    masked = without_card_numbers(record)
    assert masked == {
        "note": f"card {CARD_MASK}",
        CARD_MASK: [1, {"deep": CARD_MASK}, [CARD_MASK]],
        "bare": CARD_MASK,
        "kept": [None, True, 4.97, 20, "+4915123456789", 1764000000000],
    }
    assert without_card_numbers(masked) == masked
