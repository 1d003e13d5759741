"""What a daemon would carry along for as long as it runs (docs/decisions/0008)."""

import subprocess
import sys

HEAVY = ("rich", "pygments", "alembic", "segno", "babel.messages.pofile", "openpyxl", "smtplib")
CODE = f"""
import sys
from connector_core.adapters.cli.entry import main
sys.argv = ["paylink", "run", "--help"]
try:
    main()
except SystemExit:
    pass
print([name for name in {HEAVY} if name in sys.modules])
"""


def test_it_starts_without_what_only_commands_and_pages_need() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=True)
    assert "run" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
