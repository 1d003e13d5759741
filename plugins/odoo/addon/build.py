"""Makes the addon's zip for one series of Odoo out of the one source.

    python plugins/odoo/addon/build.py 16.0 19.0 --out dist

What differs between the series is marked in the source: an XML element with a `series` attribute is kept for those
series only, a file `name.16.xml` takes the place of `name.xml` in Odoo 16, and views are written as Odoo 18 and later
want them (`<list>`, `invisible="not field"`) and put into older words here.
"""

import argparse
import ast
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

MODULE = "paylink_connector"
SOURCE = Path(__file__).parent / MODULE
SERIES = ("16.0", "17.0", "18.0", "19.0")
_OWN_FILE = re.compile(r"\.(\d\d)\.xml$")
_FLAG = re.compile(r"(not )?(\w+)")
_MOMENT = (2020, 1, 1, 0, 0, 0)
"""Every entry's date: the same source makes the same bytes."""


def build(series: str, out: Path) -> Path:
    """Writes ``paylink_connector-<series>.<version>.zip`` and returns its path."""
    files = dict(files_of(series))
    version = ast.literal_eval(files["__manifest__.py"].decode())["version"]
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{MODULE}-{version}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{MODULE}/{name}", _MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return target


def files_of(series: str) -> Iterator[tuple[str, bytes]]:
    """Every file of the addon as this series wants it, by its path inside the addon."""
    major = series.split(".", maxsplit=1)[0]
    for path in sorted(SOURCE.rglob("*")):
        name = path.relative_to(SOURCE).as_posix()
        if not path.is_file() or "__pycache__" in name or _OWN_FILE.search(name):
            continue
        own = path.with_name(f"{path.stem}.{major}.xml")
        content = (own if own.is_file() else path).read_bytes()
        if name == "__manifest__.py":
            content = _manifest(content.decode(), series).encode()
        elif path.suffix == ".xml":
            content = _xml(content.decode(), int(major)).encode()
        yield name, content


def _manifest(text: str, series: str) -> str:
    return re.sub(r'"version": "([\d.]+)"', rf'"version": "{series}.\1"', text)


def _xml(text: str, major: int) -> str:
    root = ElementTree.fromstring(text)  # noqa: S314 - our own source
    _choose(root, str(major))
    if major < 18:
        _tree_for_list(root)
    if major < 17:
        _attrs_for_invisible(root)
    ElementTree.indent(root, space="    ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _choose(element: ElementTree.Element, major: str) -> None:
    for child in list(element):
        wanted = child.attrib.pop("series", None)
        if wanted is not None and major not in wanted.split(","):
            element.remove(child)
        else:
            _choose(child, major)


def _tree_for_list(root: ElementTree.Element) -> None:
    for element in root.iter():
        if element.tag == "list":
            element.tag = "tree"
        if element.tag == "field" and element.get("name") in ("view_mode", "binding_view_types") and element.text:
            parts = element.text.split(",")
            old = "tree" if element.get("name") == "view_mode" else "list"
            element.text = ",".join(old if part == "list" else part for part in parts)


def _attrs_for_invisible(root: ElementTree.Element) -> None:
    """`invisible="not name"` and `invisible="name"`; anything richer belongs into a computed field."""
    for element in root.iter():
        value = element.get("invisible")
        if value is None or value in ("0", "1"):
            continue
        found = _FLAG.fullmatch(value)
        if found is None:
            raise ValueError(f"invisible={value!r} is more than one field")
        del element.attrib["invisible"]
        element.set("attrs", repr({"invisible": [(found[2], "=" if found[1] else "!=", False)]}))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the zip of the Odoo addon for each series.")
    parser.add_argument("series", nargs="*", default=SERIES, help="such as 16.0; all four when left out")
    parser.add_argument("--out", type=Path, default=Path("dist"), help="folder for the zips")
    options = parser.parse_args()
    for series in options.series:
        if series not in SERIES:
            parser.error(f"{series} is none of {', '.join(SERIES)}")
        print(build(series, options.out))


if __name__ == "__main__":
    main()
