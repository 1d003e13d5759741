"""Finds plugins by their entry point, ours through the same door as a stranger's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from connector_core.domain.errors import ConfigurationError
from connector_core.sdk import SDK_VERSION, Manifest, Plugin

GROUP = "paylink.plugins"


@dataclass(frozen=True, slots=True)
class FoundPlugin:
    """One entry point. With a `problem` the plugin is quarantined: it is listed, and nothing of it runs."""

    name: str
    plugin: type[Plugin[Any]] | None = None
    problem: str = ""

    @property
    def manifest(self) -> Manifest | None:
        return self.plugin.manifest if self.plugin else None


def find_plugins() -> Mapping[str, FoundPlugin]:
    """Every installed plugin by name. One that fails to load harms nobody but its own connections."""
    return {name: _load(entry) for name, entry in _installed().items()}


def installed_plugins() -> Sequence[str]:
    """Their names alone: nothing of a plugin is loaded."""
    return list(_installed())


def usable_plugin(name: str, connection: str) -> type[Plugin[Any]]:
    """Loads this one alone. Raises `ConfigurationError` for a plugin that is not installed or quarantined."""
    installed = _installed()
    if name not in installed:
        raise ConfigurationError(
            f"connections.{connection}.plugin: no plugin {name!r} is installed.",
            cure=f"Installed are: {', '.join(installed) or 'none'}. Install the plugin's package, or correct the name.",
        )
    found = _load(installed[name])
    if found.plugin is None:
        raise ConfigurationError(
            f"connections.{connection}.plugin: the plugin {name!r} is quarantined: {found.problem}.",
            cure="Update the plugin, or remove the connection.",
        )
    return found.plugin


def _installed() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def _load(entry: EntryPoint) -> FoundPlugin:
    try:
        plugin = entry.load()
        if not (isinstance(plugin, type) and issubclass(plugin, Plugin)):
            return FoundPlugin(entry.name, problem=f"{entry.value} is no subclass of connector_core.sdk.Plugin")
        wanted = SpecifierSet(plugin.manifest.sdk)
    except InvalidSpecifier as error:
        return FoundPlugin(entry.name, problem=f"its manifest's sdk range cannot be read: {error}")
    except Exception as error:  # noqa: BLE001 - a stranger's module may raise anything at import
        return FoundPlugin(entry.name, problem=f"it cannot be loaded: {type(error).__name__}: {error}")
    if SDK_VERSION not in wanted:
        return FoundPlugin(entry.name, problem=f"it wants SDK {wanted}, this is SDK {SDK_VERSION}")
    return FoundPlugin(entry.name, plugin)
