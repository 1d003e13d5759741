"""What the pages quote stands in the files, what they tell to type exists, and what they link to is there."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from connector_core.adapters.cli.main import app
from tests.docs_examples.conftest import EXAMPLES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / name for name in ("administrator.md", "back-office.md", "integrator.md", "api.md")]
QUOTE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
TYPED = re.compile(r"(?:^\$ (?:\S*/|sudo -u paylink \S*/)?|`)paylink ((?:[a-z]+(?:-[a-z]+)* ?)+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]+)?\)")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pages
def test_quoted_code_is_that_of_the_file(page: Path) -> None:
    for name, code in QUOTE.findall(page.read_text(encoding="utf-8")):
        assert code in (ROOT / name).read_text(encoding="utf-8"), f"{page.name} quotes {name} otherwise than it is"


def test_the_integrators_page_quotes_the_example() -> None:
    quoted = {Path(name).name for name, _ in QUOTE.findall(PAGES[2].read_text(encoding="utf-8"))}
    assert quoted == {"plugin.yaml", "plugin.py", "order.yaml", "test_acme.py"}


@pages
def test_commands_exist(page: Path) -> None:
    typed = TYPED.findall(page.read_text(encoding="utf-8"))
    assert typed
    for words in typed:
        command: Any = get_command(app)
        for word in words.split():
            known = getattr(command, "commands", {})
            # `paylink sandbox acme` is there once the example is installed.
            assert not known or word in {*known, "acme"}, f"{page.name}: paylink {words}"
            command = known.get(word)


@pages
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not missing


@pages
def test_page_stays_short(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 170


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    unit = (EXAMPLES / "paylink.service").read_text(encoding="utf-8")
    runnable = tmp_path / "paylink.service"
    runnable.write_text(unit.replace("/opt/paylink/bin/paylink", "/bin/true"), encoding="utf-8")
    ran = subprocess.run(["systemd-analyze", "verify", str(runnable)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
