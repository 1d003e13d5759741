"""Every example and every variable of the settings' page does what the page says."""

import json
import re
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connector_core.settings import load_settings, with_secret_files
from tests.docs.configurations import BLOCKS, EXAMPLE, load_over, started_peers
from tests.docs.pages import REFERENCE, ROOT, SECRET, Block, blocks, markdown_pages, rows, write_secret_files

PAGE = REFERENCE / "settings.md"
SECTIONS = [
    [row for row in rows(section) if "variable" in row] for section in PAGE.read_text(encoding="utf-8").split("\n## ")
]
ROWS = [row for section in SECTIONS for row in section]
VARIABLES = [row["variable"] for row in ROWS]
PLUGINS = re.findall(
    r'^## \[connections\.NAME\] with plugin = "(\w+)"$', PAGE.read_text(encoding="utf-8"), re.MULTILINE
)
TITLES = [section.partition("\n")[0] for section in PAGE.read_text(encoding="utf-8").split("\n## ")]
CASES = [
    (re.sub(r'^.* with \w+ = "(\w+)"$', r"\1", title) if " with " in title else "woocommerce", row)
    for title, section in zip(TITLES, SECTIONS, strict=True)
    for row in section
]
"""Each setting with the plugin whose connection it is tried with, or the kind of its channel."""
OTHERS = {"PAYLINK_CONFIG", "PAYLINK_LANG"}
"""Variables that are read by the commands and are no settings."""
_SENDER = {
    "phone_number_id": "1", "waba_id": "2", "access_token": SECRET, "app_secrets": [SECRET], "verify_token": SECRET,
}  # fmt: skip
_MAIL = {
    "kind": "email", "host": "smtp.example.com", "username": "paylink", "password": SECRET,
    "sender": "payments@shop.example.com",
}  # fmt: skip
_CONNECTIONS: Mapping[str, Mapping[str, Any]] = {
    "odoo": {
        "url": "https://odoo.example.com", "database": "merchant", "login": "paylink", "password": SECRET,
        "webhook_secrets": [SECRET],
    },
    "salesforce": {
        "url": "https://acme.my.salesforce.com", "client_id": "3MVG9AbCdEf", "client_secret": SECRET,
    },
    "woocommerce": {
        "url": "https://shop.example.com", "consumer_key": SECRET, "consumer_secret": SECRET,
        "webhook_secrets": [SECRET],
    },
}  # fmt: skip
_BASE: Mapping[str, Any] = {
    "psp": {"main": {"shop_id": "87654321", "passwords": [SECRET]}},
    "channels": {"main": _SENDER, "whatsapp": _SENDER},
    "shops": {"main": {"name": "Shop", "psp": "main", "channels": ["main"]}},
}  # fmt: skip
"""Every block but the connection, under the name that stands for NAME."""


def base(of: str) -> Mapping[str, Any]:
    """Every block, with the connection of a plugin, or with a channel that sends e-mails."""
    senders = {"channels": {"main": _MAIL, "whatsapp": _SENDER}} if of == "email" else {}
    plugin = "woocommerce" if of == "email" else of
    connection = {"plugin": plugin, "shop": "main", **_CONNECTIONS[plugin]}
    return {**_BASE, **senders, "connections": {"main": connection}}


def test_the_page_lists_the_settings_of_every_block() -> None:
    assert all(len(section) == len({row["variable"] for row in section}) for section in SECTIONS)
    assert set(PLUGINS) == set(_CONNECTIONS)
    assert {
        "PAYLINK_PORT", "PAYLINK_TIMING__UNKNOWN_WAIT", "PAYLINK_PSP__NAME__SHOP_ID", "PAYLINK_CHANNELS__NAME__WABA_ID",
        "PAYLINK_SHOPS__NAME__PSP", "PAYLINK_CONNECTIONS__NAME__PLUGIN", "PAYLINK_CONNECTIONS__NAME__URL",
    } < set(VARIABLES)  # fmt: skip


@pytest.mark.parametrize(("plugin", "row"), CASES, ids=lambda case: case if isinstance(case, str) else case["variable"])
async def test_the_example_and_the_variable_of_a_setting_do_the_same(
    plugin: str, row: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *where, name = row["variable"].removeprefix("PAYLINK_").lower().replace("__name__", "__main__").split("__")
    header = f"[{'.'.join(where)}]\n" if where else ""
    by_file = load_over(base(plugin), header + row["example"], tmp_path)
    value = with_secret_files(tomllib.loads(row["example"]), tmp_path)[name]
    monkeypatch.setenv(row["variable"].replace("__NAME__", "__MAIN__"), as_variable(value))
    by_variable = load_over(base(plugin), "", tmp_path)
    assert by_variable == by_file
    if name != "ca_file":  # a certificate that only the company has
        assert await started_peers(by_variable) == 4


def as_variable(value: Any) -> str:
    """As the page says: JSON for lists and tables, and quotes for a text that looks like a number."""
    return value if isinstance(value, str) and not value.isdigit() else json.dumps(value)


WITH_VARIABLES = [block for block in blocks("sh", "console") if re.search(r"PAYLINK_\w+=", block.text)]


def test_the_page_shows_variables() -> None:
    assert PAGE in {block.page for block in WITH_VARIABLES}


@pytest.mark.parametrize("block", WITH_VARIABLES, ids=str)
async def test_lines_with_variables_work(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for word in shlex.split(block.text, comments=True):
        name, equals, value = word.partition("=")
        if equals and name.startswith("PAYLINK_") and name not in OTHERS:
            monkeypatch.setenv(name, value)
    write_secret_files(EXAMPLE, tmp_path)
    path = tmp_path / "paylink.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert await started_peers(load_settings(path)) >= 3


@pytest.mark.parametrize("page", markdown_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_variable_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("a variable like `PAYLINK_DATABSE` as well", "")
    named = set(re.findall(r"\bPAYLINK_(?!TEST_)[A-Z0-9]\w*", text))  # those are the tests' own
    assert not {name for name in named if generic(name) not in {*VARIABLES, *OTHERS}}


def generic(name: str) -> str:
    """``PAYLINK_PSP__MAIN__MODE`` is ``PAYLINK_PSP__NAME__MODE``."""
    return re.sub(rf"^(PAYLINK_(?:{'|'.join(BLOCKS).upper()})__)\w+?__", r"\1NAME__", name)


def test_a_variable_that_does_not_exist_is_told_from_one_that_does() -> None:
    assert generic("PAYLINK_PSP__MY_SHOP__MODE") in VARIABLES
    assert generic("PAYLINK_PSP__MAIN__MOOD") not in VARIABLES
    assert generic("PAYLINK_DATABSE") not in VARIABLES


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYLINK_TIMING__UNKNOWN_WAIT", "3m")
    monkeypatch.setenv("PAYLINK_SERVICE_HOST", "10.0.0.1")
    path = tmp_path / "paylink.toml"
    path.write_text('port = 9000\n[timing]\nunknown_wait = "4m"\nexpiry_grace = "6m"\n', encoding="utf-8")
    settings = load_settings(path)
    assert (settings.port, settings.host, settings.database) == (9000, "127.0.0.1", "sqlite:///paylink.db")
    assert settings.timing.unknown_wait.total_seconds() == 180
    assert settings.timing.expiry_grace.total_seconds() == 360


def test_defaults_are_those_of_the_page() -> None:
    top = {row["setting"]: row["default"] for row in ROWS if row["variable"].count("__") == 0}
    assert (top["port"], top["host"], top["database"]) == ("8080", '"127.0.0.1"', '"sqlite:///paylink.db"')
    assert {row["default"] for row in ROWS if row["setting"] == "shop_id"} == {"*required*"}
