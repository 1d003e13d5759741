from pathlib import Path

from connector_core.mapping.convert import CONVERTERS
from connector_core.mapping.lint import compile_text
from connector_core.mapping.reference import fill_in
from connector_core.mapping.specs import SPECS, converter_name
from tests.unit.mapping.documents import MAPPINGS

PAGE = Path(MAPPINGS.parent, "docs/reference/mapping.md").read_text(encoding="utf-8")


def test_the_generated_parts_are_up_to_date() -> None:
    assert fill_in(PAGE) == PAGE


def test_the_example_compiles() -> None:
    example = PAGE.split("```yaml\n")[1].split("```")[0]
    mapping, findings = compile_text(example, "example.yaml")
    assert findings == []
    assert mapping is not None


def test_every_converter_has_its_settings_and_its_code() -> None:
    assert {converter_name(spec) for spec in SPECS} == set(CONVERTERS)


def test_the_line_in_the_docs_is_the_line_in_the_document() -> None:
    lines = (MAPPINGS / "woocommerce/order.yaml").read_text(encoding="utf-8").splitlines()
    number = next(index for index, line in enumerate(lines, 1) if line.startswith("  phone:"))
    assert f"woocommerce/order.yaml:{number})" in PAGE
