"""`faults.md`: every fault of the table, and the tests that prove it to be survived.

The tests are found in their source: no test has to run for the page.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.docs_of.fault_rows import FAULTS, INVARIANTS, OUT_OF_REACH, Fault
from scripts.docs_of.markdown import page, table

TESTS = Path(__file__).parents[2] / "tests"

_INTRODUCTION = """
What can go wrong, and what proves that it does no harm. Each test plays the fault against the real adapters, with
peers that speak the real protocols, and compares our database with the **peers' own ledgers**, never with our own log.
A test names the rows that it proves with `@pytest.mark.fault(ROW)`.
"""
_LIMITS = """
- **A refused message stays in the broker as its sender wrote it.** A message that can never be taken goes to
  `paylink.dead` unchanged, because whoever empties that queue must see what was sent. If its sender put a card number
  into it, it is there, on the sender's side of the door; nothing of it is in our database or logs. Let only those read
  the queue who may, and give it a time to live.
- **Identifiers are kept as they are**: an order's reference and an event's id are what the other system is asked by,
  so they are not searched for card numbers.
- **A plugin runs in threads of the daemon**: one that fails or hangs harms no other, but one that eats all memory or
  ends the process takes the daemon with it.
- **What a slow client costs** is one connection for twelve seconds. How many there may be at once is the business of
  the proxy in front of the daemon.
"""


def faults_page() -> str:
    proved = marked_tests(TESTS)
    count = sum(fault.row in proved for fault in FAULTS)
    parts = list(dict.fromkeys(fault.part for fault in FAULTS))
    return page(
        "Faults",
        _INTRODUCTION,
        f"**Rows with a test: {count} of {len(FAULTS)}.**",
        *(f"## {part}\n\n{_table([f for f in FAULTS if f.part == part], proved)}" for part in parts),
        "## Invariants",
        table(("invariant", "what holds at any time"), INVARIANTS.items()),
        "## Known limits",
        _LIMITS,
    )


def marked_tests(folder: Path) -> Mapping[str, list[str]]:
    """``file::test`` by row, from the marks in the sources below the folder, in the order of the files."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder.parent).as_posix()
        for test, rows in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            for row in rows:
                found.setdefault(row, []).append(f"{name}::{test}")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Each test with its rows: its own marks, those of its parameters (in place or in a constant), its module's."""
    constants = {
        target.id: _rows(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            rows = constants.get("pytestmark", []) + [row for mark in node.decorator_list for row in _rows(mark)]
            used = {name.id for mark in node.decorator_list for name in ast.walk(mark) if isinstance(name, ast.Name)}
            rows += [row for name in sorted(used & constants.keys()) for row in constants[name]]
            yield node.name, list(dict.fromkeys(rows))


def _rows(node: ast.AST) -> list[str]:
    """The rows of all `pytest.mark.fault(...)` within."""
    return [
        str(ast.literal_eval(argument))
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "fault"
        if isinstance(call.func.value, ast.Attribute) and call.func.value.attr == "mark"
        for argument in call.args
    ]


def _table(faults: list[Fault], proved: Mapping[str, list[str]]) -> str:
    head = ("row", "fault", "invariants", "proved by")
    return table(head, [(fault.row, fault.what, fault.invariants, _proof(fault, proved)) for fault in faults])


def _proof(fault: Fault, proved: Mapping[str, list[str]]) -> str:
    if fault.row not in proved:
        return f"**No test.** {OUT_OF_REACH.get(fault.row, 'Not proved yet.')}"
    by_file: dict[str, list[str]] = {}
    for test in proved[fault.row]:
        name, _, function = test.partition("::")
        by_file.setdefault(name, []).append(function.removeprefix("test_").replace("_", " "))
    return "<br>".join(f"[{name.removeprefix('tests/')}](../../{name}): {'; '.join(by_file[name])}" for name in by_file)
