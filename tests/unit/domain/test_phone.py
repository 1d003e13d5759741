import pytest

from connector_core.domain.phone import E164, PhoneError, parse_phone, zone_of


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("0151 23456789", "DE", "+4915123456789"),
        ("0151 23456789", "de", "+4915123456789"),
        ("+49 (0)151 23456789", None, "+4915123456789"),
        ("0049 151 23456789", "DE", "+4915123456789"),
        ("0664 1234567", "AT", "+436641234567"),
        ("079 123 45 67", "CH", "+41791234567"),
        ("+86 138 0013 8000", "DE", "+8613800138000"),
        ("+49 151 23456789", "", "+4915123456789"),
    ],
)
def test_numbers_as_people_write_them(text: str, region: str | None, e164: str) -> None:
    assert parse_phone(text, region) == e164


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("0151 23456789", None),
        ("12", "DE"),
        ("", "DE"),
        ("call me", "DE"),
        ("+5215512345678", "MX"),
        ("1" * 300, "DE"),
        ("0151 23456789", "ZZ"),
    ],
)
def test_what_is_no_reachable_number(text: str, region: str | None) -> None:
    with pytest.raises(PhoneError):
        parse_phone(text, region)


def test_the_error_does_not_show_the_number() -> None:
    for text, region in (("0151 234567890123", "DE"), ("0151 23456789", None)):
        with pytest.raises(PhoneError) as caught:
            parse_phone(text, region)
        assert "0151" not in str(caught.value)
        assert "23456" not in str(caught.value)


@pytest.mark.parametrize(
    ("region", "why"),
    [
        ("DE", "the telephone number cannot be read as a number of DE"),
        (None, "the telephone number cannot be read without a country: write it with + and the country code"),
    ],
)
def test_the_error_says_what_is_missing(region: str | None, why: str) -> None:
    with pytest.raises(PhoneError) as caught:
        parse_phone("call me", region)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        ("+4915123456789", "Europe/Berlin"),
        ("+12125550123", "America/New_York"),
        ("+61412345678", "Australia/Adelaide"),
        ("+80012345678", "UTC"),
    ],
    ids=["one zone", "one of a country's", "the first of several", "at home nowhere"],
)
def test_a_number_is_at_home_in_a_time_zone(phone: str, zone: str) -> None:
    assert zone_of(E164(phone)) == zone
