"""The suite that every plugin must pass."""

from connector_acme.plugin import AcmePlugin

from connector_core.sdk.testing.conformance import PluginConformance


class TestAcme(PluginConformance):
    plugin_class = AcmePlugin
