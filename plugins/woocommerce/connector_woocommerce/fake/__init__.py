"""A WooCommerce shop on localhost, for tests and the demo."""

from collections.abc import Mapping
from dataclasses import replace

from connector_core.sdk.testing.vendor import VendorSandbox
from connector_woocommerce.fake.config import FakeShopConfig
from connector_woocommerce.fake.shop import FakeShop

__all__ = ["FakeShop", "FakeShopConfig", "serve"]


def serve(host: str, port: int, options: Mapping[str, str]) -> VendorSandbox:
    """A running shop; `options` may hold ``name``, ``webhook_url``, ``webhook_secret``, ``latency_seconds`` and
    ``secure`` (``1``)."""
    usual = FakeShopConfig()
    config = replace(
        usual,
        name=options.get("name", usual.name),
        webhook_url=options.get("webhook_url", usual.webhook_url),
        webhook_secret=options.get("webhook_secret", usual.webhook_secret),
        secure=options.get("secure") == "1",
        latency_seconds=float(options.get("latency_seconds", usual.latency_seconds)),
    )
    shop = FakeShop(config)
    shop.start(host, port)
    return shop
