"""Structured logs with everything confidential masked; the standard library's logs go the same way."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from connector_core.adapters.observability.redaction import redact

_LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.access", "pika", "aiohttp", "sqlalchemy", "alembic", "asyncio")
_TALKATIVE = ("sqlalchemy", "alembic", "aiohttp.access", "urllib3")
_SILENT = ("pika",)
"""Logs every attempt at a broker that is away, with several errors each; the adapter tells it once, in plain words."""
_UNTOUCHED = frozenset({"timestamp", "level", "logger"})


def _redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: value if name in _UNTOUCHED else redact(value, name) for name, value in _flat(event)}


def _flat(event: EventDict) -> Iterator[tuple[str, Any]]:
    """Names are masked like values: somebody may log a dictionary that is keyed by number."""
    for name, value in event.items():
        yield (name if name.isidentifier() else str(redact(name))), value


_BEFORE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_OURS: list[Processor] = [
    structlog.stdlib.filter_by_level,
    *[processor for processor in _BEFORE if not isinstance(processor, structlog.stdlib.ExtraAdder)],
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


class _Handler(logging.StreamHandler[TextIO]):
    """A record that cannot be rendered is named by its place in the code: the standard way prints its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the standard library's
        try:
            self.stream.write(f"a log record of {record.name} ({record.filename}:{record.lineno}) cannot be shown\n")
        except (OSError, ValueError):
            pass  # the stream is gone: there is nowhere to say so


def configure_logs(json: bool, level: str, stream: TextIO | None = None) -> None:
    """Sends all logs of this process to `stream` (standard output), as JSON lines or as text for a terminal.

    `level` is a name such as ``INFO``. May be called again. Raises `ValueError` for an unknown level.
    """
    handler = _Handler(stream or sys.stdout)
    handler.setFormatter(_formatter(json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=_OURS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


@contextmanager
def correlated(*, order: str = "", connection: str = "") -> Iterator[None]:
    """Every event inside, also in the tasks that are started there, carries the order and the connection."""
    given = {name: value for name, value in (("order", order), ("connection", connection)) if value}
    with structlog.contextvars.bound_contextvars(**given):
        yield


def _formatter(json: bool) -> logging.Formatter:
    """Redaction comes after exceptions have become text and before anything is rendered."""
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _redacted,
            renderer,
        ],
    )


def _json(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS).decode()
