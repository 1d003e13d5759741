"""Checks a mapping document before it is put to work, and names every fault with its line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connector_core.mapping.compiled import CompiledMapping, compile_mapping
from connector_core.mapping.document import Condition, Fields, MappingDocument, OrderMarks
from connector_core.mapping.finding import Finding, did_you_mean
from connector_core.mapping.located import Located, load_located
from connector_core.mapping.located import Path as KeyPath
from connector_core.mapping.specs import SPECS, converter_name

_CONVERTERS = {converter_name(spec): spec for spec in SPECS}


def lint_file(path: Path) -> list[Finding]:
    """All faults of one file in the order of their lines; empty when it can be put to work."""
    try:
        return lint_text(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        return [Finding(str(path), 1, "", "the file is not UTF-8")]
    except OSError as error:
        return [Finding(str(path), 1, "", f"the file cannot be read: {error.strerror}")]


def lint_text(text: str, file: str) -> list[Finding]:
    """The same for a text that is not saved yet; `file` is what the findings call it."""
    _, findings = compile_text(text, file)
    return findings


def compile_text(text: str, file: str) -> tuple[CompiledMapping | None, list[Finding]]:
    """The compiled mapping, or None and what is wrong."""
    located = load_located(text, file)
    if located.findings:
        return None, list(located.findings)
    if not isinstance(located.data, dict):
        return None, [Finding(file, 1, "", "a mapping document has keys such as version, source and fields")]
    try:
        document = MappingDocument.model_validate(located.data)
    except ValidationError as error:
        return None, _findings(error.errors(include_url=False), located)
    return compile_mapping(document, located), []


def _findings(errors: Sequence[ErrorDetails], located: Located) -> list[Finding]:
    found = {_finding(error, located) for error in errors}
    return sorted(found, key=lambda finding: (finding.line, finding.where, finding.message))


def _finding(error: ErrorDetails, located: Located) -> Finding:
    path = tuple(_written_path(error["loc"], located.data))
    if error["type"] == "union_tag_invalid":
        path = (*path, "as")
    where = ".".join(str(part) for part in path)
    return Finding(located.file, located.line(path), where, _message(error, path, located.data))


def _written_path(loc: tuple[int | str, ...], data: Any) -> Iterator[int | str]:
    """Pydantic's location without what is not written in the document (the tags of unions)."""
    last = len(loc) - 1
    for index, part in enumerate(loc):
        if isinstance(data, dict) and (part in data or index == last):
            yield part
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            yield part
            data = data[part]


def _message(error: ErrorDetails, path: KeyPath, data: Any) -> str:
    key = str(path[-1]) if path else ""
    match error["type"]:
        case "extra_forbidden":
            return f"'{key}' is not known here.{did_you_mean(key, _known_keys(path, data))}"
        case "missing":
            return f"'{key}' is missing"
        case "union_tag_invalid" | "literal_error":
            expected = error["ctx"].get("expected_tags") or error["ctx"]["expected"]
            names = [name.strip().strip("'") for name in str(expected).replace(" or ", ",").split(",")]
            return f"'{_tag(error)}' is not possible here.{did_you_mean(_tag(error), names)}"
        case "union_tag_not_found":
            return "'as' is missing: it names the converter"
        case "model_type" | "model_attributes_type":
            return "settings are needed here, such as { from: number, as: text }"
        case "string_type":
            return f"a text is needed, and YAML reads {error['input']!r}: put it in quotes"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return error["msg"][:1].lower() + error["msg"][1:]


def _tag(error: ErrorDetails) -> str:
    return str(error["ctx"].get("tag", error["input"]))


def _known_keys(path: KeyPath, data: Any) -> list[str]:
    match path:
        case (_,):
            return _keys(MappingDocument)
        case ("order", _):
            return _keys(OrderMarks)
        case ("when" | "withdrawn", _):
            return _keys(Condition)
        case ("fields", _):
            return _keys(Fields)
        case ("fields", field, _):
            spec = _CONVERTERS.get(str(data["fields"][field].get("as")))
            return _keys(spec) if spec else []
        case _:
            return []


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
