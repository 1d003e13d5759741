"""Every link and picture inside of the documentation leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, markdown_pages, prose

_LINK = re.compile(
    r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\""
)
_OUTSIDE = re.compile(r"^(https?|mailto):")


def links(page: Path) -> Iterator[str]:
    for found in _LINK.finditer(prose(page)):
        target = found[1] or found[2]
        if not _OUTSIDE.match(target):
            yield target


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    names: set[str] = set()
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for title in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).replace(" ", "-")
        names.add(name if name not in names else f"{name}-1")
    return names


def fault(page: Path, target: str) -> str:
    """What is wrong with a link; empty when it leads somewhere."""
    path, _, anchor = target.partition("#")
    to = (page.parent / path).resolve() if path else page
    if not to.is_relative_to(ROOT):
        return "leads out of the project"
    if not to.exists():
        return "leads nowhere"
    if anchor and anchor not in anchors(to):
        return f"has no heading for #{anchor}"
    return ""


@pytest.mark.parametrize("page", markdown_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    faults = [f"{target} {why}" for target in links(page) if (why := fault(page, target))]
    assert not faults, f"{page.relative_to(ROOT)}: {'; '.join(faults)}"


def test_links_are_found_and_wrong_ones_are_told(tmp_path: Path) -> None:
    readme = ROOT / "README.md"
    found = list(links(readme))
    assert "docs/pictures/phone.png" in found
    assert "docs/reference/settings.md" in found
    assert fault(readme, "docs/nowhere.md") == "leads nowhere"
    assert fault(readme, "../outside.md") == "leads out of the project"
    assert fault(readme, "README.md#no-such-heading") == "has no heading for #no-such-heading"
    assert fault(readme, "#two-commands") == ""
    page = tmp_path / "page.md"
    page.write_text(
        '[a](x.md "t") ![b](y.png) `[c](no.md)` <img src="z.svg">\n```md\n[d](no.md)\n```\n', encoding="utf-8"
    )
    assert list(links(page)) == ["x.md", "y.png", "z.svg"]
