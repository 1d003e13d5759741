"""Services that tests need are private nodes, started here on free ports; a missing one skips at home, fails in CI."""

from collections.abc import Generator

import pytest

from tests.faults import figures

pytest_plugins = ["tests.services.postgres", "tests.services.rabbitmq"]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, None, None]:
    """The rows of the fault table that a test tries, and what it counted, go with its report."""
    if call.when == "setup":
        item.user_properties += [("fault", list(marker.args)) for marker in item.iter_markers("fault")]
    if noted := figures.taken():
        item.user_properties.append(("figures", dict(noted)))
    yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = [report for report in terminalreporter.getreports("passed") if report.when == "teardown"]
    passed += [report for report in terminalreporter.getreports("") if getattr(report, "when", "") == "teardown"]
    for report in passed:
        for name, counted in getattr(report, "user_properties", ()):
            if name == "figures" and (wrong := {what: n for what, n in counted.items() if n and what != "orders"}):
                terminalreporter.write_line(f"{report.nodeid} counted {wrong}")
    rows, counts = figures.summary([pair for report in passed for pair in getattr(report, "user_properties", ())])
    if rows:
        words = [f"{name} {counts[name]}" for name in figures.FIGURES]
        terminalreporter.write_line(f"faults tried {rows}, {', '.join(words)}")
