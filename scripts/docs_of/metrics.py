"""`metrics.md`: every metric, and which to watch."""

from collections.abc import Iterable, Mapping
from typing import get_args

from prometheus_client import Counter, Gauge, Histogram

from connector_core.adapters.observability.metrics import OTHER, IpnResult, Metrics, PspOutcome
from connector_core.domain.message import Delivery
from connector_core.domain.step import StepKind
from scripts.docs_of.markdown import code, page, table

NOT_FED = {
    "paylink_outbox_oldest_age_seconds": "always 0",
    "paylink_parked_items": "absent",
    "paylink_writeback_oldest_due_seconds": "absent",
    "paylink_consumer_heartbeat_age_seconds": "absent",
    "paylink_clock_skew_seconds": "always 0",
    "paylink_pan_redactions_total": "absent",
}
"""Metrics that the daemon declares but does not measure yet, and what is shown of them; a test compares."""


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
    "paylink_pan_redactions_total": "`door` is where the text came in.",
    "paylink_request_step_seconds": f"`step`: {_words(StepKind)}.",
    "paylink_outbox_rows": "Rows wait in the database, nothing is lost.",
    "paylink_parked_items": "`cause` is the kind of error.",
    "paylink_unallocated_payments": "Money that the PSP reports under an order number that is not ours.",
    "paylink_outbox_oldest_age_seconds": "",
    "paylink_writeback_oldest_due_seconds": "`plugin` is the connection's name.",
    "paylink_consumer_heartbeat_age_seconds": "`queue` is the broker's queue.",
    "paylink_clock_skew_seconds": "",
}
_ALERTS = (
    ("up == 0", "5 min", "The daemon does not run, or `/metrics` cannot be reached."),
    ("paylink_outbox_rows > 0", "10 min without a fall to 0", "The broker takes no messages; see `/readyz`."),
    ("increase(paylink_requests_total{result=\"parked\"}[15m]) > 0", "at once", "An order waits for a person."),
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
_NOT_FED_WORDS = """
These are declared and **not measured yet**: build no alert on them.
"""
_HEALTH = """
`GET /healthz` answers 200 while the process lives. `GET /readyz` answers 200 when database and broker are there and 503
when one is not; its JSON names what is missing, and under `paused` the peers that are not called at present, with the
cause.
"""


def metrics_page() -> str:
    rows = declared()
    fed = [[code(name), *rest] for name, *rest in rows if name not in NOT_FED]
    unfed = [[code(name), *rest, NOT_FED[name]] for name, *rest in rows if name in NOT_FED]
    return page(
        "Metrics",
        _INTRODUCTION,
        table(("metric", "type", "labels", "what it says"), fed),
        "## What to watch\n\nWatch what waits and what is unknown, not every error: errors are repeated.",
        table(("expression", "for", "means"), [[code(expression), *rest] for expression, *rest in _ALERTS]),
        *(_not_fed(unfed) if unfed else ()),
        "## Health",
        _HEALTH,
    )


def _not_fed(rows: list[list[str]]) -> tuple[str, str, str]:
    head = ("metric", "type", "labels", "what it will say", "shown now")
    return "## Not measured yet", _NOT_FED_WORDS, table(head, rows)


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
