"""The suite that every plugin must pass, in both dialects, with and without the addon."""

from collections.abc import Mapping
from typing import ClassVar

from connector_odoo.plugin import OdooPlugin

from connector_core.sdk.testing.conformance import PluginConformance


class TestOdoo19(PluginConformance):
    plugin_class = OdooPlugin
    options: ClassVar[Mapping[str, str]] = {"version": "19"}


class TestOdoo19WithAddon(PluginConformance):
    plugin_class = OdooPlugin
    options: ClassVar[Mapping[str, str]] = {"version": "19", "addon": "1"}


class TestOdoo16(PluginConformance):
    plugin_class = OdooPlugin
    options: ClassVar[Mapping[str, str]] = {"version": "16"}


class TestOdoo16WithAddon(PluginConformance):
    plugin_class = OdooPlugin
    options: ClassVar[Mapping[str, str]] = {"version": "16", "addon": "1"}
