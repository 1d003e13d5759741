"""What people set on pages works in every daemon within seconds."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connector_core.domain.ids import ShopId
from connector_core.domain.shop import Shop
from connector_core.flow.alarm import Alarm
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.choices import Choices, ShopChoices
from connector_core.ports.store import StoreUnavailable

LOOK_SECONDS = 2.0


class ShopBook(Mapping[ShopId, Shop]):
    """The shops of the configuration with what people have chosen since; they change while the daemon runs."""

    def __init__(self, configured: Mapping[ShopId, Shop]) -> None:
        self.configured = configured
        self.versions: Mapping[ShopId, int] = {}
        self.chosen: Mapping[ShopId, Mapping[str, Any]] = {}
        self._now = dict(configured)

    def choose(self, chosen: Mapping[ShopId, ShopChoices]) -> None:
        self.versions = {name: choices.version for name, choices in chosen.items()}
        self.chosen = {name: choices.values or {} for name, choices in chosen.items()}
        for name, shop in self.configured.items():
            self._now[name] = with_choices(shop, chosen[name].values or {}) if name in chosen else shop

    def __getitem__(self, name: ShopId) -> Shop:
        return self._now[name]

    def __iter__(self) -> Iterator[ShopId]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)


def with_choices(shop: Shop, values: Mapping[str, Any]) -> Shop:
    """The shop as chosen; a messenger that the configuration does not give it any more is left out."""
    known = [name for name in values.get("channels", shop.channels) if name in shop.channels]
    return replace(
        shop,
        name=values.get("name", shop.name),
        colour=values.get("colour", shop.colour),
        channels=tuple(known) or shop.channels,
        payment_methods=tuple(values.get("payment_methods", shop.payment_methods)),
        link_validity=_span(values, "link_validity", shop.link_validity),
        last_call=_span(values, "last_call", shop.last_call),
        reminders=tuple(timedelta(seconds=one) for one in values["reminders"])
        if "reminders" in values
        else shop.reminders,
    )


async def follow_choices(choices: Choices, book: ShopBook, pauses: Pauses) -> None:
    """Until cancelled; while the database is away, what was known last stays."""
    alarm = Alarm("choices not read")
    while True:
        try:
            await read_choices(choices, book, pauses)
            alarm.clear()
        except StoreUnavailable as error:
            alarm.rise(str(error))
        await asyncio.sleep(LOOK_SECONDS)


async def read_choices(choices: Choices, book: ShopBook, pauses: Pauses) -> None:
    pauses.hold(hold.block for hold in await choices.holds())
    book.choose(await choices.shops())


def _span(values: Mapping[str, Any], name: str, otherwise: timedelta) -> timedelta:
    return timedelta(seconds=values[name]) if name in values else otherwise
