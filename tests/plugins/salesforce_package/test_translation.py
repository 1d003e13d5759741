"""German is complete, and an org without Translation Workbench never meets it."""

import re

from tests.plugins.salesforce_package.source import APP, PAYMENT, TRANSLATIONS, Source, fields, sources

CASES = ("Nominative", "Accusative", "Genitive", "Dative")


def translated() -> dict[str, Source]:
    """`Object.Field` to its German."""
    found = sources(TRANSLATIONS, "fieldTranslation")
    return {f"{source.path.parent.name.removesuffix('-de')}.{source.name}": source for source in found}


def test_translations_lie_apart() -> None:
    assert not [source for source in sources(APP) if "ranslation" in source.suffix]
    assert {source.suffix for source in sources(TRANSLATIONS)} == {"fieldTranslation", "objectTranslation"}


def test_every_field_is_translated() -> None:
    assert translated().keys() == fields().keys()
    for name, german in translated().items():
        assert german.text("name") == german.name, name
        assert german.text("label"), name
        assert german.text("help"), name


def test_every_choice_is_translated() -> None:
    """Salesforce finds a choice by its label."""
    for name, german in translated().items():
        labels = fields()[name].texts("valueSet/valueSetDefinition/value/label")
        assert german.texts("picklistValues/masterLabel") == labels, name
        assert all(german.texts("picklistValues/translation")), name


def test_every_related_list_is_translated() -> None:
    for name, german in translated().items():
        assert bool(german.text("relationshipLabel")) == bool(fields()[name].text("relationshipLabel")), name


def test_object_has_every_case_of_german() -> None:
    german = Source(TRANSLATIONS / "objectTranslations" / f"{PAYMENT}-de" / f"{PAYMENT}-de.objectTranslation-meta.xml")
    cases = [(row["caseType"], row["plural"]) for row in german.rows("caseValues")]
    assert cases == [(case, plural) for case in CASES for plural in ("false", "true")]
    assert german.text("gender") == "Feminine"
    assert german.text("nameFieldLabel")


def test_folder_names_the_object_and_the_language() -> None:
    """Else the files are taken for those of another object."""
    folders = sources(TRANSLATIONS, "objectTranslation")
    assert [source.name for source in folders] == ["Order-de", f"{PAYMENT}-de"]
    assert all(source.path.parent.name == source.name for source in folders)


def test_german_addresses_the_reader_formally() -> None:
    texts = [text for source in translated().values() for text in source.texts("help")]
    assert texts
    assert not [text for text in texts if re.search(r"\b[Dd](u|ir|ich|ein|eine)\b", text)]
