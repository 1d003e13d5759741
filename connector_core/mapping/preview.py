"""Shows what a mapping makes of one record, field by field."""

from dataclasses import dataclass
from typing import Any

from connector_core.domain.errors import MappingError
from connector_core.domain.masking import mask_phone, mask_text
from connector_core.domain.order import Record
from connector_core.mapping.compiled import CompiledField, CompiledMapping, CompiledMark
from connector_core.mapping.engine import DEFAULT_LANGUAGE, apply_mapping
from connector_core.mapping.select import ExpressionError
from connector_core.mapping.specs import PhoneSpec
from connector_core.mapping.texts import ConversionError, as_text, cut, kind
from connector_core.ports.mapper import Mapped

_WIDTH = 120


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One field. `source` and `result` are made for reading: bounded, telephone and card numbers masked."""

    field: str
    line: int
    expression: str
    source: str
    converter: str
    result: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """`outcome` is what the flow would get, or None with the `error` that would park the order."""

    mapping: str
    file: str
    rows: tuple[PreviewRow, ...]
    outcome: Mapped | None
    error: str = ""


def preview(compiled: CompiledMapping, record: Record, region: str, language: str = DEFAULT_LANGUAGE) -> Preview:
    """Tries every field, also behind a fault and for a record that is skipped. Never raises."""
    rows = [_mark_row(mark, record) for mark in (compiled.version, compiled.number)]
    rows += [_field_row(field, record, region, language) for field in compiled.fields]
    try:
        outcome, error = apply_mapping(compiled, record, region, language), ""
    except MappingError as fault:
        outcome, error = None, str(fault)
    return Preview(compiled.label, compiled.file, tuple(rows), outcome, error)


def _mark_row(mark: CompiledMark, record: Record) -> PreviewRow:
    try:
        result, error = mark.value(record), ""
    except MappingError as fault:
        result, error = "", fault.sentence
    source = _shown(_selected(mark, record))
    return PreviewRow(f"order.{mark.name}", mark.place.line, mark.place.path, source, "text", result, error)


def _field_row(field: CompiledField, record: Record, region: str, language: str) -> PreviewRow:
    try:
        value, error = field.value(record, region, language), ""
    except MappingError as fault:
        value, error = None, fault.sentence
    show = _phone if isinstance(field.spec, PhoneSpec) else _shown
    source, result = show(_selected(field, record)), "" if value is None else show(str(value))
    return PreviewRow(field.name, field.place.line, field.place.path, source, field.spec.as_, result, error)


def _selected(place: CompiledField | CompiledMark, record: Record) -> Any:
    try:
        return place.selector(record) if place.selector else None
    except ExpressionError:
        return None


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return cut("[" + ", ".join(_shown(item) for item in value[:20]) + "]", _WIDTH)
    try:
        return cut(mask_text(as_text(value)), _WIDTH)
    except ConversionError:
        return str(value).lower() if isinstance(value, bool) else kind(value)


def _phone(value: Any) -> str:
    return mask_phone(value) if isinstance(value, str) and value else _shown(value)
