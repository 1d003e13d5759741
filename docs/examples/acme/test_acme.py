"""The suite that every plugin must pass."""

from connector_acme.fake import sign
from connector_acme.plugin import AcmePlugin

from connector_core.sdk import WebhookRequest
from connector_core.sdk.testing.conformance import PluginConformance
from connector_core.sdk.testing.vendor import VendorSandbox


class TestAcme(PluginConformance):
    plugin_class = AcmePlugin

    def sign(self, sandbox: VendorSandbox, body: bytes) -> WebhookRequest:
        return WebhookRequest(sign(body), body)
