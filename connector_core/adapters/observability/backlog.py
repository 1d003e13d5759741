"""Keeps the figures of what waits fresh."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic

import structlog

from connector_core.adapters.observability.metrics import Metrics
from connector_core.ports.broker import Broker
from connector_core.ports.store import Reports

EVERY = 10.0
SKEW_ALLOWED = 120.0
"""Seconds; signatures of five minutes and the ends of links bear that much (faults.md 22)."""

_log = structlog.get_logger(__name__)


async def watch_backlog(
    reports: Reports, broker: Broker, metrics: Metrics, skews: Sequence[Callable[[], float]], every: float = EVERY
) -> None:
    """Until cancelled. `skews` give our clock minus a peer's, in seconds, as last seen."""
    ready_at, alarmed = monotonic(), False
    while True:
        if broker.health().ready:
            ready_at = monotonic()
        metrics.consumer_heartbeat_age(monotonic() - ready_at)
        skew = max((skew() for skew in skews), key=abs, default=0.0)
        metrics.clock_skew(skew)
        if abs(skew) > SKEW_ALLOWED and not alarmed:
            _log.error("clock differs from the PSP's", seconds=round(skew), cure="Set the clock of this host (NTP).")
        alarmed = abs(skew) > SKEW_ALLOWED
        await _read(reports, metrics)
        await asyncio.sleep(every)


async def _read(reports: Reports, metrics: Metrics) -> None:
    try:
        backlog = await reports.backlog()
    except Exception as error:  # noqa: BLE001 - figures are not worth a daemon
        _log.warning("figures not read", cause=str(error))
        return
    metrics.outbox(backlog.outbox, backlog.outbox_age)
    metrics.parked(backlog.parked)
    metrics.writebacks_due(backlog.write_back_age)
    metrics.unallocated(backlog.unallocated)
