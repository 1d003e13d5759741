"""German is complete: the template is Odoo's own export, and what the source says is in it."""

import ast
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from babel.messages.pofile import read_po

from tests.plugins.odoo_addon.zips import ADDON, MODULE, named

I18N = ADDON / MODULE / "i18n"
_SHOWN = ("string", "help", "placeholder", "confirm", "title")
_LABELS = {"string", "help"}


def messages(name: str) -> dict[str, str]:
    with (I18N / name).open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def said_in_python() -> Iterator[str]:
    """What is handed to `_`, and the labels and choices of fields."""
    for name, text in named("19.0", ".py"):
        for node in ast.walk(ast.parse(text)) if "tests/" not in name else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "_":
                yield ast.literal_eval(node.args[0])
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("fields."):
                yield from (ast.literal_eval(k.value) for k in node.keywords if k.arg in _LABELS)


def said_in_views() -> Iterator[str]:
    for series in ("16.0", "19.0"):
        for name, text in named(series, ".xml"):
            for element in ElementTree.fromstring(text).iter() if name.startswith("views/") else ():
                yield from (element.attrib[word] for word in _SHOWN if word in element.attrib)


def test_template_knows_what_the_source_says() -> None:
    template = messages("paylink_connector.pot")
    assert len(template) > 150
    assert sorted(set(said_in_python()) - template.keys()) == []
    assert sorted(set(said_in_views()) - template.keys()) == []


def test_german_has_every_term_and_no_other() -> None:
    german, template = messages("de.po"), messages("paylink_connector.pot")
    assert german.keys() == template.keys()
    assert [term for term, text in german.items() if not text] == []


def test_placeholders_and_markup_are_kept() -> None:
    for term, text in messages("de.po").items():
        for mark in ("%s", "<", ">", "whsec_"):
            assert term.count(mark) == text.count(mark), term


def test_german_addresses_the_reader_formally() -> None:
    assert not [text for text in messages("de.po").values() if re.search(r"\b[Dd](u|ir|ich|ein|eine)\b", text)]
