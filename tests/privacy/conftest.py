"""One daemon of two shops, and its database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "shop", more_shops=["other"]) as opened:
        yield opened
