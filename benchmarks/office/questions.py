"""What is asked of the list, each time of other requests."""

import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any

from benchmarks.office.generator import FIRST_NAMES, LAST_NAMES, SHOPS, order_id, phone
from connector_core.domain.ids import ShopId
from connector_core.ports.listing import Filters, Listing, Place

_LAST_DAY = date(2026, 10, 31)
_LONG_AGO = _LAST_DAY - timedelta(days=400)
_SHOPS = list(SHOPS)

Question = Callable[[random.Random], Awaitable[Any]]
Drawn = Callable[[random.Random], str]


class Questions:
    """`number` requests are in the list."""

    def __init__(self, listing: Listing, number: int) -> None:
        self._listing = listing
        self._number = number

    def all(self) -> Mapping[str, Question]:
        return {**self._pages(), **self._searches(), **self._others()}

    def _pages(self) -> Mapping[str, Question]:
        states = _one_of("open", "expired", "cancelled", "paid")
        return {
            "newest page": self._page(),
            "page after 90 % of all": self._deep_page(),
            "one small shop": self._page(shops=[ShopId("small")]),
            "state": self._page(state=states),
            "state, deep": self._deep_page(state=states),
            "money": self._page(money=_one_of("open", "paid")),
            "delivery": self._page(delivery=_one_of("read", "failed", "accepted")),
            "connection": self._page(connection="small-erp"),
            "days": self._page(since=_LONG_AGO, until=_LONG_AGO + timedelta(days=10)),
            "attention": self._page(attention=True),
            "state and delivery": self._page(state="open", delivery="failed"),
        }

    def _searches(self) -> Mapping[str, Question]:
        number, names = self._number, _one_of(*LAST_NAMES)
        asked: Mapping[str, str | Drawn] = {
            "a whole number": lambda c: f"{c.choice((2025, 2026))}-{c.randrange(number):06}",
            "the beginning of a number": lambda c: f"2026-{c.randrange(number):06}"[:8],
            "what every number begins with": "20",
            "what all numbers of last year begin with": "2025",
            "the end of a phone": lambda c: phone(c.randrange(number))[-4:],
            "a whole phone": lambda c: "0" + phone(c.randrange(number))[3:],
            "an amount": _one_of("14,70", "9.90", "123,45"),
            "a common name": names,
            "two letters": _one_of("an", "mu", "wo", "sc"),
            "first and last name": lambda c: f"{c.choice(FIRST_NAMES)} {c.choice(LAST_NAMES)}",
            "nothing that is there": "xylophon",
        }
        return {f"search: {name}": self._page(text=text) for name, text in asked.items()} | {
            "search: a name, deep": self._deep_page(text=names),
            "search: a name and a state": self._page(text=names, state="open"),
            "search: a name in a small shop": self._page(text=names, shops=[ShopId("small")]),
        }

    def _others(self) -> Mapping[str, Question]:
        listing, number = self._listing, self._number
        return {
            "one row": lambda c: listing.row(order_id(c.randrange(number))),
            "how many need attention": lambda _: listing.attention(_SHOPS),
            "what has changed": lambda c: listing.touched(number - c.randrange(100), _SHOPS),
            "figures of 30 days": lambda _: listing.figures(_SHOPS, _LAST_DAY - timedelta(days=29), _LAST_DAY),
            "figures of a year": lambda _: listing.figures(_SHOPS, _LAST_DAY - timedelta(days=364), _LAST_DAY),
        }

    def _page(self, **asked: Any) -> Question:
        return lambda chance: self._listing.rows(_filters(chance, asked))

    def _deep_page(self, **asked: Any) -> Question:
        async def page(chance: random.Random) -> Any:
            row = await self._listing.row(order_id(chance.randrange(self._number // 10)))
            assert row is not None
            return await self._listing.rows(_filters(chance, asked), after=Place(row.created_at, row.order_id))

        return page


def _one_of(*values: str) -> Drawn:
    return lambda chance: chance.choice(values)


def _filters(chance: random.Random, asked: Mapping[str, Any]) -> Filters:
    drawn = {name: value(chance) if callable(value) else value for name, value in asked.items()}
    return Filters(**{"shops": _SHOPS, **drawn})
