"""Every order and webhook that a real WooCommerce sent, what the plugin read from a real Odoo 16 and 19 and from the
demo Salesforce, and what is made of it.
"""

from pathlib import Path

import orjson
import pytest

from connector_core.mapping import load_library
from tests.unit.mapping.documents import MAPPINGS
from tests.unit.mapping.golden import outcome

SAMPLES = sorted(path for path in MAPPINGS.rglob("samples/*.json") if not path.name.endswith(".expected.json"))
LIBRARY = load_library([MAPPINGS])


def document_of(sample: Path) -> str:
    """Odoo has two documents; a sample's name begins with its own."""
    if (system := sample.parent.parent.name) != "odoo":
        return "paylink.payment_request" if system == "paylink" else f"{system}.order"
    return "odoo.invoice" if sample.name.startswith("invoice-") else "odoo.sale_order"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_becomes_what_is_expected(sample: Path) -> None:
    mapping = LIBRARY.document(document_of(sample))
    expected = sample.with_suffix(".expected.json")
    assert outcome(mapping, orjson.loads(sample.read_bytes())) == orjson.loads(expected.read_bytes())


def test_every_expectation_has_its_sample() -> None:
    expected = {path.name.replace(".expected.json", ".json") for path in MAPPINGS.rglob("samples/*.expected.json")}
    assert expected == {path.name for path in SAMPLES}
    assert len([name for name in expected if name.startswith("recorded-")]) >= 18


def test_each_document_of_odoo_was_seen_in_both_versions() -> None:
    names = [path.stem for path in SAMPLES if path.parent.parent.name == "odoo"]
    for document in ("order-", "invoice-"):
        for version in ("-16", "-19"):
            assert len([name for name in names if name.startswith(document) and name.endswith(version)]) >= 9


def test_nobody_is_asked_for_an_order_that_was_paid_before() -> None:
    mapping = LIBRARY.document("woocommerce.order")
    for sample in SAMPLES:
        record = orjson.loads(sample.read_bytes())
        if record.get("date_paid_gmt"):
            assert outcome(mapping, record)["withdrawn"] is True
