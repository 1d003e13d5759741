"""One source makes four zips, each in the words of its series."""

import ast
import csv
import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.plugins.odoo_addon.zips import ADDON, MODULE, builder, built, files, manifest, named

SERIES = ("16.0", "17.0", "18.0", "19.0")
OLD_WORDS = {"attrs", "states"}


def test_every_series_is_built() -> None:
    assert builder().SERIES == SERIES


@pytest.mark.parametrize("series", SERIES)
def test_name_and_version_begin_with_the_series(series: str) -> None:
    version = manifest(series)["version"]
    assert version.startswith(f"{series}.")
    assert len(version.split(".")) == 5
    assert built(series).name == f"{MODULE}-{version}.zip"


@pytest.mark.parametrize("series", SERIES)
def test_manifest_lists_every_data_file_and_none_that_is_missing(series: str) -> None:
    there = {name for name in files(series) if name.endswith((".xml", ".csv"))}
    listed = manifest(series)["data"]
    assert sorted(listed) == sorted(there)
    assert all(image in files(series) for image in manifest(series)["images"])
    assert {"name", "author", "license", "depends", "summary"} <= manifest(series).keys()


@pytest.mark.parametrize("series", SERIES)
def test_every_file_parses(series: str) -> None:
    for name, text in named(series, ".xml"):
        assert ElementTree.fromstring(text).tag == "odoo", name
    for name, text in named(series, ".py"):
        compile(text, name, "exec", dont_inherit=True)
    for _name, text in named(series, ".csv"):
        rows = list(csv.reader(io.StringIO(text)))
        assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("series", SERIES)
def test_views_are_in_the_words_of_the_series(series: str) -> None:
    major = int(series.partition(".")[0])
    tags: set[str] = set()
    attributes: set[str] = set()
    for _name, text in named(series, ".xml"):
        for element in ElementTree.fromstring(text).iter():
            tags.add(element.tag)
            attributes |= element.attrib.keys()
            if element.tag == "field" and element.get("name") == "view_mode":
                assert ("tree" in str(element.text)) == (major < 18)
            if major < 17:
                assert element.get("invisible") in (None, "0", "1")
    assert ("tree" in tags, "list" in tags) == (major < 18, major >= 18)
    assert ("setting" in tags) == (major >= 17)
    assert bool(OLD_WORDS & attributes) == (major < 17)
    assert "series" not in attributes


@pytest.mark.parametrize("series", SERIES)
def test_only_what_odoo_needs_is_inside(series: str) -> None:
    names = set(files(series))
    assert {"static/description/icon.png", "static/description/index.html", "i18n/de.po", "__init__.py"} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".16.xml", ".pyc"))]
    assert sum(len(content) for content in files(series).values()) < 3_000_000


def test_same_source_makes_the_same_bytes(tmp_path: Path) -> None:
    first, second = (builder().build("19.0", tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_richer_conditions_are_refused_and_not_lost() -> None:
    with pytest.raises(ValueError, match="more than one field"):
        builder()._xml('<odoo><field invisible="a or b"/></odoo>', 16)


def test_every_model_has_access_rights() -> None:
    """Abstract ones hold no rows."""
    rights = files("19.0")["security/ir.model.access.csv"].decode()
    for name, text in named("19.0", ".py"):
        for model in _own_models(text):
            assert f"model_{model.replace('.', '_')}," in rights, name


def _own_models(text: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and any("Abstract" not in ast.unparse(base) for base in node.bases):
            values = {ast.unparse(a.targets[0]): a.value for a in node.body if isinstance(a, ast.Assign)}
            name = values.get("_name")
            if "_inherit" not in values and isinstance(name, ast.Constant):
                found.append(str(name.value))
    return found


def test_command_line(tmp_path: Path) -> None:
    command = [sys.executable, str(ADDON / "build.py"), "--out", str(tmp_path)]
    said = subprocess.run([*command, "18.0"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(tmp_path / f"{MODULE}-{manifest('18.0')['version']}.zip")
    assert subprocess.run([*command, "15.0"], capture_output=True, check=False).returncode == 2
