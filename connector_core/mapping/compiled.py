"""A mapping document made ready: every expression compiled, every converter bound, once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector_core.domain.errors import MappingError
from connector_core.mapping.convert import CONVERTERS, Inputs
from connector_core.mapping.document import REQUIRED, Condition, MappingDocument
from connector_core.mapping.finish import FINISH, MISSING
from connector_core.mapping.located import Located
from connector_core.mapping.select import ExpressionError, Selector, compile_expression
from connector_core.mapping.specs import AnySpec, ConstantSpec
from connector_core.mapping.texts import ConversionError, as_text, clean, is_nothing

_PATH = re.compile(r"\w+(\.\w+)*")
_SIDE_INPUTS = ("currency", "region", "since")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: ``order.yaml:12``, and the record's path that it reads."""

    file: str
    line: int
    path: str

    def error(self, field: str, sentence: str, cure: str = "") -> MappingError:
        """The `MappingError` of this place; without a cure of its own it names the path and the line."""
        where = f"{self.file}:{self.line}"
        cure = cure or f"Fill {self._source} in the order, or change {where}."
        sentence = sentence.rstrip(".")
        sentence = f"{sentence[:1].upper()}{sentence[1:]} (field {field}, read from {self._source}, {where})."
        return MappingError(sentence, field=field, where=where, cure=cure)

    @property
    def _source(self) -> str:
        """Several paths, of which the first that holds something is taken, in words."""
        paths = [path.strip() for path in self.path.split("||")]
        return " or ".join(paths) if all(_PATH.fullmatch(path) for path in paths) else self.path


@dataclass(frozen=True, slots=True)
class CompiledField:
    """One field of the document."""

    name: str
    place: Place
    spec: AnySpec
    selector: Selector | None
    sides: Mapping[str, Selector]
    required: bool

    def source(self, record: Any) -> Any:
        """What the expression selects, before any converter. Raises `ExpressionError`."""
        return self.selector(record) if self.selector else None

    def value(self, record: Any, region: str, language: str) -> Any:
        """The field's final value; None for an optional field without one. Raises `MappingError`."""
        try:
            result = self._converted(record, region, language)
        except ExpressionError as error:
            raise self.place.error(self.name, str(error)) from None
        except ConversionError as error:
            raise self.place.error(self.name, error.sentence, error.cure) from None
        if result is None and self.required:
            raise self.place.error(self.name, MISSING.get(self.name, f"The order has no {self.name}."))
        return result

    def _converted(self, record: Any, region: str, language: str) -> Any:
        value = self.source(record)
        if is_nothing(value) and not isinstance(self.spec, ConstantSpec):
            result = getattr(self.spec, "default", None) or (language if self.name == "language" else None)
        else:
            sides = {name: select(record) for name, select in self.sides.items()} if self.sides else {}
            result = CONVERTERS[self.spec.as_](value, self.spec, Inputs(sides, region, language))
        finish = FINISH.get(self.name)
        return (finish(result) if finish and result else result) or None


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """`when` or `withdrawn`."""

    name: str
    place: Place
    condition: Condition
    selector: Selector
    shown: Selector | None

    def holds(self, record: Any) -> bool:
        """JMESPath's truth: null, false, and empty texts, lists and objects are false. Raises `MappingError`."""
        try:
            value = self.selector(record)
        except ExpressionError as error:
            raise self.place.error(self.name, str(error)) from None
        return not (value is None or value is False or value in ("", [], {}))

    def reason(self, record: Any) -> str:
        """One plain sentence for people; the shown value is masked and bounded."""
        words = self.condition.reason or f"The mapping's condition '{self.name}' decides so: {self.condition.is_}"
        shown = f" ({self._shown(record)})" if self.shown else ""
        return f"{words.rstrip('.')}{shown}."

    def _shown(self, record: Any) -> str:
        try:
            value = self.shown(record) if self.shown else None
            return "nothing" if is_nothing(value) else clean(as_text(value)[:80])[:40]
        except ValueError:  # both of ours; the reason is an aside and must not stop the order
            return "?"


@dataclass(frozen=True, slots=True)
class CompiledMark:
    """`order.version` or `order.number`."""

    name: str
    place: Place
    selector: Selector

    def value(self, record: Any, *, required: bool = True) -> str:
        """As sortable text: whole numbers of a version are filled up with zeros. Raises `MappingError`."""
        try:
            value = self.selector(record)
            text = "" if is_nothing(value) else clean(as_text(value))
        except (ExpressionError, ConversionError) as error:
            raise self.place.error(self.name, str(error)) from None
        if not text and required:
            raise self.place.error(self.name, MISSING[self.name])
        if len(text) > 64:
            raise self.place.error(self.name, f"the {self.name} has {len(text)} characters; 64 are allowed")
        return text.zfill(20) if self.name == "version" and not isinstance(value, str) and text else text


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """`label` names source, version and content; `file` is where the document comes from."""

    label: str
    source: str
    file: str
    when: CompiledCondition | None
    withdrawn: CompiledCondition | None
    version: CompiledMark
    number: CompiledMark
    fields: tuple[CompiledField, ...]


def compile_mapping(document: MappingDocument, located: Located) -> CompiledMapping:
    """From a checked document and the lines that it was read from."""
    return CompiledMapping(
        label=document.label(),
        source=document.source,
        file=located.file,
        when=_condition("when", document.when, located),
        withdrawn=_condition("withdrawn", document.withdrawn, located),
        version=_mark("version", document.order.version, located),
        number=_mark("number", document.order.number, located),
        fields=tuple(
            _field(name, spec, located)
            for name in type(document.fields).model_fields
            if (spec := getattr(document.fields, name))
        ),
    )


def _condition(name: str, condition: Condition | None, located: Located) -> CompiledCondition | None:
    if condition is None:
        return None
    place = Place(located.file, located.line((name, "is")), condition.is_)
    shown = compile_expression(condition.show) if condition.show else None
    return CompiledCondition(name, place, condition, compile_expression(condition.is_), shown)


def _mark(name: str, expression: str, located: Located) -> CompiledMark:
    place = Place(located.file, located.line(("order", name)), expression)
    return CompiledMark(name, place, compile_expression(expression))


def _field(name: str, spec: AnySpec, located: Located) -> CompiledField:
    expression = "" if isinstance(spec, ConstantSpec) else spec.from_
    sides = {side: compile_expression(text) for side in _SIDE_INPUTS if (text := getattr(spec, side, None))}
    return CompiledField(
        name=name,
        place=Place(located.file, located.line(("fields", name)), expression or "a constant"),
        spec=spec,
        selector=compile_expression(expression) if expression else None,
        sides=sides,
        required=name in REQUIRED or getattr(spec, "required", False),
    )
