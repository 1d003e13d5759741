"""Writes the pages of the reference that are made from the code: `python scripts/generate_docs.py [FOLDER]`."""

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # a script's own folder is the only one that Python looks into

from connector_core.mapping.reference import fill_in  # noqa: E402 - as above
from scripts.docs_of.asyncapi import asyncapi_page  # noqa: E402 - as above
from scripts.docs_of.commands import commands_page  # noqa: E402 - as above
from scripts.docs_of.faults import faults_page  # noqa: E402 - as above
from scripts.docs_of.metrics import metrics_page  # noqa: E402 - as above
from scripts.docs_of.performance import performance_page  # noqa: E402 - as above
from scripts.docs_of.settings import settings_page  # noqa: E402 - as above
from scripts.docs_of.templates import templates_page  # noqa: E402 - as above

REFERENCE = ROOT / "docs" / "reference"


def pages() -> Mapping[str, str]:
    """Every page by its file's name. `mapping.md` is written by hand, with parts that are filled in."""
    return {
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "metrics.md": metrics_page(),
        "templates.md": templates_page(),
        "faults.md": faults_page(),
        "performance.md": performance_page(),
        "asyncapi.yaml": asyncapi_page(),
        "mapping.md": fill_in((REFERENCE / "mapping.md").read_text(encoding="utf-8")),
    }


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else REFERENCE)
