"""Whoever makes the templates of the page at Meta passes `paylink check`."""

import re
from typing import Any

import pytest

from connector_core.adapters.channels.languages import language_chain
from connector_core.adapters.channels.texts import LANGUAGES
from connector_core.adapters.channels.whatsapp_check import template_probes
from connector_core.adapters.channels.whatsapp_messages import attempts
from connector_core.domain.errors import ConnectorError
from connector_core.domain.message import Purpose
from tests.docs.pages import REFERENCE, ROOT, rows, section
from tests.unit.adapters.channels.accounts import account, ask

TEXT = (REFERENCE / "templates.md").read_text(encoding="utf-8")
OVERVIEW = list(rows(section("templates.md", "All templates")))
BASE = "https://secure.lyra.com/t/"
_ONE = re.compile(
    r"\*\*(?P<language>\w+)\*\*, (?P<category>\w+)\. Body:\n\n```text\n(?P<body>.*?)\n```"
    r"(?:\n\nButton: .*?text `(?P<button>[^`]+)`, dynamic address `(?P<url>[^`]+)`)?",
    re.DOTALL,
)


def made() -> list[dict[str, Any]]:
    """The page's templates as Graph lists them once they are approved."""
    found = []
    for name in (row["name"] for row in OVERVIEW):
        for one in _ONE.finditer(section("templates.md", name)):
            components: list[dict[str, Any]] = [{"type": "BODY", "text": one["body"]}]
            if one["button"]:
                button = {"type": "URL", "text": one["button"], "url": one["url"]}
                components.append({"type": "BUTTONS", "buttons": [button]})
            found.append(
                {"name": name, "language": one["language"], "category": one["category"], "status": "APPROVED",
                 "components": components}
            )  # fmt: skip
    return found


def test_the_page_has_every_template_in_every_language() -> None:
    assert {(item["name"], item["language"]) for item in made()} == {
        (row["name"], language) for row in OVERVIEW for language in LANGUAGES
    }
    assert len(OVERVIEW) == len(re.findall(r"^## paylink", TEXT, re.MULTILINE)) == 8


@pytest.mark.parametrize("pay_url_base", [BASE, ""])
def test_made_as_the_page_says_they_pass_the_check(pay_url_base: str) -> None:
    sender = account(pay_url_base=pay_url_base)
    probes = list(template_probes(sender, made()))
    assert len(probes) == len(Purpose) * len(LANGUAGES)
    assert [probe for probe in probes if not probe.ok or probe.cure] == []
    less = [item for item in made() if item["name"] != "paylink_receipt"]
    assert [probe.ok for probe in template_probes(sender, less)].count(False) == len(LANGUAGES)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("url", [f"{BASE}3m94qazq", "https://elsewhere.example/3m94qazq"])
def test_what_is_sent_names_a_template_of_the_page_with_its_variables(purpose: Purpose, url: str) -> None:
    known = {(item["name"], item["language"]): item["components"] for item in made()}
    for attempt in attempts(account(pay_url_base=BASE), ask(purpose=purpose, url=url)):
        template = attempt.body["template"]
        components = known[template["name"], template["language"]["code"]]
        variables = set(re.findall(r"\{\{\d\}\}", components[0]["text"]))
        assert len(template["components"][0]["parameters"]) == len(variables)
        assert len(template["components"]) == len(components)


def test_the_languages_are_tried_in_the_order_of_the_page() -> None:
    assert language_chain("de-AT", ("fr", "en", "de")) == ("de", "en", "fr")
    assert language_chain("it", ("fr", "de")) == ("fr",)
    with pytest.raises(ConnectorError):
        list(attempts(account(), ask(url="")))


@pytest.mark.parametrize("row", OVERVIEW, ids=lambda row: str(row["name"]))
def test_a_template_is_sent_exactly_when_the_page_says_so(row: dict[str, str]) -> None:
    purpose = Purpose(row["name"].removesuffix("_link").removeprefix("paylink_"))
    flow = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "connector_core" / "flow").rglob("*.py"))
    assert (f"Purpose.{purpose.name}" in flow) == (row["sent when"] != "not sent yet")
