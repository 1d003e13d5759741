"""Small mapping documents for tests."""

from pathlib import Path
from typing import Any

import pytest

from connector_core.domain.errors import MappingError
from connector_core.mapping import CompiledMapping, apply_mapping
from connector_core.mapping.lint import compile_text

MAPPINGS = Path(__file__).parents[3] / "mappings"

FIELDS = {
    "amount": "{ from: total, as: money, currency: currency }",
    "reference": "{ from: number, as: text }",
    "phone": "{ from: phone, as: phone, region: country }",
    "language": "{ from: lang, as: language }",
}
RECORD: dict[str, Any] = {
    "total": "33.90",
    "currency": "EUR",
    "number": "15",
    "phone": "0151 23456789",
    "country": "DE",
    "lang": "de",
    "modified": "2026-11-23T09:09:44",
}


def document(head: str = "", **fields: str) -> str:
    """A complete document; `fields` replace or add, `head` stands above them."""
    lines = "\n".join(f"  {name}: {spec}" for name, spec in {**FIELDS, **fields}.items())
    return f"version: 1\nsource: shop.order\n{head}\norder: {{ version: modified, number: number }}\nfields:\n{lines}\n"


def compiled(head: str = "", **fields: str) -> CompiledMapping:
    mapping, findings = compile_text(document(head, **fields), "shop/order.yaml")
    assert mapping is not None, findings
    return mapping


def term(field: str, spec: str = "", **record: Any) -> Any:
    """The value of one field for `RECORD` with changes."""
    mapping = compiled(**({field: spec} if spec else {}))
    terms = apply_mapping(mapping, {**RECORD, **record}, "DE", "de").terms
    assert terms is not None
    return getattr(terms, field)


def refusal(field: str, spec: str = "", **record: Any) -> MappingError:
    """The error of a record that cannot be mapped; it is the error of `field`."""
    mapping = compiled(**({field: spec} if spec else {}))
    with pytest.raises(MappingError) as caught:
        apply_mapping(mapping, {**RECORD, **record}, "DE", "de")
    assert caught.value.field == field
    return caught.value
