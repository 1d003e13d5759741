"""A shop and a plugin that is connected to it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from connector_woocommerce.fake import FakeShop, FakeShopConfig
from connector_woocommerce.plugin import WooCommercePlugin
from connector_woocommerce.settings import WooCommerceSettings

from connector_core.sdk import ConnectionId, Money, OrderRef, PaymentUpdate, WriteBackFact

RECORDINGS = Path(__file__).parent / "recordings"
MakePlugin = Callable[..., WooCommercePlugin]
MakeUpdate = Callable[..., PaymentUpdate]


def recording(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def settings_for(shop: FakeShop, **changes: Any) -> WooCommerceSettings:
    return WooCommerceSettings.model_validate({**shop.settings(), **changes})


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    server = FakeShop(FakeShopConfig(seed=1))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connect() -> Iterator[MakePlugin]:
    made: list[WooCommercePlugin] = []

    def make(shop: FakeShop, **changes: Any) -> WooCommercePlugin:
        made.append(WooCommercePlugin(ConnectionId("woo-main"), settings_for(shop, **changes)))
        return made[-1]

    yield make
    for plugin in made:
        plugin.close()


@pytest.fixture
def plugin(shop: FakeShop, connect: MakePlugin) -> WooCommercePlugin:
    return connect(shop)


@pytest.fixture
def paid() -> MakeUpdate:
    """An update about a capture of the order's whole total, unless a test says otherwise."""

    def make(shop: FakeShop, order_ref: str, **changes: Any) -> PaymentUpdate:
        total = Money.parse(shop.order(order_ref)["total"], "EUR")
        values: dict[str, Any] = {
            "id": "0190c0de-0000-7000-8000-00000000abcd",
            "order_ref": OrderRef(order_ref),
            "fact": WriteBackFact.CAPTURED,
            "amount": total,
            "asked": total,
            "captured": total,
            "psp_ref": "lyra-tx-1",
            "at": datetime.now(UTC),
            "language": "de-DE",
        }
        return PaymentUpdate(**{**values, **changes})

    return make
