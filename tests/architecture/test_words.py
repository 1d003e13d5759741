"""What the project says speaks of the product alone."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = re.escape(f"{ROOT}/")
"""Where this checkout stands: a path that only one machine has."""
FORBIDDEN = re.compile(rf"{HERE}|pypi\.org|registry\.npmjs|deb\.debian\.org", re.IGNORECASE)
THIS = Path(__file__).relative_to(ROOT)


def test_no_machine_path_and_no_registry_host() -> None:
    command = ["git", "ls-files"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in {".png", ".svg", ".mo"} or Path(name) == THIS or not path.is_file():
            continue
        if match := FORBIDDEN.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(f"{name}: {match[0]}")
    assert not found
