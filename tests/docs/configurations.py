"""Configurations as the tests of the documentation make them: the example to copy, and parts laid over it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connector_core import configured
from connector_core.settings import Settings, with_secret_files
from tests.docs.pages import DOCS, write_secret_files

EXAMPLE = (DOCS / "paylink.example.toml").read_text(encoding="utf-8")
BLOCKS = ("psp", "channels", "shops", "connections")


def is_whole(toml: str) -> bool:
    return all(f"\n[{name}." in f"\n{toml}" for name in BLOCKS)


def load_over(base: Mapping[str, Any], toml: str, folder: Path) -> Settings:
    """The settings of `base` with this TOML laid over it; every secret file that is named is made."""
    write_secret_files(toml, folder)
    return Settings(**with_secret_files(laid_over(base, tomllib.loads(toml)), folder))


def laid_over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Blocks are laid over blocks of the same name, everything else replaces."""
    merged = dict(base)
    for name, value in top.items():
        known = base.get(name)
        merged[name] = laid_over(known, value) if isinstance(value, dict) and isinstance(known, dict) else value
    return merged


async def started_peers(settings: Settings) -> int:
    """How many connections, accounts and senders there are; each of them has checked its own keys."""
    peers = configured.peers(settings)
    await peers.close()
    return len(peers.sources) + len(peers.gateways) + len(peers.channels)
