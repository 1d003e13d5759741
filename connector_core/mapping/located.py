"""YAML with the line of every key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from connector_core.mapping.finding import Finding

MAX_CHARACTERS = 65_536

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """`data` as plain values; `lines` knows the line of every key path; `findings` are faults of the YAML itself."""

    file: str
    data: Any = None
    lines: Mapping[Path, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest part above it that is written down."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load_located(text: str, file: str) -> Located:
    """Reads one document. Never raises for what the text holds: faults come back as findings."""
    if len(text) > MAX_CHARACTERS:
        return _faulty(file, 1, f"the document is longer than {MAX_CHARACTERS} characters")
    try:
        return _read(text, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _faulty(
            file, mark.line + 1 if mark else 1, f"this is no readable YAML: {error.problem or error.context}"
        )
    except yaml.YAMLError as error:
        return _faulty(file, 1, f"this is no readable YAML: {error}")
    except RecursionError:
        return _faulty(file, 1, "the document is nested too deeply")
    except ValueError as error:  # a date such as 2026-13-45, which YAML recognises and Python refuses
        return _faulty(file, 1, f"a value cannot be read: {error}. Put it in quotes.")


def _faulty(file: str, line: int, message: str) -> Located:
    return Located(file, findings=(Finding(file, line, "", message),))


def _read(text: str, file: str) -> Located:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return _faulty(file, 1, "the document is empty")
        lines: dict[Path, int] = {}
        findings = tuple(_survey(node, (), lines, file, set()))
        data = None if findings else loader.construct_document(node)
    finally:
        loader.dispose()
    return Located(file, data, lines, findings)


def _survey(node: yaml.Node, path: Path, lines: dict[Path, int], file: str, known: set[int]) -> Iterator[Finding]:
    """Notes the lines; reports duplicate keys (YAML lets the last one win) and aliases (they can explode)."""
    lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in known:
        yield Finding(file, lines[path], _dotted(path), "anchors and aliases are not allowed; write the value out")
        return
    known.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _survey(item, (*path, index), lines, file, known)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            if inner in lines:
                yield Finding(file, key.start_mark.line + 1, _dotted(inner), "this key stands here twice")
            lines[inner] = key.start_mark.line + 1
            yield from _survey(value, inner, lines, file, known)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)
