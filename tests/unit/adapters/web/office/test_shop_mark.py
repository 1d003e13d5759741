"""The mark of a shop: letters that can be read on every colour, and a colour that stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.adapters.web.office.shop_mark import (
    PALETTE,
    ShopMark,
    colour_of,
    contrast,
    ink_on,
    letters_of,
    mark_of,
)
from connector_core.domain.ids import ShopId
from connector_core.domain.shop import Shop
from connector_core.flow.choices import ShopBook
from connector_core.ports.choices import ShopChoices

MAIN = ShopId("main")
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def shop(name: str = "Weinhaus Mosel", colour: str = "", own: str = "main") -> Shop:
    return Shop(ShopId(own), name, "main", ("whatsapp",), colour=colour)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#8a1538", "#ffffff", 9.35),
        ("#abcdef", "#ABCDEF", 1),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@given(colour=COLOURS)
def test_letters_are_read_on_every_colour(colour: str) -> None:
    assert contrast(ink_on(colour), colour) >= 4.5


@pytest.mark.parametrize(("colour", "ink"), [("#ffe000", "#000000"), ("#8a1538", "#ffffff"), ("#FFE000", "#000000")])
def test_ink_is_black_on_light_and_white_on_dark(colour: str, ink: str) -> None:
    assert ink_on(colour) == ink


@pytest.mark.parametrize("colour", PALETTE)
def test_the_palette_is_for_white_letters(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5
    assert ink_on(colour) == "#ffffff"


def test_a_shop_without_a_colour_has_one_that_stays_whatever_its_name() -> None:
    assert colour_of(shop()) == colour_of(shop("Another name")) == "#7a5c00"
    assert len({colour_of(shop(own=f"shop-{number}")) for number in range(200)}) == len(PALETTE)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Weinhaus Mosel", "WM"), ("tee", "T"), ("Tee & Mehr am Markt", "TM"), ("ßüß", "S"), ("3 Könige", "3K"),
     ("(neu) Laden", "NL"), ("🍷", "🍷"), ("& Co", "C"), ("Łódź świat", "ŁŚ")],
)  # fmt: skip
def test_letters_of_a_name(name: str, letters: str) -> None:
    assert letters_of(name) == letters


def test_a_mark_has_the_colour_that_was_chosen() -> None:
    book = ShopBook({MAIN: shop(colour="#ffe000")})
    assert mark_of(book[MAIN], book) == ShopMark("#ffe000", "#000000", "WM")
    book.choose({MAIN: ShopChoices(1, {"colour": "#000001"})})
    assert mark_of(book[MAIN], book) == ShopMark("#000001", "#ffffff", "WM")
    book.choose({MAIN: ShopChoices(2, {"colour": ""})})
    assert mark_of(book[MAIN], book).colour in PALETTE
