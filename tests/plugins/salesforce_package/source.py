"""The org-side package as its folder holds it."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "plugins" / "salesforce" / "package"
APP = PACKAGE / "force-app" / "main" / "default"
TRANSLATIONS = PACKAGE / "translations" / "main" / "default"
REMOVE = PACKAGE / "remove"
PAYMENT = "PayLink_Payment__c"

_NAMESPACE = {"": "http://soap.sforce.com/2006/04/metadata"}


class Source:
    """One file of metadata. Paths are those of ElementTree, without the namespace."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name, _, self.suffix = path.name.removesuffix("-meta.xml").rpartition(".")
        self._root = ElementTree.fromstring(path.read_bytes())

    @property
    def root(self) -> str:
        return self._root.tag.rpartition("}")[2]

    def text(self, path: str) -> str:
        return self._root.findtext(path, "", _NAMESPACE)

    def texts(self, path: str) -> list[str]:
        return [element.text or "" for element in self._root.findall(path, _NAMESPACE)]

    def rows(self, path: str) -> Iterator[dict[str, str]]:
        """The children of each element at this path, as text by name."""
        for element in self._root.findall(path, _NAMESPACE):
            yield {child.tag.rpartition("}")[2]: child.text or "" for child in element}


def sources(folder: Path, suffix: str = "*") -> list[Source]:
    return [Source(path) for path in sorted(folder.rglob(f"*.{suffix}-meta.xml"))]


def fields() -> dict[str, Source]:
    """`Object.Field` to its file."""
    return {f"{field.path.parents[1].name}.{field.name}": field for field in sources(APP, "field")}


def permission_set(name: str) -> Source:
    return Source(APP / "permissionsets" / f"{name}.permissionset-meta.xml")
