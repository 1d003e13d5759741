"""Prometheus metrics (conventions 3.3). Labels are names from the configuration and closed lists, never ids."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

PspOutcome = Literal["ok", "error", "unknown"]
IpnResult = Literal["applied", "duplicate", "bad_signature", "unallocated"]

_STEP_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
_LABEL = re.compile(r"[A-Za-z][\w.:\-]{0,63}")
_LOOKS_LIKE_ID = re.compile(r"\d{6}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-")
OTHER = "other"
"""The label of what is no configured name: a sentence, an id, a number."""


@lru_cache(maxsize=1024)
def label(text: str) -> str:
    """The text if it is a short name, else `OTHER`: ids and sentences would make a series each."""
    return text if _LABEL.fullmatch(text) and not _LOOKS_LIKE_ID.search(text) else OTHER


class Metrics:
    """All metrics of one daemon, in a registry of its own. Ages and times are seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._count_events()
        self._watch_backlog()
        self._watch_ages()

    def _count_events(self) -> None:
        self._requests = self._counter("requests", "Payment requests", "shop", "source", "result")
        self._psp_calls = self._counter("psp_calls", "Calls to the PSP", "psp", "op", "outcome")
        self._messages = self._counter("messages", "Message state changes", "channel", "state")
        self._ipn = self._counter("ipn", "Notifications of the PSP", "psp", "result")
        self._step_seconds = Histogram(
            "paylink_request_step_seconds",
            "Time of one step of a payment request",
            ["step"],
            buckets=_STEP_SECONDS,
            registry=self.registry,
        )

    def _watch_backlog(self) -> None:
        self._outbox_rows = self._gauge("outbox_rows", "Events that the broker has not confirmed yet")
        self._parked = self._gauge("parked_items", "Steps that a person must look at", "step")
        self._unallocated = self._gauge("unallocated_payments", "Payments that belong to no order")

    def _watch_ages(self) -> None:
        self._outbox_age = self._gauge("outbox_oldest_age_seconds", "Age of the oldest unpublished event")
        self._writeback_age = self._gauge(
            "writeback_oldest_due_seconds", "Age of the oldest due write-back", "connection"
        )
        self._heartbeat = self._gauge("consumer_heartbeat_age_seconds", "Time since the broker was ready")
        self._clock_skew = self._gauge(
            "clock_skew_seconds", "Our clock minus that of the PSP account that differs most"
        )

    def request(self, shop: str, source: str, result: str) -> None:
        """One payment request came out as `result`, such as ``created``, ``skipped`` or ``refused``."""
        self._requests.labels(label(shop), label(source), label(result)).inc()

    def step(self, step: str, seconds: float) -> None:
        """One step of this kind took so long."""
        self._step_seconds.labels(label(step)).observe(seconds)

    def psp_call(self, psp: str, op: str, outcome: PspOutcome) -> None:
        self._psp_calls.labels(label(psp), label(op), outcome).inc()

    def message(self, channel: str, state: str) -> None:
        """A message of this channel reached a state of the delivery axis."""
        self._messages.labels(label(channel), label(state)).inc()

    def ipn(self, psp: str, result: IpnResult) -> None:
        self._ipn.labels(label(psp), result).inc()

    def outbox(self, rows: int, oldest_age: float) -> None:
        self._outbox_rows.set(rows)
        self._outbox_age.set(oldest_age)

    def parked(self, by_step: Mapping[str, int]) -> None:
        """The present number of parked steps by kind; kinds that are not named have none any more."""
        self._parked.clear()
        for kind, count in by_step.items():
            self._parked.labels(label(kind)).inc(count)

    def unallocated(self, count: int) -> None:
        self._unallocated.set(count)

    def writebacks_due(self, oldest_by_connection: Mapping[str, float]) -> None:
        """Age of the oldest due write-back of each connection; one that is not named has none."""
        self._writeback_age.clear()
        for connection, seconds in oldest_by_connection.items():
            self._writeback_age.labels(label(connection)).set(seconds)

    def consumer_heartbeat_age(self, seconds: float) -> None:
        self._heartbeat.set(seconds)

    def clock_skew(self, seconds: float) -> None:
        self._clock_skew.set(seconds)

    def render(self) -> tuple[bytes, str]:
        """The text exposition format, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"paylink_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"paylink_{name}", text, labels, registry=self.registry)
