"""Whatever a record holds: a `Mapped` or a `MappingError`, and nothing else (fault 64)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.domain.errors import MappingError
from connector_core.mapping import apply_mapping, lint_text, load_library, preview
from connector_core.ports.mapper import Mapped
from tests.unit.mapping.documents import MAPPINGS, RECORD, compiled, document

WOO = load_library([MAPPINGS]).document("woocommerce.order")
ALL = compiled(
    "withdrawn: \"contains(['x'], gone)\"\nwhen: { is: total, show: status }",
    name="{ from: '[first, last]', as: join }",
    email="{ from: email, as: email }",
    description="{ from: note, as: map, values: { a: b } }",
    valid_until="{ from: days, as: duration, since: modified, unit: hours }",
)
TEXT = (
    st.text(st.characters(), max_size=40) | st.from_regex(r"[+0-9 ()./-]{0,20}") | st.sampled_from(["EUR", "JPY", "DE"])
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
WORDS = ["first", "last", "email", "note", "days", "gone", "status", *RECORD]


def check(mapping: Any, record: Any) -> None:
    try:
        mapped = apply_mapping(mapping, record, "DE", "de")
    except MappingError as error:
        assert_complete(error)
    else:
        assert_sound(mapped)


def assert_complete(error: MappingError) -> None:
    assert all((error.sentence, error.cure, error.field, error.where))


def assert_sound(mapped: Mapped) -> None:
    assert (mapped.terms is None) == bool(mapped.skipped)
    mapped.number.encode()
    if mapped.terms:
        assert mapped.terms.amount.minor > 0
        texts = (mapped.terms.reference, mapped.terms.name, mapped.terms.email, mapped.terms.description)
        "".join(texts).encode()


@pytest.mark.fault(64)
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(WORDS), JSON), st.booleans())
def test_any_record_of_a_small_shop(changes: dict[str, Any], whole: bool) -> None:
    record = {**RECORD, **changes} if whole else changes
    check(ALL, record)
    preview(ALL, record, "DE")


@pytest.mark.fault(64)
@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {"status": st.sampled_from(["pending", "on-hold"]), "number": JSON, "date_modified_gmt": JSON},
        optional={
            "total": JSON,
            "currency": SCALAR,
            "billing": JSON | st.dictionaries(st.sampled_from(["phone", "country", "email", "first_name"]), JSON),
            "meta_data": JSON
            | st.lists(st.fixed_dictionaries({"key": st.just("wpml_language"), "value": JSON}), max_size=2),
            "line_items": JSON | st.lists(st.fixed_dictionaries({"name": JSON}), max_size=3),
        },
    )
    | JSON
)
def test_any_record_of_woocommerce(record: Any) -> None:
    check(WOO, record)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | TEXT, st.integers(0, 14))
def test_any_text_as_document_is_a_finding_and_never_thrown(text: str, line: int) -> None:
    lint_text(text, "x.yaml")
    lines = document().splitlines()
    lines[line % len(lines)] = text
    lint_text("\n".join(lines), "x.yaml")


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_value_as_setting_is_a_finding_and_never_thrown(value: Any) -> None:
    text = document(name=f"{{ from: number, as: join, with: {value!r} }}", email=repr(value))
    lint_text(text, "x.yaml")
