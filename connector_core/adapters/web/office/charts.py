"""Charts as plain numbers for SVG: the template draws, this says where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from connector_core.ports.listing import Figures

WIDTH, HEIGHT = 720, 180
_GAP = 0.25


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: `x` and `width` of the pair of bars, the heights of both, and what they stand for."""

    day: date
    x: float
    width: float
    made: int
    paid: int
    made_height: float
    paid_height: float


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way from sending to paying: `share` of the requests that were made, from 0 to 1."""

    name: str
    count: int
    share: float


def bars(by_day: Sequence[tuple[date, int, int]]) -> list[Bar]:
    """The tallest bar fills the height; days without anything are drawn as nothing."""
    most = max((max(made, paid) for _, made, paid in by_day), default=0) or 1
    step = WIDTH / max(len(by_day), 1)
    return [
        Bar(
            day,
            round(index * step + step * _GAP / 2, 2),
            round(step * (1 - _GAP) / 2, 2),
            made,
            paid,
            round(made / most * HEIGHT, 2),
            round(paid / most * HEIGHT, 2),
        )
        for index, (day, made, paid) in enumerate(by_day)
    ]


def funnel(figures: Figures) -> list[Stage]:
    counts = (
        ("made", figures.asked),
        ("sent", figures.sent),
        ("delivered", figures.delivered),
        ("read", figures.read),
        ("paid", figures.paid),
    )
    return [Stage(name, count, count / figures.asked if figures.asked else 0.0) for name, count in counts]
