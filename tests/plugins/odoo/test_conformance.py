"""The suite that every plugin must pass."""

from connector_odoo.plugin import OdooPlugin

from connector_core.sdk.testing.conformance import PluginConformance


class TestOdoo(PluginConformance):
    plugin_class = OdooPlugin
