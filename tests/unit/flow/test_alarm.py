"""An outage is one line in the log, however often it is met."""

from structlog.testing import capture_logs

from connector_core.flow.alarm import Alarm


def test_one_line_when_it_begins_and_one_when_it_ends() -> None:
    alarm = Alarm("poll failed", connection="woo")
    with capture_logs() as logs:
        for _ in range(3):
            alarm.clear()
            alarm.rise("unreachable", cure="wait")
            alarm.rise("still unreachable")
            alarm.rise("still unreachable")
            alarm.clear()
    shown = [(log["log_level"], log["event"], log["connection"]) for log in logs if log["log_level"] != "debug"]
    assert shown == [("warning", "poll failed", "woo"), ("info", "poll failed: over", "woo")] * 3
    assert logs[0]["cause"] == "unreachable"
