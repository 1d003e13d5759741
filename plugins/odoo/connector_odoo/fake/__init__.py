"""An Odoo on localhost, for tests and the demo."""

from collections.abc import Mapping
from dataclasses import replace

from connector_core.sdk.testing.vendor import VendorSandbox
from connector_odoo.fake.config import FakeOdooConfig
from connector_odoo.fake.odoo import FakeOdoo

__all__ = ["FakeOdoo", "FakeOdooConfig", "serve"]


def serve(host: str, port: int, options: Mapping[str, str]) -> VendorSandbox:
    """A running Odoo; `options` may hold ``name``, ``version``, ``webhook_url``, ``webhook_secret``, ``addon`` (``1``)
    and ``latency_seconds``."""
    usual = FakeOdooConfig()
    config = replace(
        usual,
        name=options.get("name", usual.name),
        version=int(options.get("version", usual.version)),
        webhook_url=options.get("webhook_url", usual.webhook_url),
        webhook_secret=options.get("webhook_secret", usual.webhook_secret),
        addon=options.get("addon") == "1",
        latency_seconds=float(options.get("latency_seconds", usual.latency_seconds)),
    )
    odoo = FakeOdoo(config)
    odoo.start(host, port)
    return odoo
