"""How deep a body is nested is known before anything parses it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.adapters.web.limits import MOST_DEPTH, depth

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=30,
)


def nesting(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(nesting, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(nesting, value), default=0)
    return 0


@given(JSON, st.integers(0, 100))
def test_a_document_is_refused_exactly_when_it_is_too_deep(value: object, more: int) -> None:
    for _ in range(more):
        value = [value]
    document = json.dumps(value).encode()
    assert (depth(document) > MOST_DEPTH) == (nesting(value) > MOST_DEPTH)


def test_brackets_inside_of_texts_do_not_count() -> None:
    assert depth(json.dumps({"text": "[" * 1000 + '\\"{'}).encode()) <= 1


def test_what_is_no_json_has_no_depth() -> None:
    assert depth(b"kr-hash=" + b"[" * 1000) == 0
    assert depth(b"") == 0


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 65 + b'"' + b'\\"' * 1_000_000,
        b"[" * 65 + b'"' + b"\\\n" * 1_000_000,
        b"[" + b"[]," * 600_000 + b"[]]",
        (b"[" * 64 + b"]" * 64) * 16_000,
        b"[" * 2_000_000,
        b"[" + b'"",' * 600_000 + b"[" * 100,
    ],
    ids=["escaped quotes without an end", "escaped line ends", "wide", "steep", "deep", "many texts"],
)
def test_no_body_takes_long_to_be_measured(body: bytes) -> None:
    """Time in proportion to the size: a body that made the search go back and forth once took hours."""
    began = time.process_time()
    depth(body)
    assert time.process_time() - began < 2.0
