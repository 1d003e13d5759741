"""A plugin's manifest: `plugin.yaml` beside its code."""

from enum import StrEnum
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict


class Capability(StrEnum):
    WEBHOOK = "webhook"
    POLL = "poll"
    STREAM = "stream"
    FETCH = "fetch"
    WRITE_BACK = "write_back"


class Manifest(BaseModel):
    """`sdk` is a version range such as ``>=1.0,<2``; `documents` name the kinds of record, the first is the default.

    `mappings` is the mapping file of each kind of record: its path in the plugin's package, or below the connector's
    own ``mappings/``.

    With `shows_links` the plugin is told of every PayLink as soon as it can be paid.

    `sandbox` names a callable ``module:function`` that starts a fake of the vendor on localhost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    version: str
    sdk: str
    owner: str
    tier: Literal["core", "verified", "community"]
    capabilities: frozenset[Capability]
    documents: tuple[str, ...]
    mappings: dict[str, str] = {}
    shows_links: bool = False
    sandbox: str = ""


def load_manifest(package: str) -> Manifest:
    """Reads `plugin.yaml` of an installed package. Raises pydantic's `ValidationError`, which names the key."""
    text = resources.files(package).joinpath("plugin.yaml").read_text(encoding="utf-8")
    return Manifest.model_validate(yaml.safe_load(text))
