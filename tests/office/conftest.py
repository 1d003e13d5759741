"""One daemon of two shops, and its database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flow.house import House, open_house
from tests.office.visitor import Visitor


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "shop", more_shops=["other"]) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Front:
    """The house and somebody who may do everything in it."""

    house: House
    visitor: Visitor


@pytest.fixture
async def front(house: House) -> AsyncIterator[Front]:
    from connector_core.domain.person import EVERY_SHOP, Role

    async with Visitor(house.url) as visitor:
        await visitor.enter(house.store, {EVERY_SHOP: Role.OWNER}, "anna@shop.example")
        yield Front(house, visitor)
