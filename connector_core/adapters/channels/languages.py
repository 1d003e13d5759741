"""From BCP 47 to the languages that a sender has texts in."""

from collections.abc import Iterator, Sequence


def language_chain(wanted: str, offered: Sequence[str]) -> tuple[str, ...]:
    """The offered codes in the order in which they are tried: de-AT, then de, then another German, then English.

    `wanted` is BCP 47, `offered` are codes such as ``de`` or ``en_US``. Never empty: without a match the first offered
    one is taken.
    """
    found = [*_same_language(wanted, offered), *_same_language("en", offered), *offered[:1]]
    return tuple(dict.fromkeys(found))


def _same_language(wanted: str, offered: Sequence[str]) -> Iterator[str]:
    parts = wanted.replace("_", "-").split("-")
    language = parts[0].lower()
    region = next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), "")
    by_rank = {f"{language}_{region}": 0, language: 1}
    same = [code for code in offered if code.split("_")[0] == language]
    yield from sorted(same, key=lambda code: by_rank.get(code, 2))
