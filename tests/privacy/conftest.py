"""One daemon of two shops, and its database."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connector_core.adapters.store_sql.database import open_engine
from tests.flow.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "shop", more_shops=["other"]) as opened:
        yield opened


@pytest.fixture
def engine(house: House) -> Iterator[Engine]:
    opened = open_engine(house._settings.database)
    yield opened
    opened.dispose()
