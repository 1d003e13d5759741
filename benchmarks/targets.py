"""What the last full run has to show: each target with what was measured, met or missed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

_OURS, _OURS_POSTGRESQL = "PayLink Connector, SQLite", "PayLink Connector, PostgreSQL"
_CELERY, _DRAMATIQ, _FASTSTREAM = "Celery, threads", "Dramatiq, threads", "FastStream + aiohttp"
_BARE = "bare limit (nothing stored)"
_YEAR = "figures of a year"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`measured` and `wanted` as people read them."""

    target: str
    measured: str
    wanted: str
    met: bool

    def line(self) -> str:
        return f"{'met   ' if self.met else 'missed'}  {self.target}: {self.measured} (wanted {self.wanted})"


class Figures:
    """The results of one benchmark: medians over the repeats."""

    def __init__(self, results: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]) -> None:
        self._results = results

    def of(self, part: str, who: str, name: str) -> float:
        return median(run[name] for run in self._results[part][who])

    def ratio(self, part: str, name: str, over: str, *, ours: str = _OURS) -> float:
        return self.of(part, ours, name) / self.of(part, over, name)

    def worst(self, part: str, who: str, name: str) -> float:
        return max(run[name] for run in self._results[part][who])


def at_least(target: str, value: float, wanted: float, unit: str = "x") -> Verdict:
    return Verdict(target, _told(value, unit), f"at least {_told(wanted, unit)}", value >= wanted)


def at_most(target: str, value: float, wanted: float, unit: str = "x") -> Verdict:
    return Verdict(target, _told(value, unit), f"at most {_told(wanted, unit)}", value <= wanted)


def verdicts(known: Mapping[str, Any]) -> Iterator[Verdict]:
    """Of every benchmark that was run."""
    if "order job" in known:
        yield from _order_job(Figures(known["order job"]["results"]))
    if "scale" in known:
        yield from _scale(known["scale"]["results"])
    if "office" in known:
        yield from _office(known["office"])


def _order_job(run: Figures) -> Iterator[Verdict]:
    job = "whole job"
    yield at_least("Orders/s against Celery threads", run.ratio(job, "rate", _CELERY), 4)
    yield at_least("Orders/s against Dramatiq", run.ratio(job, "rate", _DRAMATIQ), 4)
    yield at_least("Orders/s against FastStream + aiohttp", run.ratio(job, "rate", _FASTSTREAM), 1.3)
    yield at_least("Orders/s against the bare limit", run.ratio(job, "rate", _BARE), 0.6)
    yield at_most("CPU an order against Celery threads", run.ratio(job, "cpu_ms", _CELERY), 0.25)
    yield at_most("CPU an order against FastStream + aiohttp", run.ratio(job, "cpu_ms", _FASTSTREAM), 0.7)
    yield at_least("50 ms a call, 100 in flight: of 1,000 orders/s", run.of("50 ms a call", _OURS, "rate") / 1000, 0.8)
    yield at_most("50 orders/s: added latency, median", run.of("50 orders a second", _OURS, "p50_ms"), 6, " ms")
    yield at_most("50 orders/s: added latency, p99", run.of("50 orders a second", _OURS, "p99_ms"), 30, " ms")
    two = run.ratio("two daemons", "rate", f"1 x {_OURS_POSTGRESQL}", ours=f"2 x {_OURS_POSTGRESQL}")
    yield at_least("Two daemons against one, both on one core", two, 1.6)
    peak = max(run.worst(part, _OURS, "memory_mib") for part in (job, "burst"))
    yield at_most("Peak memory of the daemon, in a burst as well", peak, 120, " MiB")
    yield at_most("Start to the first order", run.of("start", _OURS, "seconds"), 1.5, " s")
    wrong = sum(run.worst("burst", _OURS, name) for name in ("lost", "twice"))
    yield at_most("Burst of 10,000: lost or twice", wrong, 0, "")
    grown = run.of("burst", _OURS, "memory_mib") / run.of("burst", _OURS, "memory_then")
    yield at_most("Burst of 10,000: peak memory at its end against that after a fifth of it", grown, 1.1)


def _scale(results: Mapping[str, Mapping[str, float]]) -> Iterator[Verdict]:
    most = max(results, key=int)
    stored = f"{int(most):,} orders stored"
    yield at_least(f"{stored}: orders/s against an empty database", results[most]["rate"] / results["0"]["rate"], 0.9)
    for name in (column for column in results[most] if column not in ("rate", "cpu_ms", "megabytes")):
        yield at_most(f"{stored}: {name}, p95", results[most][name], 50, " ms")


def _office(run: Mapping[str, Any]) -> Iterator[Verdict]:
    for database, found in run["results"].items():
        listed = f"{run['rows']:,} orders in the list, {database}"
        p95 = {name: times["p95_ms"] for name, times in found["questions"].items()}
        yield at_most(f"{listed}: {_YEAR}, p95", p95.pop(_YEAR) / 1000, 1, " s")
        slowest = max(p95, key=lambda name: p95[name])
        yield at_most(f"{listed}: slowest of {len(p95)} questions ({slowest}), p95", p95[slowest], 50, " ms")


def _told(value: float, unit: str) -> str:
    return f"{value:.2f}{unit}" if unit == "x" else f"{value:.3g}{unit}"
