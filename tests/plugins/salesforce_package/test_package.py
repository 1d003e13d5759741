"""The package holds what the connector writes, and keeps what its README promises."""

import json
import re
from typing import Any

import pytest
from connector_salesforce.schema import ORDER, PAYMENT_FIELDS, PAYMENT_KEY, SEND_AGAIN, SHOWN_ON_ORDER
from connector_salesforce.standing import STATUSES, TYPES

from tests.plugins.salesforce_package.source import APP, PACKAGE, PAYMENT, REMOVE, Source, fields, sources

PICKLISTS = {"Order.PayLink_Status__c": STATUSES, f"{PAYMENT}.Type__c": tuple(TYPES.values())}

OBJECT = Source(APP / "objects" / PAYMENT / f"{PAYMENT}.object-meta.xml")
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
TEXTS = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*")) if path.is_file()}

LONGEST = {"label": 40, "pluralLabel": 40, "relationshipLabel": 40, "description": 255, "inlineHelpText": 255}
"""What Salesforce takes, at the most careful reading: the schema says nothing of it."""


def project() -> Any:
    return json.loads((PACKAGE / "sfdx-project.json").read_text(encoding="utf-8"))


def test_project_names_directories_that_exist() -> None:
    directories = {directory["path"]: directory for directory in project()["packageDirectories"]}
    assert directories.keys() == {path.parents[1].name for path in PACKAGE.glob("*/main/default")}
    assert [path for path, directory in directories.items() if directory["default"]] == ["force-app"]
    assert directories["force-app"]["package"] == "PayLink Connector"
    assert re.fullmatch(r"\d+\.\d+\.\d+\.NEXT", directories["force-app"]["versionNumber"])


def test_every_field_is_named_as_its_file_and_explained() -> None:
    for name, field in fields().items():
        assert field.text("fullName") == field.name, name
        assert all(field.text(word) for word in ("label", "description", "inlineHelpText")), name


@pytest.mark.parametrize("name", PICKLISTS)
def test_picklist_takes_what_the_connector_writes_and_nothing_else(name: str) -> None:
    values = list(fields()[name].rows("valueSet/valueSetDefinition/value"))
    assert tuple(value["fullName"] for value in values) == PICKLISTS[name]
    assert fields()[name].text("valueSet/restricted") == "true"
    assert {value["default"] for value in values} == {"false"}
    assert all(re.fullmatch(r"[A-Z][a-z]+( [a-z]+)?", value["label"]) for value in values)


def test_no_picklist_is_forgotten() -> None:
    assert {name for name, field in fields().items() if field.text("type") == "Picklist"} == PICKLISTS.keys()


def test_the_package_has_the_fields_that_the_connector_uses_and_no_others() -> None:
    used = {f"{ORDER}.{name}" for name in (*SHOWN_ON_ORDER, SEND_AGAIN)} | {
        f"{PAYMENT}.{n}" for n in (PAYMENT_KEY, *PAYMENT_FIELDS)
    }
    assert set(fields()) == used


def test_a_payment_is_written_once() -> None:
    key = fields()[f"{PAYMENT}.PayLink_Id__c"]
    assert all(key.text(word) == "true" for word in ("externalId", "unique", "required", "caseSensitive"))


def test_a_deleted_order_leaves_its_payments() -> None:
    order = fields()[f"{PAYMENT}.Order__c"]
    assert (order.text("referenceTo"), order.text("deleteConstraint")) == ("Order", "SetNull")


def test_no_history_is_kept() -> None:
    assert OBJECT.text("enableHistory") == "false"
    assert not any("true" in field.texts("trackHistory") for field in fields().values())


def test_object_installs_in_orgs_of_every_language() -> None:
    """An org whose own language knows no such thing refuses the object for it (SalesforceFoundation/EDA issue 326)."""
    assert OBJECT.texts("startsWith") == OBJECT.texts("gender") == []


def test_texts_fit() -> None:
    for source in sources(APP):
        for word, length in LONGEST.items():
            assert all(len(text) <= length for text in source.texts(word)), f"{source.path.name}: {word}"


def test_record_page_and_lists_show_our_fields() -> None:
    own = {field.name for name, field in fields().items() if name.startswith(PAYMENT)}
    (page,) = sources(APP, "layout")
    (every,) = sources(APP, "listView")
    searched = {name for kind in ("customTabList", "lookupDialogs", "searchResults") for name in listed(kind)}
    assert set(page.texts(".//field")) - {"Name", "OwnerId", "CreatedById", "LastModifiedById"} == own
    assert set(every.texts("columns")) - {"NAME"} == own - {"PayLink_Id__c"}
    assert searched <= own


def listed(kind: str) -> list[str]:
    return OBJECT.texts(f"searchLayouts/{kind}AdditionalFields")


def test_required_field_is_required_on_the_record_page() -> None:
    """Else Salesforce refuses the layout."""
    (page,) = sources(APP, "layout")
    items = page.rows(".//layoutItems")
    assert [item["field"] for item in items if item["behavior"] == "Required"] == ["PayLink_Id__c"]


def test_removal_takes_everything_that_was_installed() -> None:
    """What belongs to our object goes with it."""
    removed = Source(REMOVE / "destructiveChanges.xml")
    members = set(removed.texts("types/members"))
    installed = {name for name in fields() if name.startswith("Order.")}
    installed |= {source.name for suffix in ("object", "tab", "permissionset") for source in sources(APP, suffix)}
    assert members == installed
    assert removed.texts("types/name") == ["CustomField", "CustomObject", "CustomTab", "PermissionSet"]
    versions = {Source(path).text("version") for path in REMOVE.iterdir()}
    assert versions == {project()["sourceApiVersion"]}


def test_readme_names_what_an_administrator_meets() -> None:
    shown = {field.name for name, field in fields().items() if name.startswith("Order.")}
    shown |= {PAYMENT, "force-app", "translations", *(source.name for source in sources(APP, "permissionset"))}
    assert sorted(name for name in shown if name not in README) == []


def test_nothing_secret_is_inside() -> None:
    word = re.compile("secret|password", re.IGNORECASE)
    assert [path.name for path, text in TEXTS.items() if word.search(path.name) or word.search(text)] == []


def test_lines_are_short() -> None:
    assert [path.name for path, text in TEXTS.items() if max(map(len, text.splitlines())) > 120] == []
