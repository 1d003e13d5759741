"""What Salesforce would refuse as malformed is seen here, without an org."""

from pathlib import Path

import pytest

from tests.plugins.salesforce_package.metadata_schema import TYPES, faults
from tests.plugins.salesforce_package.source import APP, PACKAGE, Source

FILES = sorted(PACKAGE.rglob("*.xml"))
SOURCES = sorted(PACKAGE.rglob("*-meta.xml"))
STATUS = APP / "objects" / "Order" / "fields" / "PayLink_Status__c.field-meta.xml"
CONNECTOR = APP / "permissionsets" / "PayLink_Connector.permissionset-meta.xml"


def test_there_is_something_to_check() -> None:
    assert len(FILES) > len(SOURCES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_follows_the_schema(path: Path) -> None:
    assert faults(path.read_bytes()) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_suffix_says_what_is_inside(path: Path) -> None:
    source = Source(path)
    assert source.root == TYPES[source.suffix]


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        pytest.param("</label>", "</lable>", "mismatch", id="broken tag"),
        pytest.param("<label>PayLink Status</label>", "<lable>PayLink Status</lable>", "lable", id="unknown element"),
        pytest.param("<type>Picklist</type>", "<type>PickList</type>", "PickList", id="wrong enum value"),
        pytest.param("<restricted>true</restricted>", "<restricted>on</restricted>", "boolean", id="not a boolean"),
        pytest.param("<sorted>false</sorted>", "", "sorted", id="missing element"),
        pytest.param("2006/04/metadata", "2006/04/other", "CustomField", id="wrong namespace"),
    ],
)
def test_fault_is_seen(right: str, wrong: str, complaint: str) -> None:
    sound = STATUS.read_text(encoding="utf-8")
    assert right in sound
    assert complaint in " ".join(faults(sound.replace(right, wrong, 1).encode()))


def test_elements_of_one_name_that_stand_apart_are_seen() -> None:
    sound = CONNECTOR.read_text(encoding="utf-8")
    stray = "<userPermissions><enabled>true</enabled><name>RunReports</name></userPermissions>"
    apart = sound.replace("<label>", f"{stray}<label>")
    assert apart != sound
    assert "label" in " ".join(faults(apart.encode()))
