"""Brings the German of the back office up to date: `python scripts/office_texts.py` adds what is missing to `de.po`.

The tests compare: every English text of the pages has its German.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
OFFICE = ROOT / "connector_core" / "adapters" / "web" / "office"
GERMAN = OFFICE / "locales" / "de.po"


def used() -> set[str]:
    """Texts in ``_("...")`` of the templates, words of states, titles of the timeline, and sentences of errors."""
    return {*_in_templates(), *_in_words(), *_in_errors(), *_in_cures()}


def _in_templates() -> Iterator[str]:
    environment: Any = jinja2.Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 - nothing is rendered
    for file in sorted((OFFICE / "templates").iterdir()):
        for _line, _function, text in environment.extract_translations(file.read_text(encoding="utf-8")):
            if isinstance(text, str):
                yield text


def _in_words() -> Iterator[str]:
    """Every text that stands in a table (a dictionary or a tuple) of these modules, keys aside."""
    for name in ("words", "story", "charts", "shown", "request_pages"):
        for node in ast.walk(ast.parse((OFFICE / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                yield from _texts(node.values)
            elif name in ("charts", "shown") and isinstance(node, ast.Tuple):
                yield from _texts(node.elts)


def _in_cures() -> Iterator[str]:
    """What to do about a field that somebody has typed."""
    for node in ast.walk(ast.parse((_CORE / "flow" / "by_hand.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            yield from (text for text in _texts(node.values) if text.endswith("."))


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in _NO_TEXTS:
            yield node.value
        elif isinstance(node, ast.Tuple):
            yield from _texts(node.elts)


_NO_TEXTS = {"good", "wait", "warn", "bad", "quiet", "de_DE", "en_GB", "purpose", "delivery", "fact", "flag", "step",
             "state", "link", "payment_state", "amount", ""}  # fmt: skip
"""Names of tones, axes and locales, which nobody reads."""


_CORE = ROOT / "connector_core"
_OUTSIDE = (
    _CORE / "adapters" / "webhook_guard.py",
    _CORE / "adapters" / "webhook_egress.py",
    _CORE / "adapters" / "store_sql" / "webhooks.py",
    *sorted((_CORE / "flow").glob("*.py")),
)
"""Where else sentences are made that pages show."""


def _in_errors() -> Iterator[str]:
    """Whole sentences and cures of `InvalidInput` and of `errors.py`; those with a value in them stay English."""
    for file in (*sorted(OFFICE.glob("*.py")), *_OUTSIDE):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in ("InvalidInput", "_sorry") or (file in _OUTSIDE and node.func.id == "Rejected"):
                yield from _texts([*node.args, *(k.value for k in node.keywords if k.arg == "cure")])
            if file in _OUTSIDE and node.func.id in ("Answer", "AddressRefused", "_wrong"):
                yield from _texts([*node.args, *(k.value for k in node.keywords if k.arg == "cause")])
            if node.func.id == "_refused":  # its first argument names the field
                yield from _texts(node.args if file in _OUTSIDE else node.args[1:])


def main() -> int:
    catalog = Catalog(locale="de")
    if GERMAN.exists():
        with GERMAN.open("rb") as file:
            catalog = read_po(file, locale="de")
    known = {str(message.id): str(message.string) for message in catalog if message.id}
    fresh = Catalog(locale="de", fuzzy=False)
    for text in sorted(used()):
        fresh.add(text, known.get(text, ""))
    with GERMAN.open("wb") as file:
        write_po(file, fresh, width=0, omit_header=True)
    missing = [text for text in used() if not known.get(text)]
    print("\n".join(missing) or "nothing is missing")  # noqa: T201 - for whoever runs it
    return 0


if __name__ == "__main__":
    sys.exit(main())
