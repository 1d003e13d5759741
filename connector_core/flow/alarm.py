"""Says once that something is wrong, and once that it is right again, however often it is looked at in between."""

import structlog

_log = structlog.get_logger(__name__)


class Alarm:
    """`event` names the trouble in the log, `details` whose it is."""

    def __init__(self, event: str, **details: str) -> None:
        self._event = event
        self._details = details
        self.on = False

    def rise(self, cause: str, **more: str) -> None:
        log = _log.debug if self.on else _log.warning
        log(self._event, **self._details, **more, cause=cause)
        self.on = True

    def clear(self) -> None:
        if self.on:
            _log.info(f"{self._event}: over", **self._details)
        self.on = False
