"""The pages that are made from the code say what the code does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import REFERENCE, ROOT

GENERATED = (
    "settings.md",
    "commands.md",
    "metrics.md",
    "performance.md",
    "templates.md",
    "faults.md",
    "asyncapi.yaml",
    "mapping.md",
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh generation, from a terminal that speaks German."""
    folder = tmp_path_factory.mktemp("reference")
    command = [sys.executable, str(ROOT / "scripts" / "generate_docs.py"), str(folder)]
    environment = {**os.environ, "PAYLINK_LANG": "de", "LANG": "de_DE.UTF-8", "COLUMNS": "40"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_generated_page_is_known(fresh: Path) -> None:
    assert {path.name for path in fresh.iterdir()} == set(GENERATED)


@pytest.mark.parametrize("name", GENERATED)
def test_the_page_is_up_to_date(name: str, fresh: Path) -> None:
    committed = (REFERENCE / name).read_text(encoding="utf-8")
    assert committed == (fresh / name).read_text(encoding="utf-8"), (
        f"docs/reference/{name} is not current: run make docs"
    )


def test_the_readme_leads_to_every_page_of_the_reference() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\(docs/reference/([\w.]+)\)", readme))
    assert linked == {path.name for path in REFERENCE.iterdir()}


def test_every_command_has_its_section() -> None:
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (paylink.*)$", text, re.MULTILINE)
    used = re.findall(r"^Usage: (paylink[\w -]*?) (?:\[|\{|$)", text, re.MULTILINE)
    assert used == titles
    assert {"paylink run", "paylink sandbox lyra", "paylink orders show"} < set(titles)
