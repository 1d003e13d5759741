"""Phone numbers appear as their last three digits; ids and amounts stay readable."""

import uuid

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.domain.card_numbers import CARD_MASK
from connector_core.domain.ids import uuid7
from connector_core.domain.masking import mask_phone, mask_text


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+4915123456789", "***789"), ("0151 23456789", "***789"), ("12345", "***"), ("", "***"), ("unknown", "***")],
)
def test_a_phone_shows_its_last_three_digits_at_most(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    "phone",
    [
        "+4915123456789",
        "+49 151 23456789",
        "+49 (0)151 / 2345-6789",
        "+49-151-23456-789",
        "004915123456789",
        "0049 (151) 23456789",
        "0151 23456789",
        "0151/23456789",
        "(0151) 23456789",
        "4915123456789",
        "16502530000",
    ],
)
def test_a_phone_in_a_text_is_masked(phone: str) -> None:
    assert mask_text(f"Anruf von {phone}, bitte zurückrufen") == f"Anruf von ***{phone[-3:]}, bitte zurückrufen"


@pytest.mark.parametrize(
    "text",
    [
        "order 4711 of 33.90 EUR, 2026-11-24 05:15:53.012345",
        "RE-2026-0012345",
        "Salesforce order 00000102, then 00100102",
        "1732425353123",
        "port 5672, 10.0.0.1:8080",
        "01994512-7123-7123-8123-012345678901",
    ],
)
def test_figures_that_are_no_phone_are_kept(text: str) -> None:
    assert mask_text(text) == text


def test_a_card_number_in_a_text_is_masked() -> None:
    assert mask_text("pay with 4111 1111 1111 1111 now") == f"pay with {CARD_MASK} now"


def test_a_whatsapp_message_id_does_not_give_the_number_away() -> None:
    assert mask_text("id wamid.HBgNNDkxNTEyMzQ1Njc4ORUCABEYEjdGM0E1OTY=") == "id wamid.***M0E1OTY="


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.sampled_from(list("+0")), st.text(max_size=20))
def test_a_real_number_of_any_country_is_masked(region: str, sign: str, before: str) -> None:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return
    style = phonenumbers.PhoneNumberFormat.E164 if sign == "+" else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    phone = phonenumbers.format_number(number, style)
    assert phone not in mask_text(f"{before} {phone}.")


@given(st.uuids())
def test_ids_are_kept(some_id: uuid.UUID) -> None:
    assert mask_text(f"step {some_id} is due") == f"step {some_id} is due"


def test_our_own_ids_are_kept() -> None:
    for _ in range(2000):
        some_id = uuid7()
        assert mask_text(some_id) == some_id
