"""T10: a canary card, phone and secret in any part of an event leaves no trace in the output."""

import asyncio
import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import structlog

from connector_core.adapters.observability import redaction
from connector_core.adapters.observability.logs import configure_logs, correlated
from connector_core.adapters.observability.redaction import hide

CARD, PHONE, SECRET = "4111 1111 1111 1111", "+49 151 23456789", "canary-of-a-secret"
CANARIES = f"{CARD} {PHONE} {SECRET}"
TRACES = ("4111", "49 151", "23456", "of-a-secret")


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    monkeypatch.setattr(redaction, "_secrets", set())
    monkeypatch.setattr(redaction, "_secret_pattern", None)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hide(SECRET)
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def _raise() -> None:
    local = CANARIES  # a local must not be shown either
    raise ValueError(f"refused: {local}")


def _event(text: str) -> None:
    structlog.get_logger("ours").info(text)


def _named(text: str) -> None:
    structlog.get_logger("ours").info("event", note=text, phone=PHONE, password=SECRET, nested={"a": [{"b": text}]})


def _number(_text: str) -> None:
    structlog.get_logger("ours").info("event", number=int(CARD.replace(" ", "")), by={PHONE: 1})


def _positional(text: str) -> None:
    structlog.get_logger("ours").info("event %s", text)


def _exception(_text: str) -> None:
    try:
        _raise()
    except ValueError:
        structlog.get_logger("ours").exception("failed")


def _chained(text: str) -> None:
    try:
        try:
            _raise()
        except ValueError as error:
            raise RuntimeError(text) from error
    except RuntimeError:
        logging.getLogger("aiohttp.server").exception("failed %s", text)


def _standard(text: str) -> None:
    logging.getLogger("uvicorn.access").info("%s - %s", text, text, extra={"note": text, "authorization": "abc"})


def _correlation(text: str) -> None:
    with correlated(order=text):
        logging.getLogger("aiohttp.client").warning("event")


def _bound(text: str) -> None:
    structlog.get_logger("ours").bind(note=text).warning("event", stack_info=True)


def _unformattable(text: str) -> None:
    logging.getLogger("sqlalchemy.engine").error("%d", text)


WAYS = [_event, _named, _number, _positional, _exception, _chained, _standard, _correlation, _bound, _unformattable]


@pytest.mark.parametrize("json", [True, False])
@pytest.mark.parametrize("log", WAYS)
def test_no_canary_reaches_the_output(
    log: Callable[[str], None], json: bool, stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(json, "INFO", stream)
    log(CANARIES)
    assert stream.getvalue()
    seen = capsys.readouterr()
    assert not any(trace in text for text in (stream.getvalue(), seen.out, seen.err) for trace in TRACES)


def test_a_line_is_one_json_object_with_time_level_and_logger(stream: io.StringIO) -> None:
    configure_logs(True, "INFO", stream)
    structlog.get_logger("ours").info("link created", shop="main", attempts=1)
    logging.getLogger("uvicorn.error").info("started on port %d", 8080)
    ours, theirs = lines(stream)
    assert {**ours, "timestamp": ""} == {
        "event": "link created", "shop": "main", "attempts": 1, "level": "info", "logger": "ours", "timestamp": "",
    }  # fmt: skip
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("started on port 8080", "info", "uvicorn.error")
    assert ours["timestamp"].endswith("Z")


def test_an_exception_is_shown_without_locals(stream: io.StringIO) -> None:
    configure_logs(True, "INFO", stream)
    _exception("")
    (line,) = lines(stream)
    assert "ValueError: refused:" in line["exception"]
    assert "_raise" in line["exception"]
    assert "a local must not" not in line["exception"]


def test_the_level_holds_for_both_kinds_of_logs(stream: io.StringIO) -> None:
    configure_logs(True, "WARNING", stream)
    structlog.get_logger("ours").info("not shown")
    logging.getLogger("theirs").info("not shown")
    structlog.get_logger("ours").warning("shown")
    assert [line["event"] for line in lines(stream)] == ["shown"]


def test_an_unknown_level_is_refused(stream: io.StringIO) -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure_logs(True, "LOUD", stream)


def test_what_the_broker_library_says_of_each_attempt_is_left_out(stream: io.StringIO) -> None:
    """With RabbitMQ away it would be several lines a second; the adapter says it once."""
    configure_logs(True, "DEBUG", stream)
    logging.getLogger("pika.adapters.utils.connection_workflow").error("connection refused")
    assert lines(stream) == []


def test_configuring_again_leaves_one_line_an_event(stream: io.StringIO) -> None:
    logger = structlog.get_logger("ours")
    configure_logs(False, "INFO", io.StringIO())
    logger.info("first")
    configure_logs(True, "INFO", stream)
    logger.info("second")
    assert [line["event"] for line in lines(stream)] == ["second"]


async def test_correlation_follows_the_tasks_of_an_order_and_no_others(stream: io.StringIO) -> None:
    configure_logs(True, "INFO", stream)

    async def work(name: str) -> None:
        with correlated(order=name, connection="woo-main"):
            await asyncio.sleep(0)
            structlog.get_logger("ours").info(name)
            logging.getLogger("aiohttp").warning(name)

    await asyncio.gather(work("one"), work("two"))
    structlog.get_logger("ours").info("outside")
    shown = lines(stream)
    assert all(line["order"] == line["event"] and line["connection"] == "woo-main" for line in shown[:-1])
    assert len(shown) == 5
    assert "order" not in shown[-1]
