"""What is written comes out as it was meant."""

from datetime import timedelta

import pytest

from connector_core.configured import peers
from connector_core.domain.errors import ConfigurationError
from connector_core.settings import Settings, duration_text, load_settings, parse_duration


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


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PAYLINK_DATABSE", "PAYLINK_DATABASE"),
        ("PAYLINK_DATABASE_URL", "PAYLINK_DATABASE"),
        ("PAYLINK_LOGLEVEL", "PAYLINK_LOG_LEVEL"),
        ("PAYLINK_SHOP__MAIN__NAME", "PAYLINK_SHOPS__MAIN__NAME"),
    ],
)
def test_a_variable_that_is_misspelt_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, meant: str) -> None:
    monkeypatch.setenv(name, "sqlite:///nowhere.db")
    with pytest.raises(ConfigurationError, match=f"{name}: there is no such setting; did you mean {meant}\\?"):
        load_settings(None)


@pytest.mark.parametrize("name", ["PAYLINK_LANG", "PAYLINK_CONFIG", "PAYLINK_SERVICE_HOST", "PAYLINK_PORT_80_TCP"])
def test_a_variable_of_somebody_else_is_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "en")
    assert load_settings(None).port == 8080
