from pathlib import Path

import pytest

from connector_core.mapping import lint_file, lint_text
from tests.unit.mapping.documents import MAPPINGS, document

BAD = """\
version: 1
sorce: shop.order
source: Shop
when: "contain(['pending'], status)"
order: { version: modified, nummer: number }
fields:
  amount: { from: total, as: mony, currency: currency }
  reference: { from: number, as: txt }
  phone: { from: "billing..phone", as: phone, regio: country }
  language: { from: lang, as: language, default: no }
  name: number
  emial: { from: email, as: email }
  description: { from: a, as: join, wiht: "," }
  valid_until: { from: x, as: datetime, zone: Europe/Berln }
"""


@pytest.mark.parametrize(
    ("line", "where", "says"),
    [
        (2, "sorce", "'sorce' is not known here. Did you mean 'source'?"),
        (3, "source", "string should match pattern"),
        (4, "when", "the function 'contain' is not available. Did you mean 'contains'?"),
        (5, "order.number", "'number' is missing"),
        (5, "order.nummer", "'nummer' is not known here. Did you mean 'number'?"),
        (7, "fields.amount.as", "'mony' is not possible here. Did you mean 'money'?"),
        (8, "fields.reference.as", "'txt' is not possible here. Did you mean 'text'?"),
        (9, "fields.phone.from", "the expression cannot be read at character 9"),
        (9, "fields.phone.regio", "'regio' is not known here. Did you mean 'region'?"),
        (10, "fields.language.default", "YAML reads False: put it in quotes"),
        (11, "fields.name", "settings are needed here, such as { from: number, as: text }"),
        (12, "fields.emial", "'emial' is not known here. Did you mean 'email'?"),
        (13, "fields.description.wiht", "'wiht' is not known here. Did you mean 'with'?"),
        (14, "fields.valid_until.zone", "'Europe/Berln' is no time zone"),
    ],
)
def test_every_fault_is_named_with_its_line(line: int, where: str, says: str) -> None:
    found = [finding for finding in lint_text(BAD, "bad.yaml") if (finding.line, finding.where) == (line, where)]
    assert len(found) == 1
    assert says in found[0].message
    assert str(found[0]).startswith(f"bad.yaml:{line}: {where}: ")


def test_nothing_else_is_found_and_lines_ascend() -> None:
    findings = lint_text(BAD, "bad.yaml")
    assert len(findings) == 14
    assert [finding.line for finding in findings] == sorted(finding.line for finding in findings)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("[1, 2]", 1, "has keys such as"),
        ("a: [", 1, "no readable YAML"),
        ("a: 1\nb: 1\na: 2", 3, "stands here twice"),
        ("x: &a 1\ny: *a", 2, "anchors and aliases"),
        ("[" * 5000, 1, "nested too deeply"),
        ("d: 2026-13-45", 1, "Put it in quotes"),
        ("a: !!python/object:os.x 1", 1, "no readable YAML"),
        ("\x00", 1, "no readable YAML"),
        ("#" * 70_000, 1, "longer than 65536 characters"),
    ],
)
def test_yaml_that_cannot_be_used_is_told_not_thrown(text: str, line: int, says: str) -> None:
    (finding,) = lint_text(text, "x.yaml")
    assert finding.line == line
    assert says in finding.message


@pytest.mark.parametrize("field", ["amount", "phone"])
def test_nobody_is_asked_by_default_amount_or_phone(field: str) -> None:
    spec = {"amount": "as: money, currency: currency", "phone": "as: phone"}[field]
    (finding,) = lint_text(document(**{field: f"{{ from: x, {spec}, default: '1' }}"}), "x.yaml")
    assert finding.where == f"fields.{field}.default"
    assert "not known here" in finding.message


@pytest.mark.parametrize("field", ["amount", "reference", "phone", "language"])
def test_a_required_field_must_be_mapped(field: str) -> None:
    text = "\n".join(line for line in document().splitlines() if not line.startswith(f"  {field}:"))
    assert [finding.where for finding in lint_text(text, "x.yaml")] == [f"fields.{field}"]


def test_a_converter_that_does_not_fit_the_field_is_refused() -> None:
    (finding,) = lint_text(document(amount="{ from: total, as: text, currency: currency }"), "x.yaml")
    assert finding.message.startswith("'text' is not possible here. Known: money.")


def test_what_ships_has_no_faults() -> None:
    files = sorted(MAPPINGS.rglob("*.yaml"))
    assert files
    assert [finding for file in files for finding in lint_file(file)] == []


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    (finding,) = lint_file(tmp_path / "nowhere.yaml")
    assert "cannot be read" in finding.message
