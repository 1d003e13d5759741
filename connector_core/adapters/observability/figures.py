"""What the flow reports becomes figures."""

from collections.abc import Sequence

from connector_core.adapters.observability.metrics import Metrics, PspOutcome
from connector_core.domain.event import Event, EventType
from connector_core.domain.step import StepKind

_NOT_CALLED = ("PeerPaused", "ConfigurationError")
_REQUESTS = {
    EventType.REQUEST_CREATED: "created",
    EventType.REQUEST_UPDATED: "updated",
    EventType.REQUEST_CLOSED: "closed",
    EventType.ORDER_SKIPPED: "skipped",
    EventType.STEP_PARKED: "parked",
}
_MESSAGES = {EventType.MESSAGE_QUEUED: "queued", EventType.MESSAGE_ACCEPTED: "accepted"}


class FlowFigures:
    """Implements `connector_core.flow.middleware.observe.Observer`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def step_finished(self, kind: StepKind, peer: str, result: str, seconds: float) -> None:
        self._metrics.step(kind, seconds)
        block, _, name = peer.partition(".")
        if block == "psp" and result not in _NOT_CALLED:
            self._metrics.psp_call(name, kind, _outcome(result))

    def happened(self, events: Sequence[Event]) -> None:
        for event in events:
            data = event.data
            if event.type in _REQUESTS:
                self._metrics.request(data.get("shop", ""), data.get("connection", ""), _REQUESTS[event.type])
            if event.type in _MESSAGES:
                self._metrics.message(data["channel"], _MESSAGES[event.type])
            if event.type is EventType.MESSAGE_STATUS:
                self._metrics.message(data.get("channel", ""), data["delivery"])


def _outcome(result: str) -> PspOutcome:
    if result in ("ok", "parked"):
        return "ok"
    return "unknown" if result == "OutcomeUnknown" else "error"
