"""What is written comes out as it was meant."""

from datetime import timedelta

import pytest

from connector_core.configured import peers
from connector_core.settings import Settings, duration_text, parse_duration


@pytest.mark.parametrize("text", ["0s", "90s", "2m", "36h", "7d", "1.5s"])
def test_a_duration_is_shown_as_it_can_be_written(text: str) -> None:
    value = parse_duration(text)
    assert isinstance(value, timedelta)
    assert parse_duration(duration_text(value)) == value


def test_numbers_of_the_environment_are_taken_as_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop id consists of digits, and a variable that does so is read as a number."""
    monkeypatch.setenv("PAYLINK_PSP__MAIN__SHOP_ID", "12345678")
    monkeypatch.setenv("PAYLINK_PSP__MAIN__PASSWORDS", '["testpassword_0123456789"]')
    monkeypatch.setenv("PAYLINK_PSP__MAIN__NAME", "somebody-else")
    assert peers(Settings()).gateways["main"].account == "main"
