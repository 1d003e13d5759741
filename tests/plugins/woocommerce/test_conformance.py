"""The suite that every plugin must pass."""

from connector_woocommerce.plugin import WooCommercePlugin

from connector_core.sdk.testing.conformance import PluginConformance


class TestWooCommerce(PluginConformance):
    plugin_class = WooCommercePlugin
