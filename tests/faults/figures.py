"""What the fault tests counted in the peers' ledgers, gathered for the summary of `make faults`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from connector_core.sandbox.world import Finding

FIGURES = ("orders", "lost", "links twice", "messages twice", "payments unrecorded", "write-backs twice")

_noted: Counter[str] = Counter()


def note(**counts: int) -> None:
    """Adds to what the running test has counted; names are those of `FIGURES` with underscores."""
    _noted.update(
        {name.replace("_", " ").replace("write backs", "write-backs"): count for name, count in counts.items()}
    )


def note_findings(findings: Sequence[Finding]) -> None:
    """Where all ledgers were compared: what differs in each."""
    by_name = {finding.name: finding for finding in findings}
    note(
        orders=by_name["orders"].theirs,
        lost=_differs(by_name["orders"]),
        links_twice=_differs(by_name["paylinks"]),
        messages_twice=_differs(by_name["messages"]),
        payments_unrecorded=_differs(by_name["captures"]),
        write_backs_twice=_differs(by_name["shop payments"]),
    )


def _differs(finding: Finding) -> int:
    return max(abs(finding.ours - finding.theirs), len(finding.wrong))


def taken() -> Mapping[str, int]:
    """What was noted since the last time."""
    found = dict(_noted)
    _noted.clear()
    return found


def summary(properties: list[tuple[str, Any]]) -> tuple[int, Counter[str]]:
    """(rows of the fault table that were tried, sums of what was counted), of all tests that passed."""
    rows = {str(row) for name, value in properties if name == "fault" for row in value}
    total: Counter[str] = Counter()
    for name, value in properties:
        if name == "figures":
            total.update(value)
    return len(rows), total
