"""The suite that every plugin must pass, in an org with one currency and in one with several."""

from collections.abc import Mapping
from typing import ClassVar

from connector_salesforce.plugin import SalesforcePlugin

from connector_core.sdk.testing.conformance import PluginConformance


class TestSalesforce(PluginConformance):
    plugin_class = SalesforcePlugin


class TestSalesforceWithSeveralCurrencies(PluginConformance):
    plugin_class = SalesforcePlugin
    options: ClassVar[Mapping[str, str]] = {"multicurrency": "1"}
