"""Amounts as people write them."""

import pytest

from connector_core.adapters.web.office.send_pages import plain_amount


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("49,90", "49.90"),
        ("49.90", "49.90"),
        ("5", "5"),
        ("1.234", "1234"),
        ("1,234", "1234"),
        ("1.234,50", "1234.50"),
        ("1,234.5", "1234.5"),
        ("1 234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1.234.567,89", "1234567.89"),
        (" 7,5 ", "7.5"),
    ],
)
def test_a_written_amount_is_read(text: str, plain: str) -> None:
    assert plain_amount(text) == plain


@pytest.mark.parametrize("text", ["12,345,6", "1.234.50", "1,234,50", "-5", "1e3", "NaN", "5,", ",5", "1.23.456", ""])
def test_what_can_be_read_in_two_ways_or_none_stays_and_is_refused(text: str) -> None:
    assert plain_amount(text) == text


def test_three_decimals_are_thousands() -> None:
    assert plain_amount("5,123") == "5123"
