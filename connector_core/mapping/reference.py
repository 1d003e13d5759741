"""The generated parts of `docs/reference/mapping.md`: they say what the code does, and a test compares."""

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connector_core.mapping.document import REQUIRED, Fields
from connector_core.mapping.select import FUNCTIONS, MAX_CHARACTERS, MAX_NODES
from connector_core.mapping.specs import SPECS, converter_name

_SHARED = ("from_", "as_", "required")


def reference_parts() -> dict[str, str]:
    """Markdown by the name of the part."""
    return {"fields": _fields(), "converters": _converters(), "settings": _settings(), "functions": _functions()}


def _fields() -> str:
    rows = ["| field | needed | what it is | converters |", "|---|---|---|---|"]
    for name, field in Fields.model_fields.items():
        needed = "yes" if name in REQUIRED else "no"
        converters = ", ".join(f"`{converter_name(spec)}`" for spec in _specs_of(field))
        rows.append(f"| `{name}` | {needed} | {field.description} | {converters} |")
    return "\n".join(rows)


def _specs_of(field: FieldInfo) -> list[Any]:
    found, waiting = [], [field.annotation]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, type) and issubclass(part, BaseModel):
            found.append(part)
        else:
            waiting += [inner for inner in get_args(part) if isinstance(inner, type) or get_args(inner)]
    return found


def _converters() -> str:
    rows = ["| converter | what it makes |", "|---|---|"]
    rows += [f"| `{converter_name(spec)}` | {' '.join((spec.__doc__ or '').split())} |" for spec in SPECS]
    return "\n".join(rows)


def _settings() -> str:
    rows = ["| converter | setting | needed | what it does |", "|---|---|---|---|"]
    for spec in SPECS:
        for name, field in spec.model_fields.items():
            if name not in _SHARED:
                rows.append(_setting(converter_name(spec), field.alias or name, field))
    return "\n".join(rows)


def _setting(converter: str, name: str, field: FieldInfo) -> str:
    choices = _choices(field.annotation)
    words = f"{field.description}{' One of ' + ', '.join(f'`{choice}`' for choice in choices) + '.' if choices else ''}"
    default = "" if field.is_required() or field.default is None else f" Default: `{field.default!r}`."
    return f"| `{converter}` | `{name}` | {'yes' if field.is_required() else 'no'} | {words}{default} |"


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return ()


def _functions() -> str:
    names = ", ".join(f"`{name}`" for name in sorted(FUNCTIONS))
    return f"{names}. An expression has at most {MAX_CHARACTERS} characters and {MAX_NODES} parts."


def fill_in(page: str) -> str:
    """The page with every part between ``<!-- generated: name -->`` and ``<!-- end -->`` brought up to date."""
    for name, text in reference_parts().items():
        start = f"<!-- generated: {name} -->"
        head, _, rest = page.partition(start)
        _, end, tail = rest.partition("<!-- end -->")
        if not end:
            raise ValueError(f"the page has no part {name}")
        page = f"{head}{start}\n{text}\n{end}{tail}"
    return page
