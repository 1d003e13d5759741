"""What a daemon would carry along for as long as it runs (docs/decisions/0008)."""

import subprocess
import sys

import pytest

HEAVY = ("rich", "pygments", "alembic", "segno", "babel.messages.pofile", "openpyxl", "smtplib")
VENDORS = ("simple_salesforce", "zeep", "grpc", "odoolib")
CODE = """
import sys
from connector_core.adapters.cli.entry import main
sys.argv = ["paylink", "{command}", "--help"]
try:
    main()
except SystemExit:
    pass
print([name for name in {names} if name in sys.modules])
"""


def loaded(command: str, names: tuple[str, ...]) -> str:
    """Which of these modules the command has loaded once it has shown its help, as a list of Python."""
    code = CODE.format(command=command, names=names)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert command in done.stdout
    return done.stdout.splitlines()[-1]


def test_it_starts_without_what_only_commands_and_pages_need() -> None:
    assert loaded("run", HEAVY) == "[]"


@pytest.mark.parametrize("command", ["run", "orders", "sandbox"])
def test_no_command_waits_for_the_libraries_of_vendors_that_it_does_not_need(command: str) -> None:
    assert loaded(command, VENDORS) == "[]"
