import json

import jsonschema
import pytest
import yaml

from connector_core.mapping import lint_text, mapping_schema
from tests.unit.mapping.documents import MAPPINGS, document

SCHEMA = MAPPINGS / "mapping.schema.json"


def test_the_schema_is_what_the_models_say() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == mapping_schema()


def test_every_document_that_ships_names_and_fits_the_schema() -> None:
    schema = json.loads(mapping_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    for file in sorted(MAPPINGS.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=../mapping.schema.json\n")
        jsonschema.validate(yaml.safe_load(text), schema)


@pytest.mark.parametrize(
    "text",
    [
        document().replace("as: money", "as: mony"),
        document().replace("region: country", "regio: country"),
        document().replace("version: 1", "version: 0", 1),
        document(name="number"),
        document("when: { is: x, becuase: y }"),
    ],
)
def test_an_editor_sees_what_lint_sees(text: str) -> None:
    assert lint_text(text, "x.yaml")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), json.loads(mapping_schema()))


def test_both_ways_to_write_a_condition_fit() -> None:
    for head in ("when: status", "when: { is: status, reason: Why, show: status }"):
        assert lint_text(document(head), "x.yaml") == []
        jsonschema.validate(yaml.safe_load(document(head)), json.loads(mapping_schema()))
