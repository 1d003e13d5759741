"""The addon as its zips hold it."""

import ast
import importlib.util
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[3]
ADDON = ROOT / "plugins" / "odoo" / "addon"
MODULE = "paylink_connector"


@cache
def builder() -> ModuleType:
    """`build.py`, which is no part of any package."""
    return loaded("paylink_addon_build", ADDON / "build.py")


def loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def built(series: str) -> Path:
    path = builder().build(series, Path(mkdtemp(prefix="paylink-addon-")))
    assert isinstance(path, Path)
    return path


@cache
def files(series: str) -> dict[str, bytes]:
    """Name inside the module to content."""
    with zipfile.ZipFile(built(series)) as archive:
        return {name.removeprefix(f"{MODULE}/"): archive.read(name) for name in archive.namelist()}


def manifest(series: str) -> dict[str, Any]:
    value = ast.literal_eval(files(series)["__manifest__.py"].decode())
    assert isinstance(value, dict)
    return value


def named(series: str, suffix: str) -> Iterator[tuple[str, str]]:
    """Files of this kind and their text."""
    return ((name, content.decode()) for name, content in files(series).items() if name.endswith(suffix))
