"""The suite that every plugin must pass."""

from typing import cast

from connector_woocommerce.fake.delivery import sign
from connector_woocommerce.plugin import WooCommercePlugin

from connector_core.sdk import WebhookRequest
from connector_core.sdk.testing.conformance import PluginConformance
from connector_core.sdk.testing.vendor import VendorSandbox


class TestWooCommerce(PluginConformance):
    plugin_class = WooCommercePlugin

    def sign(self, sandbox: VendorSandbox, body: bytes) -> WebhookRequest:
        secret = cast(list[str], sandbox.settings()["webhook_secrets"])[0]
        return WebhookRequest({"x-wc-webhook-signature": sign(secret, body), "x-wc-webhook-resource": "order"}, body)
