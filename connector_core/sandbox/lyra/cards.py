"""The test cards, whose number alone decides what happens (reference/lyra.md 4)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """`challenge`: the buyer must confirm first. `currency`: the only one that it pays, if it pays one only."""

    number: str
    brand: str
    name: str
    accepted: bool
    challenge: bool = False
    authenticated: bool = True
    currency: str = ""
    offered: bool = False

    @property
    def masked(self) -> str:
        return f"{self.number[:6]}XXXXXX{self.number[-4:]}"

    @property
    def grouped(self) -> str:
        return " ".join(self.number[i : i + 4] for i in range(0, 16, 4))


CARDS = (
    Card("4970100000000055", "VISA", "accepted", accepted=True, offered=True),
    Card("4970100000000113", "VISA", "refused", accepted=False, offered=True),
    Card("4970110000001003", "VISA", "challenge", accepted=True, challenge=True, offered=True),
    Card("4970110000000039", "VISA", "challenge_refused", accepted=False, challenge=True),
    Card("4970110000000401", "VISA", "rejected", accepted=False, authenticated=False),
    Card("5970100300000067", "MASTERCARD", "accepted", accepted=True),
    Card("4051700000003926", "VISA", "accepted", accepted=True, currency="JPY"),
    Card("4515450000004140", "VISA", "accepted", accepted=True, currency="KWD"),
)
_BY_NUMBER = {card.number: card for card in CARDS}


def find_card(typed: str, currency: str) -> Card | None:
    """The test card of that number, written with or without spaces; None when there is none for the currency."""
    card = _BY_NUMBER.get("".join(typed.replace("-", " ").split()))
    if card is None or (card.currency and card.currency != currency):
        return None
    return card
