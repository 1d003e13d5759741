import pytest

from connector_core.mapping.texts import ConversionError, as_text, clean, cut, is_nothing


@pytest.mark.parametrize("value", [None, "", " \n\t", False, [], {}])
def test_what_counts_as_nothing(value: object) -> None:
    assert is_nothing(value)


@pytest.mark.parametrize("value", [0, 0.0, "0", True, [None], "x"])
def test_what_counts_as_something(value: object) -> None:
    assert not is_nothing(value)


def test_numbers_are_written_out() -> None:
    assert [as_text(value) for value in (15, 15.0, 33.9, "x", -1)] == ["15", "15", "33.9", "x", "-1"]


@pytest.mark.parametrize("value", [True, [], {}, None, pytest.param(10**5000, id="vast")])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(ConversionError):
        as_text(value)


@pytest.mark.parametrize("text", ["Zoë 👩‍👩‍👧", "❤️", "محمد الصباح", "שלום", "花子", "a‎b"])
def test_emoji_and_right_to_left_stay(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x1b[0m", "ab[0m"),
        (" two\r\n lines\tand  blanks ", "two lines and blanks"),
        ("\u202egnp.exe", "gnp.exe"),
        ("half \ud83d emoji", "half emoji"),
        ("e\u0301", "é"),
        ("\ufeffx\x85y", "x y"),
    ],
)
def test_what_is_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
    cleaned.encode()


def test_card_numbers_are_masked() -> None:
    assert "1111" not in clean("pay with 4111 1111 1111 1111 please")


def test_a_card_number_does_not_hide_behind_controls() -> None:
    assert "1111" not in clean("4111\x001111\u202e11111111")


@pytest.mark.parametrize("limit", range(2, 13))
def test_a_cut_text_ends_with_whole_letters(limit: int) -> None:
    text = "ae\u0301👩‍👩‍👧❤️👍🏽xyz"
    result = cut(text, limit)
    assert len(result) <= limit
    assert result.endswith("…")
    whole = ["", "a", "ae\u0301", "ae\u0301👩‍👩‍👧", "ae\u0301👩‍👩‍👧❤️", "ae\u0301👩‍👩‍👧❤️👍🏽"]
    assert result[:-1] in whole


def test_a_short_text_is_not_cut() -> None:
    assert cut("short", 5) == "short"
    assert cut("longer", 5) == "long…"
