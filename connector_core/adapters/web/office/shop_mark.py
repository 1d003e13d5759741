"""The mark by which a shop is known at a glance: its logo, or letters of its name on its colour."""

from dataclasses import dataclass
from zlib import crc32

from connector_core.domain.shop import Shop
from connector_core.flow.choices import ShopBook

PALETTE = (
    "#0b5fa5", "#8a1538", "#1d6b3a", "#6a3fa0", "#9a4a00", "#00666b", "#b0125b", "#4a5568", "#7a5c00", "#c0281c",
    "#2f4db5", "#3f6212",
)  # fmt: skip
"""For shops without a colour of their own; white is read well on each."""
LOGO = "logo"
"""Under this name the picture stands in what people have chosen for a shop, as base64."""
_DARK, _LIGHT = "#000000", "#ffffff"


@dataclass(frozen=True, slots=True)
class ShopMark:
    """`ink` is the colour of the letters; `logo` the address of the picture, empty where there is none."""

    colour: str
    ink: str
    letters: str
    logo: str = ""


def mark_of(shop: Shop, book: ShopBook) -> ShopMark:
    """The address of a logo changes with every change of the shop, so that no page shows an older one."""
    colour = colour_of(shop)
    logo = f"/office/shops/{shop.id}/logo?v={book.versions[shop.id]}" if book.chosen.get(shop.id, {}).get(LOGO) else ""
    return ShopMark(colour, ink_on(colour), letters_of(shop.name), logo)


def colour_of(shop: Shop) -> str:
    """Its own, or one that follows from its id: the same after every start and in every daemon."""
    return shop.colour or PALETTE[crc32(shop.id.encode()) % len(PALETTE)]


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better: at least 4.58 to 1 on every colour."""
    return max((_LIGHT, _DARK), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """As WCAG 2 has it, from 1 to 21, of two colours as ``#rrggbb``."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def letters_of(name: str) -> str:
    """The first letters of its first two words that have one; of a name without any, its first character."""
    words = [found for word in name.split() if (found := next(filter(str.isalnum, word), ""))]
    return "".join(letter.upper()[:1] for letter in words[:2]) or name[:1]


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
