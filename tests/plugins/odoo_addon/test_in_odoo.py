"""Odoo's own runner executes the addon's tests, where a real Odoo is at hand.

PAYLINK_TEST_ODOO_BIN: the command, such as ``/opt/odoo/venv/bin/python /opt/odoo/odoo-bin -c /etc/odoo.conf``. Its
addons path holds a folder of its own for us, PAYLINK_TEST_ODOO_ADDONS, and PAYLINK_TEST_ODOO_TEST_DB is a database with
a chart of accounts that may be spoiled.
"""

import os
import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.plugins.odoo_addon.zips import MODULE, built

NAMES = ("BIN", "ADDONS", "TEST_DB")
GIVEN = {name: os.environ.get(f"PAYLINK_TEST_ODOO_{name}", "") for name in NAMES}
PORT = "18069"
pytestmark = pytest.mark.skipif(
    not all(GIVEN.values()), reason="no Odoo to run in: set PAYLINK_TEST_ODOO_BIN, _ADDONS and _TEST_DB"
)


def odoo(*words: str) -> str:
    command = [*shlex.split(GIVEN["BIN"]), *words]
    folder = next((Path(word).parent for word in command if word.endswith("odoo-bin") and "/" in word), None)
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return said.stdout + said.stderr


def series() -> str:
    found = re.search(r"(1[6-9])\.0", odoo("--version"))
    assert found, "this is no Odoo 16 to 19"
    return f"{found[1]}.0"


def test_its_own_tests_pass_there() -> None:
    folder = Path(GIVEN["ADDONS"])
    shutil.rmtree(folder / MODULE, ignore_errors=True)
    with zipfile.ZipFile(built(series())) as archive:
        archive.extractall(folder)
    about = ["-d", GIVEN["TEST_DB"], "--stop-after-init", "--http-port", PORT]
    odoo(*about, "-i", MODULE)
    log = odoo(*about, "-u", MODULE, "--test-tags", f"/{MODULE}", "--log-level", "info")
    found = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
    assert found, log[-3_000:]
    assert (found[1], found[2]) == ("0", "0"), log[-3_000:]
    assert int(found[3]) > 50
