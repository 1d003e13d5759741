"""What may be written for a setting, in words, from its JSON schema."""

from collections.abc import Mapping
from typing import Any

_FORMATS = {
    r"^\d{8}$": "text of 8 digits",
    r"^\d+$": "text of digits",
    r"^[A-Z]{2}$": "text of 2 capital letters",
    r"^(https?://.+[^/])?$": "address without a slash at its end",
    r"^https?://[^\s?#]+$": "address",
    r"^v\d{1,3}\.\d$": "text such as `v25.0`",
    r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$": "text such as `21:00-08:00`",
    r"^(#[0-9a-fA-F]{6})?$": "text such as `#8a1538`, or empty",
    r"^[A-Za-z][A-Za-z0-9_.]{0,79}$": "field name",
    r"^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$": "e-mail address",
    r"^[a-z0-9-]{1,20}$": "text of 1 to 20 small letters, digits and hyphens",
}
"""A pattern without words here stops the generation: nobody shall have to read one."""
_NAMES = {"password": "secret", "duration": "duration", "path": "path", "date": "date such as `2026-12-01`"}


def kind(schema: Mapping[str, Any]) -> str:
    if options := schema.get("anyOf"):
        return kind(next(option for option in options if option.get("type") != "null"))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    match schema["type"]:
        case "boolean":
            return "`true` or `false`"
        case "integer":
            return "whole number" + _range(schema)
        case "number":
            return "number" + _range(schema)
        case "array":
            return f"list of {kind(schema['items'])}s{_count(schema)}"
        case "object":
            return "table of texts"
        case _:
            return _text(schema)


def is_secret(schema: Mapping[str, Any]) -> bool:
    options = schema.get("anyOf", ())
    return bool(schema.get("writeOnly") or schema.get("items", {}).get("writeOnly")) or any(map(is_secret, options))


def _text(schema: Mapping[str, Any]) -> str:
    if pattern := schema.get("pattern"):
        return _FORMATS[pattern]
    return _NAMES.get(schema.get("format", ""), "text")


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    above = "above " if "exclusiveMinimum" in schema else ""
    return "" if high is None else f", {above}{low:g} to {high:g}"


def _count(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    if high:
        return f", {low} or {high}" if high == low + 1 else f", {low} to {high}"
    return f", at least {low}" if low else ""
