"""Runs plugins, which are plain synchronous Python, for a core that is not."""

from connector_core.adapters.plugin_host.source import PluginSource

__all__ = ["PluginSource"]
