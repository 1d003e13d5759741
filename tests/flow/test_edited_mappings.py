"""A mapping that is edited while orders are on their way: a broken one is refused, a new one is for new orders."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector_core.domain.errors import ConfigurationError
from connector_core.domain.state import OrderState
from tests.flow.house import House, open_house, told

SHIPPED = Path(__file__).parents[2] / "mappings" / "woocommerce" / "order.yaml"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def restarted_with(house: House, document: str) -> None:
    """As an administrator does it: a document in a folder of the configuration, and a restart."""
    folder = house.folder / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "order.yaml").write_text(document, encoding="utf-8")
    house._settings = house._settings.model_copy(update={"mappings": [folder]})
    await house.daemon.stop()
    await house.start_daemon()


async def asked(house: House) -> tuple[str, OrderState]:
    ref = house.shop.place_order(total="20.00")
    return ref, await house.until(lambda order: bool(told(order)) and prolonged(order), ref)


def prolonged(state: OrderState) -> bool:
    """The PayLink came through its trial, so that it outlives a restart."""
    link = state.links[-1]
    return link.expires_at is not None and link.expires_at - link.created_at > timedelta(hours=1)


def mapping_of(state: OrderState) -> str:
    assert state.request is not None
    return state.request.mapping


@pytest.mark.fault(65)
async def test_what_is_on_its_way_keeps_its_mapping(house: House) -> None:
    ref, before = await asked(house)
    shipped = SHIPPED.read_text(encoding="utf-8")
    await restarted_with(house, shipped.replace("version: 1", "version: 2", 1))
    _, new = await asked(house)
    after = await house.order(ref)
    assert after is not None
    assert mapping_of(after) == mapping_of(before)
    assert mapping_of(before).startswith("woocommerce.order@1+")
    assert mapping_of(new).startswith("woocommerce.order@2+")
    assert len(told(after)) == 1


@pytest.mark.fault(65)
async def test_a_broken_one_is_refused_with_its_line_and_changes_nothing(house: House) -> None:
    ref, before = await asked(house)
    broken = SHIPPED.read_text(encoding="utf-8").replace("as: money", "as: mony", 1)
    with pytest.raises(ConfigurationError, match=r"order\.yaml:\d+.*mony"):
        await restarted_with(house, broken)
    said = await house.command_of("mapping", "lint", str(house.folder / "mappings" / "order.yaml"), code=1)
    assert "money" in said
    house._settings = house._settings.model_copy(update={"mappings": []})
    await house.start_daemon()
    after = await house.order(ref)
    assert after is not None
    assert (after.request, [link.url for link in after.links]) == (before.request, [link.url for link in before.links])
    assert await house.pay(before.links[0].url) == 303
    await house.until(lambda order: order.request is not None and order.request.captured == 2000, ref)
