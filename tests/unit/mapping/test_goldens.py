"""Every order and webhook that a real WooCommerce sent, and what is made of it."""

from pathlib import Path

import orjson
import pytest

from connector_core.mapping import load_library
from tests.unit.mapping.documents import MAPPINGS
from tests.unit.mapping.golden import outcome

SAMPLES = sorted(path for path in MAPPINGS.rglob("samples/*.json") if not path.name.endswith(".expected.json"))
LIBRARY = load_library([MAPPINGS])
SYSTEMS = {"woocommerce": "woocommerce.order"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_becomes_what_is_expected(sample: Path) -> None:
    mapping = LIBRARY.document(SYSTEMS[sample.parent.parent.name])
    expected = sample.with_suffix(".expected.json")
    assert outcome(mapping, orjson.loads(sample.read_bytes())) == orjson.loads(expected.read_bytes())


def test_every_expectation_has_its_sample() -> None:
    expected = {path.name.replace(".expected.json", ".json") for path in MAPPINGS.rglob("samples/*.expected.json")}
    assert expected == {path.name for path in SAMPLES}
    assert len([name for name in expected if name.startswith("recorded-")]) >= 18


def test_nobody_is_asked_for_an_order_that_was_paid_before() -> None:
    mapping = LIBRARY.document("woocommerce.order")
    for sample in SAMPLES:
        record = orjson.loads(sample.read_bytes())
        if record.get("date_paid_gmt"):
            assert outcome(mapping, record)["withdrawn"] is True
