"""`metrics.md`: every metric, and which to watch."""

from collections.abc import Iterable, Mapping
from typing import get_args

from prometheus_client import Counter, Gauge, Histogram

from connector_core.adapters.observability.metrics import OTHER, IpnResult, Metrics, PspOutcome
from connector_core.domain.message import Delivery
from connector_core.domain.step import StepKind
from scripts.docs_of.markdown import code, page, table


def _words(values: Iterable[str]) -> str:
    return ", ".join(code(value) for value in values)


_MEANS: Mapping[str, str] = {
    "paylink_requests_total": "What became of orders. `shop` and `source` (the connection) are names of the "
    "configuration; `result`: `created`, `updated`, `closed`, `skipped` (the mapping asks for nothing), `parked`.",
    "paylink_psp_calls_total": "`psp` is the [psp.NAME], `op` the step; "
    f"`outcome`: {_words(get_args(PspOutcome))}. `unknown`: no answer came, and the call may have had its effect.",
    "paylink_messages_total": "`channel` is the [channels.NAME]; "
    f"`state`: {_words(state for state in Delivery if state is not Delivery.UNKNOWN)}.",
    "paylink_ipn_total": f"`psp` is the [psp.NAME], `result`: {_words(get_args(IpnResult))}.",
    "paylink_request_step_seconds": f"`step`: {_words(StepKind)}.",
    "paylink_outbox_rows": "Rows wait in the database, nothing is lost.",
    "paylink_parked_items": f"`step`: {_words(StepKind)}.",
    "paylink_unallocated_payments": "Money that the PSP reports under an order number that is not ours.",
    "paylink_outbox_oldest_age_seconds": "",
    "paylink_writeback_oldest_due_seconds": "`connection` is the [connections.NAME].",
    "paylink_consumer_heartbeat_age_seconds": "0 while the consumer is registered.",
    "paylink_clock_skew_seconds": "Positive: our clock is ahead.",
}
_ALERTS = (
    ("up == 0", "5 min", "The daemon does not run, or `/metrics` cannot be reached."),
    ("paylink_outbox_rows > 0", "10 min without a fall to 0", "The broker takes no messages; see `/readyz`."),
    ("paylink_outbox_oldest_age_seconds > 600", "at once", "The same, by the age of the oldest event."),
    ("sum(paylink_parked_items) > 0", "at once", "An order waits for a person: `paylink parked list`."),
    ("paylink_writeback_oldest_due_seconds > 3600", "at once", "A shop does not take the payment status."),
    ("paylink_consumer_heartbeat_age_seconds > 60", "at once", "No order events are taken from the broker."),
    ("abs(paylink_clock_skew_seconds) > 120", "5 min", "Set the clock of the host."),
    ("increase(paylink_psp_calls_total{outcome=\"unknown\"}[15m]) > 0", "at once",
     "The PSP did not answer. It is looked at again by itself; look at the order if it stays."),
    ("increase(paylink_psp_calls_total{outcome=\"ok\"}[1h]) == 0", "while orders come in",
     "No PayLink is made any more."),
    ("increase(paylink_messages_total{state=\"failed\"}[1h]) > 0", "at once", "A buyer was not reached."),
    ("increase(paylink_ipn_total{result=\"bad_signature\"}[15m]) > 0", "at once",
     "Wrong password in `passwords`, or somebody forges notifications."),
    ("delta(paylink_unallocated_payments[15m]) > 0", "at once", "Somebody has paid, and no order knows of it."),
)  # fmt: skip
_INTRODUCTION = f"""
`GET /metrics` of each daemon, in the Prometheus text format. Counters begin at 0 when the daemon starts. Labels are
names of the configuration and words of closed lists; anything else is counted as `{OTHER}`, never by an id or a
telephone number.
The standard `process_*` metrics (memory, processor time, open files, start time) are there as well.
"""
_HEALTH = """
`GET /healthz` answers 200 while the process lives. `GET /readyz` answers 200 when database and broker are there and 503
when one is not; its JSON names what is missing, and under `paused` the peers that are not called at present, with the
cause.
"""


def metrics_page() -> str:
    rows = [[code(name), *rest] for name, *rest in declared()]
    return page(
        "Metrics",
        _INTRODUCTION,
        table(("metric", "type", "labels", "what it says"), rows),
        "## What to watch\n\nWatch what waits and what is unknown, not every error: errors are repeated.",
        table(("expression", "for", "means"), [[code(expression), *rest] for expression, *rest in _ALERTS]),
        "## Health",
        _HEALTH,
    )


def declared() -> list[list[str]]:
    """Name, type, labels and meaning of every metric of ours. Raises `KeyError` for one without an explanation."""
    rows = []
    for metric in vars(Metrics()).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            family = next(iter(metric.describe()))
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = ", ".join(code(label) for label in metric._labelnames)
            rows.append([name, family.type, labels, f"{family.documentation}. {_MEANS[name]}".strip()])
    return rows
