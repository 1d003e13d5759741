"""Finds mapping documents: those that are installed, and the operator's own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from connector_core.domain.errors import ConfigurationError
from connector_core.mapping.compiled import CompiledMapping
from connector_core.mapping.finding import Finding, did_you_mean
from connector_core.mapping.lint import compile_text

INSTALLED = "connector_mappings"
_ENDINGS = (".yaml", ".yml")


class Library:
    """Compiled mappings by kind of record."""

    def __init__(self, mappings: Mapping[str, CompiledMapping]) -> None:
        self._mappings = dict(mappings)

    @property
    def sources(self) -> tuple[str, ...]:
        """The kinds of record that can be mapped, sorted."""
        return tuple(sorted(self._mappings))

    def document(self, source: str) -> CompiledMapping:
        """Raises `ConfigurationError` for a kind of record without a mapping."""
        try:
            return self._mappings[source]
        except KeyError:
            hint = did_you_mean(source, self._mappings).strip()
            raise ConfigurationError(
                f"There is no mapping for {source or 'a record of unnamed kind'}.",
                cure=f"Put a mapping document with this source into a folder of mappings. {hint}".strip(),
            ) from None


def load_library(folders: Sequence[Path] = (), brought: Sequence[tuple[str, Traversable]] = ()) -> Library:
    """The installed documents, then those that plugins have brought (name and file), then those of `folders` (searched
    deeply); a later one replaces an earlier one.

    Raises `ConfigurationError` with every fault of every document: nothing is put to work that does not compile.
    """
    mappings: dict[str, CompiledMapping] = {}
    for root in _installed():
        mappings.update(_load(_documents(root, "")))
    mappings.update(_load(brought))
    for folder in folders:
        mappings.update(_load(_documents(_folder(folder), f"{folder}/")))
    return Library(mappings)


def compile_file(path: Path) -> CompiledMapping:
    """One document of its own. Raises `ConfigurationError` with all its faults."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused([Finding(str(path), 1, "", f"the file cannot be read: {error}")]) from None
    mapping, findings = compile_text(text, str(path))
    if mapping is None:
        raise _refused(findings)
    return mapping


def _installed() -> tuple[Traversable, ...]:
    try:
        return (resources.files(INSTALLED),)
    except ModuleNotFoundError:  # a checkout that is not installed brings its folder along
        return ()


def _folder(path: Path) -> Path:
    if path.is_dir():
        return path
    raise ConfigurationError(f"The folder of mappings {path} does not exist.", cure="Correct the setting, or make it.")


def _load(documents: Iterable[tuple[str, Traversable]]) -> dict[str, CompiledMapping]:
    found: dict[str, CompiledMapping] = {}
    faults: list[Finding] = []
    for name, file in documents:
        mapping, findings = _read(file, name)
        if mapping and mapping.source in found:
            first = found[mapping.source].file
            findings = [Finding(name, 1, "source", f"{mapping.source} is mapped by {first} already")]
        faults += findings
        if mapping:
            found.setdefault(mapping.source, mapping)
    if faults:
        raise _refused(faults)
    return found


def _documents(root: Traversable, label: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _documents(entry, f"{label}{entry.name}/")
        elif entry.name.endswith(_ENDINGS):
            yield f"{label}{entry.name}", entry


def _read(file: Traversable, label: str) -> tuple[CompiledMapping | None, list[Finding]]:
    try:
        return compile_text(file.read_text(encoding="utf-8"), label)
    except UnicodeDecodeError:
        return None, [Finding(label, 1, "", "the file is not UTF-8")]


def _refused(findings: Sequence[Finding]) -> ConfigurationError:
    return ConfigurationError(
        "A mapping document has faults:\n" + "\n".join(map(str, findings)), cure="Correct the lines that are named."
    )
