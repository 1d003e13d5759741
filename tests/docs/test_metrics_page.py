"""The metrics' page names every metric, and the daemon measures each of them."""

import re
from collections.abc import Mapping

import pytest

from connector_core.adapters.observability.metrics import Metrics
from tests.docs.pages import REFERENCE, ROOT, rows, section

TEXT = (REFERENCE / "metrics.md").read_text(encoding="utf-8")
FED = {row["metric"] for row in rows(TEXT) if "metric" in row}
ALERTS = [row["expression"] for row in rows(section("metrics.md", "What to watch"))]
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "connector_core").rglob("*.py"))
    if path.name != "metrics.py"
)
_CALLS = {
    "paylink_requests_total": r"metrics\.request\(",
    "paylink_psp_calls_total": r"metrics\.psp_call\(",
    "paylink_messages_total": r"metrics\.message\(",
    "paylink_ipn_total": r"metrics\.ipn\(",
    "paylink_request_step_seconds": r"metrics\.step\(",
    "paylink_outbox_rows": r"metrics\.outbox\(",
    "paylink_outbox_oldest_age_seconds": r"metrics\.outbox\(",
    "paylink_parked_items": r"metrics\.parked\(",
    "paylink_unallocated_payments": r"metrics\.unallocated\(",
    "paylink_writeback_oldest_due_seconds": r"metrics\.writebacks_due\(",
    "paylink_consumer_heartbeat_age_seconds": r"metrics\.consumer_heartbeat_age\(",
    "paylink_clock_skew_seconds": r"metrics\.clock_skew\(",
}
"""How the code measures each."""


def test_the_page_names_every_metric_once_and_no_other() -> None:
    declared = {f.name for f in Metrics().registry.collect() if not f.name.startswith("process_")}
    assert {name.removesuffix("_total") for name in FED} == declared
    assert len([row for row in rows(TEXT) if "metric" in row]) == len(declared) == len(_CALLS)


@pytest.mark.parametrize("name", sorted(FED))
def test_every_metric_is_measured(name: str) -> None:
    assert re.search(_CALLS[name], SOURCES)


@pytest.mark.parametrize("expression", ALERTS)
def test_an_alert_watches_what_is_measured(expression: str) -> None:
    names = set(re.findall(r"paylink_\w+", expression))
    assert names <= FED
    assert names or expression == "up == 0"
    by_name: Mapping[str, Mapping[str, str]] = {row["metric"]: row for row in rows(TEXT) if "metric" in row}
    for name in names:
        for label, value in re.findall(r'(\w+)="(\w+)"', expression):
            assert f"`{label}`" in by_name[name]["labels"] or label == by_name[name]["labels"]
            assert f"`{value}`" in by_name[name]["what it says"]
