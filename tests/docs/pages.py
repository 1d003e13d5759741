"""The documentation as the tests read it: its pages, their code blocks and their tables."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
SECRET = "whsec_0123456789abcdef0123456789abcdef"
"""Fits every setting that is a secret."""

_FENCE = re.compile(
    r"^(?P<fence>```+)(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_SECRET_FILE = re.compile(r"\{\s*file\s*=\s*\"([^\"]+)\"\s*\}")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code; `line` is that of its fence."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def markdown_pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def blocks(*languages: str) -> list[Block]:
    return [block for page in markdown_pages() for block in blocks_of(page) if block.language in languages]


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, found.start()) + 1, found["language"], found["text"])


def prose(page: Path) -> str:
    """The page without its blocks and spans of code."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text(encoding="utf-8")))


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next one. Raises `IndexError` when there is none."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> Iterator[Mapping[str, str]]:
    """The rows of all tables in the text, by the words of their heads; code is without its marks."""
    head: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not head:
            head = cells
        elif set("".join(cells)) - set("-: "):
            yield {name: _plain(cell) for name, cell in zip(head, cells, strict=True)}


def write_secret_files(toml: str, folder: Path) -> int:
    """Makes every secret file that the configuration names; returns how many."""
    names = set(_SECRET_FILE.findall(toml))
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET + "\n", encoding="utf-8")
    return len(names)


def _plain(cell: str) -> str:
    whole = re.fullmatch(r"`([^`]*)`", cell)
    return whole[1] if whole else cell
